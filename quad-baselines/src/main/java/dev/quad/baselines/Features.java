// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import java.util.Arrays;

/**
 * A text as a sparse vector of length 1: how often each bucket of its words, pairs of words and ends of lines occurs.
 *
 * @param buckets ascending
 * @param values as many
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Features(int[] buckets, float[] values) {
    static final int BITS = 20;
    static final int SIZE = 1 << BITS;

    static Features of(String text) {
        Bag bag = new Bag();
        WordHashes.forEach(text, true, bag::add);
        return bag.counted();
    }

    boolean isEmpty() {
        return buckets.length == 0;
    }

    /** The difference, of any length. */
    Features less(Features other) {
        int[] both = new int[buckets.length + other.buckets.length];
        float[] differences = new float[both.length];
        int size = 0;
        for (int i = 0, j = 0; i < buckets.length || j < other.buckets.length; size++) {
            int mine = i < buckets.length ? buckets[i] : SIZE;
            int theirs = j < other.buckets.length ? other.buckets[j] : SIZE;
            both[size] = Math.min(mine, theirs);
            differences[size] = (mine <= theirs ? values[i++] : 0) - (theirs <= mine ? other.values[j++] : 0);
        }
        return new Features(Arrays.copyOf(both, size), Arrays.copyOf(differences, size));
    }

    /** Occurrences, in the order in which they come. */
    private static final class Bag {
        private int[] found = new int[256];
        private int size;

        void add(long hash) {
            if (size == found.length) {
                found = Arrays.copyOf(found, 2 * size);
            }
            found[size++] = (int) (hash >>> (Long.SIZE - BITS));
        }

        Features counted() {
            Arrays.sort(found, 0, size);
            int[] buckets = new int[size];
            float[] values = new float[size];
            int different = 0;
            double squares = 0;
            for (int i = 0; i < size; ) {
                int from = i;
                while (i < size && found[i] == found[from]) {
                    i++;
                }
                buckets[different] = found[from];
                values[different++] = i - from;
                squares += (double) (i - from) * (i - from);
            }
            float scale = (float) (1 / Math.sqrt(squares));
            for (int i = 0; i < different; i++) {
                values[i] *= scale;
            }
            return new Features(Arrays.copyOf(buckets, different), Arrays.copyOf(values, different));
        }
    }
}
