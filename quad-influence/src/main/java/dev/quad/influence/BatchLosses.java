// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The loss of each item of a batch: the sum over its supervised tokens, in nats, and their number. Immutable. */
public final class BatchLosses {
    private final double[] sums;
    private final int[] tokens;

    /**
     * Losses in item order.
     *
     * @param sums summed loss of each item; copied
     * @param tokens number of supervised tokens of each item, {@code >= 0}; copied
     */
    public BatchLosses(double[] sums, int[] tokens) {
        Objects.requireNonNull(sums, "the sums of the losses are null");
        Objects.requireNonNull(tokens, "the tokens are null");
        if (sums.length != tokens.length) {
            throw new IllegalArgumentException(sums.length + " losses for " + tokens.length + " items");
        }
        for (int item = 0; item < tokens.length; item++) {
            if (tokens[item] < 0) {
                throw new IllegalArgumentException(
                        "item " + item + " has " + tokens[item] + " supervised tokens; allowed is 0 or more");
            }
        }
        this.sums = sums.clone();
        this.tokens = tokens.clone();
    }

    /** The number of items. */
    public int items() {
        return sums.length;
    }

    /** The summed loss of an item, in nats. */
    public double sum(int item) {
        return sums[item];
    }

    /** The number of supervised tokens of an item. */
    public int tokens(int item) {
        return tokens[item];
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BatchLosses that
                && Arrays.equals(sums, that.sums)
                && Arrays.equals(tokens, that.tokens);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(sums) + Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
        return "losses of " + items() + " items";
    }
}
