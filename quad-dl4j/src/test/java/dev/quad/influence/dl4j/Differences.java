// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.DoubleBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Gradients by captures, held against differences of the loss and against gradients of DL4J. */
final class Differences {
    private Differences() {}

    static INDArray gaussian(long seed, long... shape) {
        RandomGenerator random = new Seed(seed).stream("array");
        int length = 1;
        for (long n : shape) {
            length *= (int) n;
        }
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextGaussian();
        }
        return Nd4j.createFromArray(values).reshape('c', shape);
    }

    /** {@code Σ δ xᵀ} of a layer over all items, outputs × columns, a bias last; in plain loops. */
    static <T> double[] gradient(GradientSource<T> source, List<T> items, Targets targets, int layer) {
        LayerShape shape = source.layers().get(layer);
        double[] sum = new double[shape.weights()];
        source.capture(items, targets, capture -> {
            if (capture.layer() == layer) {
                add(capture, shape, sum);
            }
        });
        return sum;
    }

    private static void add(LayerCapture capture, LayerShape shape, double[] sum) {
        DoubleBuffer x = capture.doubleInputs();
        DoubleBuffer delta = capture.doubleOutputGradients();
        assertThat(x.remaining()).isEqualTo(capture.rows() * shape.inputs());
        for (int t = 0; t < capture.rows(); t++) {
            for (int o = 0; o < shape.outputs(); o++) {
                for (int c = 0; c < shape.columns(); c++) {
                    double input = c < shape.inputs() ? x.get(t * shape.inputs() + c) : 1;
                    sum[o * shape.columns() + c] += delta.get(t * shape.outputs() + o) * input;
                }
            }
        }
    }

    /**
     * Checks derivatives along a few random directions against central differences.
     *
     * @param weight the array of the network, a view of its parameters
     * @param found the gradient, in the row-major order of the array
     */
    static void check(String what, INDArray weight, double[] found, Supplier<Double> loss) {
        assertThat(found).as(what).hasSize((int) weight.length());
        INDArray gradient = Nd4j.createFromArray(found).reshape('c', weight.shape());
        for (int d = 0; d < 3; d++) {
            INDArray direction = gaussian(d, weight.shape());
            double expected = gradient.mul(direction).sumNumber().doubleValue();
            INDArray before = weight.dup();
            double step = 1e-5;
            weight.assign(before.add(direction.mul(step)));
            double up = loss.get();
            weight.assign(before.sub(direction.mul(step)));
            double down = loss.get();
            weight.assign(before);
            double size = gradient.norm2Number().doubleValue()
                    * direction.norm2Number().doubleValue();
            assertThat((up - down) / (2 * step)).as(what).isCloseTo(expected, within(1e-7 * size + 1e-9));
        }
    }

    /** The first columns of a gradient, transposed where DL4J has inputs × outputs. */
    static double[] weights(double[] gradient, LayerShape shape, boolean transposed) {
        double[] result = new double[shape.inputs() * shape.outputs()];
        for (int o = 0; o < shape.outputs(); o++) {
            for (int i = 0; i < shape.inputs(); i++) {
                result[transposed ? i * shape.outputs() + o : o * shape.inputs() + i] =
                        gradient[o * shape.columns() + i];
            }
        }
        return result;
    }

    /** The last column. */
    static double[] bias(double[] gradient, LayerShape shape) {
        double[] result = new double[shape.outputs()];
        for (int o = 0; o < result.length; o++) {
            result[o] = gradient[o * shape.columns() + shape.columns() - 1];
        }
        return result;
    }
}
