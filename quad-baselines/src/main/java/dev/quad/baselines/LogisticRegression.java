// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Seed;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Logistic regression with a penalty: the {@code w} with the least {@code P(w) = ½|w|² + C Σ_i c_i (ln(1 + exp z_i) −
 * p_i z_i)}, where {@code z_i = w·x_i}, p_i is the share of ones wanted and c_i how much the example counts.
 *
 * <p>Found by coordinate ascent on the dual, {@code D(q) = −½|w(q)|² − C Σ_i c_i (q_i ln q_i + (1−q_i) ln(1−q_i))} with
 * {@code w(q) = C Σ_i c_i (p_i − q_i) x_i} (Yu, Huang, Lin, 2011; Shalev-Shwartz, Zhang, 2013): each step makes the
 * best q_i for what the others are. {@code D ≤ min P ≤ P}, so that {@code P − D} bounds what is missing. Passes in an
 * order drawn from the seed, by one thread: the same examples and seed give the same weights.
 */
final class LogisticRegression {
    /** An example; x is not copied. */
    record Example(Features x, double wanted, double counts) {}

    /** C: of 1, 10, 30, 100 and 1,000 that by which documents are chosen best, see PERFORMANCE. */
    static final double STRENGTH = 30;

    static final double GAP = 1e-3;
    private static final int MOST_PASSES = 200;

    private final List<Example> examples;
    private final double bias;
    private final double[] weights = new double[Features.SIZE + 1];
    private final double[] squares;
    private final double[] predicted;
    private double flops;

    private LogisticRegression(List<Example> examples, boolean bias) {
        this.examples = examples;
        this.bias = bias ? 1 : 0;
        squares = examples.stream()
                .mapToDouble(example -> squares(example.x) + this.bias)
                .toArray();
        predicted = examples.stream().mapToDouble(Example::wanted).toArray();
    }

    /** @param bias whether all examples have a feature of 1 besides */
    static LinearModel fit(List<Example> examples, boolean bias, Seed seed) {
        return new LogisticRegression(examples, bias).learn(seed);
    }

    private LinearModel learn(Seed seed) {
        for (int pass = 0; pass < MOST_PASSES; pass++) {
            for (int i : order(examples.size(), seed.stream("classifier.order", pass))) {
                ascend(i);
            }
            double least = primal();
            if (least - dual() <= GAP * least) {
                break;
            }
        }
        float[] rounded = new float[Features.SIZE];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) weights[i];
        }
        return new LinearModel(rounded, bias * weights[Features.SIZE], flops);
    }

    /** Solves {@code z = z₀ + k (p − σ(z))}, where z₀ is what the other examples give and k what this one adds. */
    private void ascend(int i) {
        Example example = examples.get(i);
        double factor = STRENGTH * example.counts;
        double k = factor * squares[i];
        double others = value(example.x) - k * (example.wanted - predicted[i]);
        double low = others + k * (example.wanted - 1);
        double high = others + k * example.wanted;
        double z = 0.5 * (low + high);
        for (int step = 0; step < 100 && high - low > 1e-12 * (1 + Math.abs(z)); step++) {
            double q = sigmoid(z);
            double excess = z - others - k * (example.wanted - q);
            if (excess > 0) {
                high = z;
            } else {
                low = z;
            }
            double next = z - excess / (1 + k * q * (1 - q));
            if (Math.abs(next - z) <= 1e-10 * (1 + Math.abs(z))) {
                break;
            }
            z = next > low && next < high ? next : 0.5 * (low + high);
        }
        double q = sigmoid(z);
        add(example.x, factor * (predicted[i] - q));
        predicted[i] = q;
    }

    private double value(Features x) {
        flops += 2.0 * x.buckets().length;
        double sum = bias * weights[Features.SIZE];
        for (int i = 0; i < x.buckets().length; i++) {
            sum += weights[x.buckets()[i]] * x.values()[i];
        }
        return sum;
    }

    private void add(Features x, double times) {
        flops += 2.0 * x.buckets().length;
        for (int i = 0; i < x.buckets().length; i++) {
            weights[x.buckets()[i]] += times * x.values()[i];
        }
        weights[Features.SIZE] += times * bias;
    }

    private double primal() {
        double sum = 0;
        for (Example example : examples) {
            double z = value(example.x);
            double softplus = Math.max(z, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(z)));
            sum += example.counts * (softplus - example.wanted * z);
        }
        return penalty() + STRENGTH * sum;
    }

    private double dual() {
        double sum = 0;
        for (int i = 0; i < predicted.length; i++) {
            sum += examples.get(i).counts * (xlogx(predicted[i]) + xlogx(1 - predicted[i]));
        }
        return -penalty() - STRENGTH * sum;
    }

    private double penalty() {
        double sum = 0;
        for (double weight : weights) {
            sum += weight * weight;
        }
        return 0.5 * sum;
    }

    private static double squares(Features x) {
        double sum = 0;
        for (float value : x.values()) {
            sum += (double) value * value;
        }
        return sum;
    }

    private static double xlogx(double x) {
        return x > 0 ? x * StrictMath.log(x) : 0;
    }

    private static double sigmoid(double z) {
        return 1 / (1 + StrictMath.exp(-z));
    }

    /** A random order. */
    private static int[] order(int size, RandomGenerator random) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
