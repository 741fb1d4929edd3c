// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.BitSet;
import java.util.Objects;

/**
 * A worth of sets of items {@code 0 .. size() - 1}. Two methods make one; {@link #isSubmodular} and {@link #isMonotone}
 * are overridden where it is so, which greedy choice asks for, and {@link #start} where the gain of an item is cheaper
 * than the worth of a set. Values are finite, and the worth of the empty set is 0. Immutable.
 */
public interface SetFunction {

    /** The number of items. */
    int size();

    /**
     * The worth of a set.
     *
     * @param set of items in {@code [0, size())}; not changed
     */
    double value(BitSet set);

    /** Whether gains are claimed to diminish: {@code f(A+v) − f(A) >= f(B+v) − f(B)} for A ⊆ B and v outside B. */
    default boolean isSubmodular() {
        return false;
    }

    /** Whether more is claimed to be worth no less: {@code f(A) <= f(B)} for A ⊆ B. */
    default boolean isMonotone() {
        return false;
    }

    /** An empty set to grow item by item. */
    default Growing start() {
        return new GrowingSet(this);
    }

    /** A set that grows. */
    interface Growing {

        /** What the item would add to {@link #value}; the item is not in the set yet. */
        double gain(int item);

        /**
         * {@link #gain} of each of several items, each as if it were the only one. May be overridden where many at once
         * are cheaper, or by several threads.
         */
        default double[] gains(int... items) {
            Objects.requireNonNull(items, "the items are null");
            double[] gains = new double[items.length];
            for (int i = 0; i < items.length; i++) {
                gains[i] = gain(items[i]);
            }
            return gains;
        }

        /** Adds an item that is not in the set yet. */
        void add(int item);

        /** The worth of the set. */
        double value();

        /** Adds items that are not in the set yet, the lowest first, and returns this. */
        default Growing addAll(BitSet items) {
            Objects.requireNonNull(items, "the set of items is null");
            items.stream().forEach(this::add);
            return this;
        }
    }
}
