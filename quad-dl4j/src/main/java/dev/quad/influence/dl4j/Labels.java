// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.Fingerprint;
import dev.quad.influence.Targets;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;

/** Draws labels from what a network predicts. */
final class Labels {
    private Labels() {}

    /** A key of an item's features, so that a draw does not depend on the batch. */
    static long key(INDArray features) {
        double[] values = Rows.values(features);
        ByteBuffer bytes = ByteBuffer.allocate(8 * values.length);
        bytes.asDoubleBuffer().put(values);
        return Long.parseUnsignedLong(
                Fingerprint.of("quad.dl4j.item").add(bytes).hex().substring(0, 16), 16);
    }

    /** The length in time of labels. */
    static long steps(Layer outputLayer, INDArray labels) {
        return isTimeLast(outputLayer) ? labels.size(2) : labels.size(1);
    }

    private static boolean isTimeLast(Layer outputLayer) {
        return outputLayer.conf().getLayer() instanceof RnnOutputLayer rnn && rnn.getRnnDataFormat() == RNNFormat.NCW;
    }

    /**
     * One draw for each item.
     *
     * @param output activations of the output layer, items first
     * @param number of the output, where there are several
     * @throws IllegalArgumentException if the loss is not that of a distribution that is known here
     */
    static INDArray draw(Layer layer, String name, INDArray output, Targets.Sampled targets, long[] keys, int number) {
        BaseOutputLayer conf = (BaseOutputLayer) layer.conf().getLayer();
        ILossFunction loss = conf.getLossFn();
        boolean classes = (loss instanceof LossMCXENT || loss instanceof LossNegativeLogLikelihood)
                && conf.getActivationFn() instanceof ActivationSoftmax;
        boolean bits = loss instanceof LossBinaryXENT && conf.getActivationFn() instanceof ActivationSigmoid;
        if (!classes && !bits) {
            throw new IllegalArgumentException(
                    "labels cannot be drawn for output layer " + name + " with the loss " + loss
                            + " on " + conf.getActivationFn() + "; softmax with cross-entropy and sigmoid with binary"
                            + " cross-entropy can be sampled: use Fisher.empirical()");
        }
        boolean timeLast = isTimeLast(layer) && output.rank() == 3;
        // items × positions × outputs
        INDArray rows = output.rank() == 2 ? output.reshape(output.size(0), 1, output.size(1)) : output;
        rows = timeLast ? rows.permute(0, 2, 1) : rows;
        int positions = Math.toIntExact(rows.size(1));
        int size = Math.toIntExact(rows.size(2));
        double[] probabilities = Rows.values(rows);
        double[] drawn = new double[probabilities.length];
        for (int i = 0; i < keys.length; i++) {
            for (int t = 0; t < positions; t++) {
                RandomGenerator random = targets.seed().stream("fisher.labels", targets.draw(), keys[i], t, number);
                int at = (i * positions + t) * size;
                double[] row = Arrays.copyOfRange(probabilities, at, at + size);
                if (classes) {
                    drawn[at + one(row, random.nextDouble())] = 1;
                } else {
                    for (int j = 0; j < size; j++) {
                        drawn[at + j] = random.nextDouble() < row[j] ? 1 : 0;
                    }
                }
            }
        }
        INDArray labels = org.nd4j.linalg.factory.Nd4j.createFromArray(drawn)
                .castTo(output.dataType())
                .reshape('c', keys.length, positions, size);
        labels = timeLast ? labels.permute(0, 2, 1) : labels;
        return output.rank() == 2 ? labels.reshape(keys.length, size) : labels;
    }

    private static int one(double[] probabilities, double left) {
        double rest = left;
        for (int j = 0; j < probabilities.length; j++) {
            rest -= probabilities[j];
            if (rest < 0) {
                return j;
            }
        }
        return probabilities.length - 1;
    }
}
