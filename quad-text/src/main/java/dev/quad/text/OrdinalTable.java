// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A set of things numbered as they are added, known to it by their hashes alone: open addressing with linear probing,
 * 16 to 24 bytes a thing. Where hashes are equal the caller says whether the things are.
 */
final class OrdinalTable {
    private static final int MAX_SLOTS = 1 << 30;
    private static final int MAX_SIZE = MAX_SLOTS / 10 * 9;

    private long[] hashes = new long[512];
    private int[] slots = new int[1024]; // number + 1; 0 = free
    private int size;

    /**
     * Looks a thing up and adds it if it is new.
     *
     * @param hash of the thing, all bits well mixed
     * @param same whether the thing equals the one of a number, asked only where the hashes are equal
     * @return the number of the equal thing, or −1 if there was none
     */
    int findOrAdd(long hash, IntPredicate same) {
        int slot = slot(hash);
        while (slots[slot] != 0) {
            int number = slots[slot] - 1;
            if (hashes[number] == hash && same.test(number)) {
                return number;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        if (size == MAX_SIZE) {
            throw new IllegalStateException("there are more than " + MAX_SIZE + " documents; split the pool");
        }
        if (size == hashes.length) {
            hashes = Arrays.copyOf(hashes, (int) Math.min(2L * size, MAX_SIZE));
        }
        hashes[size++] = hash;
        slots[slot] = size;
        if (2L * size > slots.length && slots.length < MAX_SLOTS) {
            grow();
        }
        return -1;
    }

    /**
     * Looks a thing up.
     *
     * @return the number of the equal thing, or −1 if there is none
     */
    int find(long hash, IntPredicate same) {
        for (int slot = slot(hash); slots[slot] != 0; slot = (slot + 1) & (slots.length - 1)) {
            int number = slots[slot] - 1;
            if (hashes[number] == hash && same.test(number)) {
                return number;
            }
        }
        return -1;
    }

    int size() {
        return size;
    }

    private int slot(long hash) {
        return (int) (hash >>> 32) & (slots.length - 1);
    }

    private void grow() {
        slots = new int[2 * slots.length];
        for (int number = 0; number < size; number++) {
            int slot = slot(hashes[number]);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = number + 1;
        }
    }
}
