// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

/**
 * A linear function of {@link Features}, trained in a fixed order by AdaGrad (Duchi et al., 2011): each weight has a
 * step of its own, {@code rate / √(sum of its squared gradients)}, so that rare words learn as much as common ones. For
 * one thread while it learns.
 */
final class LinearModel {
    /** That of fastText; five times as much tells documents held out less well. */
    private static final double RATE = 0.1;

    private final float[] weights;
    private final float[] squares;
    private double bias;
    private double biasSquares;
    private double learnFlops;

    LinearModel() {
        weights = new float[Features.SIZE];
        squares = new float[Features.SIZE];
    }

    LinearModel(float[] weights, double bias) {
        this.weights = weights;
        this.squares = new float[0];
        this.bias = bias;
    }

    double bias() {
        return bias;
    }

    /** Not a copy. */
    float[] weights() {
        return weights;
    }

    /** What learning took: 2 operations for the value and 7 for the step, a feature. */
    double learnFlops() {
        return learnFlops;
    }

    double of(Features x) {
        double sum = bias;
        for (int i = 0; i < x.buckets().length; i++) {
            sum += (double) weights[x.buckets()[i]] * x.values()[i];
        }
        return sum;
    }

    /** @param slope of the loss by the function's value at x */
    void learn(Features x, double slope) {
        learnFlops += 9.0 * x.buckets().length;
        for (int i = 0; i < x.buckets().length; i++) {
            int bucket = x.buckets()[i];
            double gradient = slope * x.values()[i];
            squares[bucket] += (float) (gradient * gradient);
            weights[bucket] -= step(gradient, squares[bucket]);
        }
    }

    void learnBias(double slope) {
        biasSquares += slope * slope;
        bias -= step(slope, biasSquares);
    }

    private static float step(double gradient, double squares) {
        return squares > 0 ? (float) (RATE * gradient / Math.sqrt(squares)) : 0;
    }
}
