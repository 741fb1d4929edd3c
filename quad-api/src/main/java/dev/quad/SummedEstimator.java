// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/** See {@link InfluenceEstimator#sum}. */
final class SummedEstimator<T> implements InfluenceEstimator<T> {
    private final List<InfluenceEstimator<T>> parts;
    private final double[] weights;

    SummedEstimator(List<? extends InfluenceEstimator<T>> parts, double... weights) {
        this.parts = Items.copy("the sum of estimators", parts);
        this.weights = Objects.requireNonNull(weights, "the weights are null").clone();
        if (this.parts.isEmpty() || weights.length != parts.size()) {
            throw new IllegalArgumentException("there are " + parts.size() + " estimators with " + weights.length
                    + " weights; give one or more, and a weight for each");
        }
        for (double weight : weights) {
            if (!Double.isFinite(weight)) {
                throw new IllegalArgumentException(
                        "the weights are " + Arrays.toString(weights) + "; allowed are finite numbers");
            }
        }
    }

    @Override
    public InfluenceScores score(List<? extends T> items) {
        List<InfluenceScores> each = new ArrayList<>();
        for (InfluenceEstimator<T> part : parts) {
            InfluenceScores found = part.score(items);
            if (found.size() != items.size()) {
                throw new IllegalStateException("the estimator " + part.fingerprint() + " gave " + found.size()
                        + " scores for " + items.size() + " items; it must give one an item");
            }
            each.add(found);
        }
        return InfluenceScores.sum(each, weights);
    }

    @Override
    public String fingerprint() {
        Fingerprint digest = Fingerprint.of("quad.summed-estimator.1");
        for (int part = 0; part < weights.length; part++) {
            digest.add(parts.get(part).fingerprint()).add(Double.toString(weights[part]));
        }
        return digest.hex();
    }

    @Override
    public OptionalDouble flopsPerToken() {
        double sum = 0;
        for (InfluenceEstimator<T> part : parts) {
            OptionalDouble flops = part.flopsPerToken();
            if (flops.isEmpty()) {
                return flops;
            }
            sum += flops.getAsDouble();
        }
        return OptionalDouble.of(sum);
    }

    @Override
    public void close() {
        close(0);
    }

    /** All of them, whatever happens to one. */
    private void close(int from) {
        if (from < parts.size()) {
            try {
                parts.get(from).close();
            } finally {
                close(from + 1);
            }
        }
    }
}
