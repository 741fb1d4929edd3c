// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One utility per item of a batch, positive = helpful; or the reason why an item has none. Immutable.
 *
 * @see InfluenceEstimator
 */
public final class InfluenceScores {
    private final double[] values;
    private final @Nullable String[] reasons;
    private final long tokens;

    private InfluenceScores(double[] values, @Nullable String[] reasons, long tokens) {
        this.values = values;
        this.reasons = reasons;
        this.tokens = tokens;
    }

    /** Starts an empty result. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The scores of items that could all be scored.
     *
     * @param values finite utilities; copied
     */
    public static InfluenceScores of(double... values) {
        Objects.requireNonNull(values, "the values are null");
        Builder builder = builder();
        for (double value : values) {
            builder.add(value);
        }
        return builder.build();
    }

    /**
     * {@code Σ_t η_t U_t}, item by item: see {@link InfluenceEstimator#sum}. An item that has no score in one of them
     * has none, for the first reason. Tokens are the most of any.
     *
     * @param each one or more, of the same items
     * @param weights η, one for each
     * @throws IllegalArgumentException if there is none, or numbers differ
     */
    public static InfluenceScores sum(List<InfluenceScores> each, double... weights) {
        List<InfluenceScores> parts = Items.copy("the sum of scores", each);
        Objects.requireNonNull(weights, "the weights are null");
        if (parts.isEmpty() || weights.length != parts.size()) {
            throw new IllegalArgumentException("there are " + parts.size() + " lists of scores with " + weights.length
                    + " weights; give one or more, and a weight for each");
        }
        int size = parts.get(0).size();
        for (InfluenceScores part : parts) {
            if (part.size() != size) {
                throw new IllegalArgumentException("scores of " + part.size() + " items are added to those of " + size
                        + "; they must be of the same");
            }
        }
        Builder result = builder()
                .countTokens(
                        parts.stream().mapToLong(InfluenceScores::tokens).max().orElseThrow());
        for (int item = 0; item < size; item++) {
            result.addSum(item, parts, weights);
        }
        return result.build();
    }

    /** The number of items. */
    public int size() {
        return values.length;
    }

    /**
     * Whether the item got a score.
     *
     * @throws IndexOutOfBoundsException if there is no such item
     */
    public boolean isScored(int item) {
        return reasons[Items.require("item", item, values.length)] == null;
    }

    /**
     * The utility of a scored item, finite.
     *
     * @throws IllegalStateException if the item has none; the message gives the reason
     * @throws IndexOutOfBoundsException if there is no such item
     */
    public double value(int item) {
        String reason = reasons[Items.require("item", item, values.length)];
        if (reason != null) {
            throw new IllegalStateException("item " + item + " was not scored: " + reason);
        }
        return values[item];
    }

    /**
     * Why the item has no score; empty if it has one.
     *
     * @throws IndexOutOfBoundsException if there is no such item
     */
    public Optional<String> reason(int item) {
        return Optional.ofNullable(reasons[Items.require("item", item, values.length)]);
    }

    /** How many tokens went through the model for this batch; 0 where the estimator does not count. */
    public long tokens() {
        return tokens;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof InfluenceScores that
                && Arrays.equals(values, that.values)
                && Arrays.equals(reasons, that.reasons)
                && tokens == that.tokens;
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(values), Arrays.hashCode(reasons), tokens);
    }

    @Override
    public String toString() {
        return IntStream.range(0, size())
                .mapToObj(item -> reason(item).orElseGet(() -> Double.toString(values[item])))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    /** Collects scores in item order. */
    public static final class Builder {
        private double[] values = new double[16];
        private @Nullable String[] reasons = new @Nullable String[16];
        private int size;
        private long tokens;

        private Builder() {}

        /**
         * Adds the next item with its utility.
         *
         * @throws IllegalArgumentException if the value is NaN or infinite: flag the item instead
         */
        public Builder add(double utility) {
            if (!Double.isFinite(utility)) {
                throw new IllegalArgumentException("item " + size + " has the score " + utility
                        + "; a score is finite: flag what cannot be scored, with the reason");
            }
            return append(utility, null);
        }

        /**
         * Adds the next item as one that cannot be scored.
         *
         * @param reason in words; of an exception its {@code toString()}, since its message may be null
         * @throws NullPointerException if there is none
         */
        public Builder flag(String reason) {
            if (reason == null) {
                throw new NullPointerException("item " + size + " is flagged with the reason null; say why it has no"
                        + " score, with toString() of an exception, whose message may be null");
            }
            return append(0, reason);
        }

        private void addSum(int item, List<InfluenceScores> parts, double... weights) {
            double sum = 0;
            for (int part = 0; part < weights.length; part++) {
                String reason = parts.get(part).reasons[item];
                if (reason != null) {
                    flag(reason);
                    return;
                }
                sum += weights[part] * parts.get(part).values[item];
            }
            if (Double.isFinite(sum)) {
                add(sum);
            } else {
                flag("the weighted sum of its scores is " + sum);
            }
        }

        private Builder append(double utility, @Nullable String reason) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
                reasons = Arrays.copyOf(reasons, 2 * size);
            }
            values[size] = utility;
            reasons[size++] = reason;
            return this;
        }

        /**
         * Adds to the count of tokens that went through the model.
         *
         * @throws IllegalArgumentException if the count is negative
         */
        public Builder countTokens(long count) {
            if (count < 0) {
                throw new IllegalArgumentException("the batch counts " + count + " tokens; allowed is 0 or more");
            }
            tokens += count;
            return this;
        }

        /** The finished result. */
        public InfluenceScores build() {
            return new InfluenceScores(Arrays.copyOf(values, size), Arrays.copyOf(reasons, size), tokens);
        }
    }
}
