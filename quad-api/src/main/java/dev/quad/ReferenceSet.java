// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The items whose loss the training is meant to lower: D_r of the Quad paper (Zhang et al., ICLR 2025). Never empty;
 * immutable.
 *
 * @param <T> what an item is, the same kind as in the {@link CandidatePool} or what an estimator makes of it
 */
public final class ReferenceSet<T> {
    private final List<T> items;

    private ReferenceSet(List<T> items) {
        this.items = items;
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

    /** The items, at least one. */
    public List<T> items() {
        return items;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReferenceSet<?> that && items.equals(that.items);
    }

    @Override
    public int hashCode() {
        return items.hashCode();
    }

    @Override
    public String toString() {
        return "reference of " + items.size() + (items.size() == 1 ? " item" : " items");
    }
}
