// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Trains an {@link Mlp} with a softmax on items of one row: {@code 1/n Σ loss + l2/2·|θ|²}, all items at each step,
 * with momentum. No randomness: what differs between two trainings differs because of their items. A thousand steps on
 * a hundred items take some tens of milliseconds.
 */
final class MlpTraining {
    private static final double MOMENTUM = 0.9;

    private final Mlp start;
    private final double l2;
    private final double rate;
    private final int steps;

    MlpTraining(Mlp start, double l2, double rate, int steps) {
        this.start = start;
        this.l2 = l2;
        this.rate = rate;
        this.steps = steps;
    }

    /** The network after training from the start on these items. */
    Mlp on(List<Mlp.Item> items) {
        Work work = new Work(start);
        int layers = start.layers().size();
        double[][] velocity = new double[layers][];
        for (int l = 0; l < layers; l++) {
            velocity[l] = new double[work.weights[l].length];
        }
        for (int step = 0; step < steps; step++) {
            work.gradient(items, l2);
            for (int l = 0; l < layers; l++) {
                for (int i = 0; i < velocity[l].length; i++) {
                    velocity[l][i] = MOMENTUM * velocity[l][i] - rate * work.gradients[l][i];
                    work.weights[l][i] += velocity[l][i];
                }
            }
        }
        return start.with(List.of(work.weights));
    }

    /** The norm of the gradient of what is minimised: zero at the optimum. */
    double gradientNorm(Mlp network, List<Mlp.Item> items) {
        Work work = new Work(network);
        work.gradient(items, l2);
        return Math.sqrt(IntStream.range(0, work.gradients.length)
                .mapToDouble(l -> Dense.dot(work.gradients[l], work.gradients[l]))
                .sum());
    }

    /** Weights, gradients and activations, allocated once. */
    private static final class Work {
        final List<LayerShape> shapes;
        final double[][] weights;
        final double[][] gradients;
        final double[][] activations;
        final double[][] deltas;

        Work(Mlp network) {
            shapes = network.layers();
            int layers = shapes.size();
            weights = new double[layers][];
            gradients = new double[layers][];
            activations = new double[layers + 1][];
            deltas = new double[layers][];
            for (int l = 0; l < layers; l++) {
                weights[l] = network.weights().get(l).clone();
                gradients[l] = new double[weights[l].length];
                activations[l + 1] = new double[shapes.get(l).outputs()];
                deltas[l] = new double[shapes.get(l).outputs()];
            }
        }

        void gradient(List<Mlp.Item> items, double l2) {
            for (int l = 0; l < weights.length; l++) {
                for (int i = 0; i < weights[l].length; i++) {
                    gradients[l][i] = l2 * weights[l][i];
                }
            }
            for (Mlp.Item item : items) {
                activations[0] = item.x()[0];
                forward();
                backward(item.labels()[0], 1.0 / items.size());
            }
        }

        private void forward() {
            for (int l = 0; l < weights.length; l++) {
                LayerShape shape = shapes.get(l);
                for (int i = 0; i < shape.outputs(); i++) {
                    int at = i * shape.columns();
                    double y = shape.bias() ? weights[l][at + shape.inputs()] : 0;
                    for (int j = 0; j < shape.inputs(); j++) {
                        y += weights[l][at + j] * activations[l][j];
                    }
                    activations[l + 1][i] = l + 1 < weights.length ? Math.tanh(y) : y;
                }
            }
        }

        private void backward(int label, double share) {
            int last = weights.length - 1;
            double[] p = Mlp.softmax(activations[last + 1]);
            for (int c = 0; c < p.length; c++) {
                deltas[last][c] = share * (p[c] - (c == label ? 1 : 0));
            }
            for (int l = last; l >= 0; l--) {
                LayerShape shape = shapes.get(l);
                for (int i = 0; i < shape.outputs(); i++) {
                    int at = i * shape.columns();
                    for (int j = 0; j < shape.inputs(); j++) {
                        gradients[l][at + j] += deltas[l][i] * activations[l][j];
                    }
                    if (shape.bias()) {
                        gradients[l][at + shape.inputs()] += deltas[l][i];
                    }
                }
                for (int j = 0; l > 0 && j < shape.inputs(); j++) {
                    double delta = 0;
                    for (int i = 0; i < shape.outputs(); i++) {
                        delta += weights[l][i * shape.columns() + j] * deltas[l][i];
                    }
                    deltas[l - 1][j] = delta * (1 - activations[l][j] * activations[l][j]);
                }
            }
        }
    }
}
