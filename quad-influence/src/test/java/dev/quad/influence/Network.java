// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;

/**
 * A network of two linear layers, {@code z = W₂ tanh(W₁ x)} with a softmax loss, in double precision: captures of which
 * it is known that they are gradients of something.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Network(double[] first, double[] second) {
    static final int INPUTS = 5;
    static final int HIDDEN = 4;
    static final int CLASSES = 3;
    static final List<LayerShape> LAYERS =
            List.of(new LayerShape("first", INPUTS, HIDDEN), new LayerShape("second", HIDDEN, CLASSES));

    /** Tokens with their labels: {@code x} is {@code tokens × INPUTS}. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Sample(double[] x, int[] labels) {
        static Sample random(int tokens, long seed) {
            double[] noise = Dense.gaussian(seed, "labels", tokens);
            int[] labels = new int[tokens];
            for (int t = 0; t < tokens; t++) {
                labels[t] = noise[t] < -0.4 ? 0 : noise[t] < 0.4 ? 1 : 2;
            }
            return new Sample(Dense.gaussian(seed, "inputs", tokens * INPUTS), labels);
        }
    }

    static Network random(long seed) {
        return new Network(
                Dense.gaussian(seed, "first", HIDDEN * INPUTS), Dense.gaussian(seed, "second", CLASSES * HIDDEN));
    }

    /** {@code θ + step·v}. */
    Network moved(double step, double[] v1, double[] v2) {
        return new Network(Dense.sum(first, Dense.scaled(v1, step)), Dense.sum(second, Dense.scaled(v2, step)));
    }

    /** The loss summed over tokens, and what the layers saw. */
    ArraySource.Item capture(Sample sample) {
        int tokens = sample.labels().length;
        double loss = 0;
        double[][] inputs = {sample.x(), new double[tokens * HIDDEN]};
        double[][] gradients = {new double[tokens * HIDDEN], new double[tokens * CLASSES]};
        for (int t = 0; t < tokens; t++) {
            double sum = 0;
            for (int i = 0; i < HIDDEN; i++) {
                double y = 0;
                for (int j = 0; j < INPUTS; j++) {
                    y += first[i * INPUTS + j] * sample.x()[t * INPUTS + j];
                }
                inputs[1][t * HIDDEN + i] = Math.tanh(y);
            }
            double[] z = new double[CLASSES];
            for (int k = 0; k < CLASSES; k++) {
                for (int i = 0; i < HIDDEN; i++) {
                    z[k] += second[k * HIDDEN + i] * inputs[1][t * HIDDEN + i];
                }
                sum += Math.exp(z[k]);
            }
            loss += Math.log(sum) - z[sample.labels()[t]];
            for (int k = 0; k < CLASSES; k++) {
                double delta = Math.exp(z[k]) / sum - (k == sample.labels()[t] ? 1 : 0);
                gradients[1][t * CLASSES + k] = delta;
                for (int i = 0; i < HIDDEN; i++) {
                    double h = inputs[1][t * HIDDEN + i];
                    gradients[0][t * HIDDEN + i] += delta * second[k * HIDDEN + i] * (1 - h * h);
                }
            }
        }
        return new ArraySource.Item(loss, tokens, floats(inputs), floats(gradients));
    }

    private static float[][] floats(double[][] x) {
        return new float[][] {Dense.floats(x[0]), Dense.floats(x[1])};
    }
}
