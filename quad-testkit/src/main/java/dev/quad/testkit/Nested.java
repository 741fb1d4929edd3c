// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.BitSet;
import java.util.List;

/**
 * Two sets, one in the other, and an item in neither.
 *
 * @param size of the ground set
 * @param small A
 * @param large B, which holds A
 * @param probe v, in {@code [0, size)} and outside B
 */
public record Nested(int size, BitSet small, BitSet large, int probe) {

    /**
     * By one role an item: 0 outside, 1 in B only, 2 in both. Sets are nested whatever the roles, so that a generator
     * throws nothing away and shrinks by lowering roles.
     *
     * @param roles one an item, in {@code [0, 2]}, at least one
     * @param probe any number {@code >= 0}; the item of this number, counted round, is forced out of both sets
     */
    public static Nested of(List<Integer> roles, int probe) {
        BitSet small = new BitSet();
        BitSet large = new BitSet();
        int outside = probe % roles.size();
        for (int item = 0; item < roles.size(); item++) {
            if (item != outside && roles.get(item) > 0) {
                large.set(item);
                small.set(item, roles.get(item) == 2);
            }
        }
        return new Nested(roles.size(), small, large, outside);
    }
}
