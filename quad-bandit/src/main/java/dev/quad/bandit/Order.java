// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import java.util.function.IntToDoubleFunction;

/** In which order the documents of a cluster are drawn. */
public sealed interface Order {

    /** By chance, every order equally likely for all practical purposes: a block is a fair sample of what is left. */
    static Order shuffled() {
        return new Shuffled();
    }

    /** As they stand in the pool. A block is a fair sample only of a pool that was shuffled before. */
    static Order pool() {
        return new Pool();
    }

    /**
     * Lowest key first, such as the distance to the centre; equal keys in the order of the pool. Blocks are not fair samples.
     *
     * @param name names the keys, for the manifest
     * @param key of an ordinal, not NaN; the same every time
     */
    static Order by(String name, IntToDoubleFunction key) {
        return new By(name, key);
    }

    /** See {@link #shuffled}. */
    record Shuffled() implements Order {}

    /** See {@link #pool}. */
    record Pool() implements Order {}

    /** See {@link #by}. */
    record By(String name, IntToDoubleFunction key) implements Order {
        @Override
        public String toString() {
            return "By[name=" + name + "]";
        }
    }
}
