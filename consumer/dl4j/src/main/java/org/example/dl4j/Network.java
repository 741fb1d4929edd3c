// SPDX-License-Identifier: Apache-2.0
package org.example.dl4j;

import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.dl4j.MultiLayerGradients;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** A network of DL4J that scores what it might be trained on. */
public final class Network {
    private Network() {}

    /** Points whose label is whether the first number is positive, of which the first so many are wrong. */
    public static List<DataSet> points(int count, int wrong, Seed seed) {
        RandomGenerator random = seed.stream("example.points");
        int[] drawn = {0};
        return Stream.generate(() -> {
                    float x = (float) random.nextGaussian();
                    boolean positive = x > 0 != drawn[0]++ < wrong;
                    return new DataSet(
                            Nd4j.createFromArray(new float[][] {{x, (float) random.nextGaussian()}}),
                            Nd4j.createFromArray(new float[][] {{positive ? 0 : 1, positive ? 1 : 0}}));
                })
                .limit(count)
                .toList();
    }

    /** One trained on these. */
    public static MultiLayerNetwork trained(List<DataSet> points) {
        var network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.05))
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(2)
                        .nOut(8)
                        .activation(Activation.TANH)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(8)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        network.init();
        DataSet all = DataSet.merge(points);
        for (int epoch = 0; epoch < 30; epoch++) {
            network.fit(all);
        }
        return network;
    }

    /** Scores by the influence on the loss of a reference. */
    public static InfluenceEstimator<DataSet> scoredBy(MultiLayerNetwork network, List<DataSet> reference) {
        var source = new MultiLayerGradients(network);
        var factors = KroneckerFactors.fit(source, reference, Fisher.sampled(new Seed(2), 1));
        try (var gradient = ReferenceDirection.gradient(source, ReferenceSet.of(reference))) {
            var direction = gradient.precondition(factors, Damping.relative(0.1));
            return Influence.of(source).direction(direction).estimator().onClose(direction::close);
        }
    }
}
