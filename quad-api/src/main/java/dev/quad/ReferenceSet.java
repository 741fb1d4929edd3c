// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The items whose loss the training is meant to lower: D_r of the Quad paper (Zhang et al., ICLR 2025). Never empty;
 * immutable.
 *
 * @param <T> what an item is, the same kind as in the {@link CandidatePool} or what an estimator makes of it
 */
public final class ReferenceSet<T> {
    private final List<T> items;
    private final double[] weights; // none where each has 1

    private ReferenceSet(List<T> items, double... weights) {
        this.items = items;
        this.weights = weights;
    }

    /**
     * A reference set of the given items, in their order.
     *
     * @param items at least one, none null
     * @throws IllegalArgumentException if there is no item
     */
    public static <T> ReferenceSet<T> of(List<? extends T> items) {
        List<T> copy = Items.copy("the reference set", items);
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("the reference set is empty: influence is measured on its loss, so"
                    + " give at least one document of the kind the model should become good at");
        }
        return new ReferenceSet<>(copy);
    }

    /**
     * Items of which some count more than others, or the other way round: what an item of a negative weight teaches is
     * to be unlearnt. With the answers that are wanted at 1 and those that are not at −1 it is a preference: what
     * raises the likelihood of the ones above that of the others. The loss is {@code Σ_r w_r ℓ_r / Σ_r |w_r| n_r}, with
     * ℓ_r the loss summed over the n_r tokens of r, so that all weights of 1 are {@link #of}.
     *
     * @param items at least one, none null
     * @param weights w, one for each, finite and not all 0
     * @throws IllegalArgumentException if there is no item, or weights are not so
     */
    public static <T> ReferenceSet<T> weighted(List<? extends T> items, double... weights) {
        List<T> copy = ReferenceSet.<T>of(items).items;
        double[] values =
                Objects.requireNonNull(weights, "the weights are null").clone();
        if (values.length != copy.size()) {
            throw new IllegalArgumentException(
                    "there are " + values.length + " weights for " + copy.size() + " items; give one for each");
        }
        if (!Arrays.stream(values).allMatch(Double::isFinite)
                || Arrays.stream(values).allMatch(w -> w == 0)) {
            throw new IllegalArgumentException("the weights of the reference are " + Arrays.toString(values)
                    + "; allowed are finite numbers, not" + " all 0");
        }
        return new ReferenceSet<>(copy, Arrays.stream(values).allMatch(w -> w == 1) ? new double[0] : values);
    }

    /** Whether some count otherwise than others. */
    public boolean isWeighted() {
        return weights.length > 0;
    }

    /** How much an item counts: 1 where nothing else was said. */
    public double weight(int item) {
        Items.require("item", item, items.size());
        return isWeighted() ? weights[item] : 1;
    }

    /** The items, at least one. */
    public List<T> items() {
        return items;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReferenceSet<?> that
                && items.equals(that.items)
                && Arrays.equals(weights, that.weights);
    }

    @Override
    public int hashCode() {
        return 31 * items.hashCode() + Arrays.hashCode(weights);
    }

    @Override
    public String toString() {
        return "reference of " + items.size() + (items.size() == 1 ? " item" : " items")
                + (isWeighted() ? " with weights" : "");
    }
}
