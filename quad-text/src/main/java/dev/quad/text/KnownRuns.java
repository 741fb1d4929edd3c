// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The different runs of a number of bytes in some texts, as UTF-8, numbered from 0 in the order of their first places.
 * They are kept whole, in open addressing, behind a filter that fits into a cache. Immutable.
 */
final class KnownRuns implements Serializable {
    private static final long serialVersionUID = 1;

    /** A run and one bit more fit into a number of 64 bits. */
    static final int LONGEST = 7;

    private static final int FILTER_BITS = 23;

    private final int length;
    private final long mask;
    private long[] keys = new long[1 << 12];
    private int[] runs = new int[1 << 12];
    private double[] counts = new double[1 << 10];
    private final long[] filter = new long[1 << (FILTER_BITS - 6)];
    private int size;
    private double total;

    private KnownRuns(int length) {
        this.length = length;
        this.mask = (1L << (Byte.SIZE * length)) - 1;
    }

    /**
     * @param weights how often each text counts
     * @throws InputException if all texts that count are shorter than a run
     */
    static KnownRuns of(List<Document> texts, int length, double[] weights) {
        KnownRuns known = new KnownRuns(length);
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                known.learn(texts.get(i).text(), weights[i]);
            }
        }
        if (known.size == 0) {
            throw new InputException("no text of the reference has " + length
                    + " bytes, so that there is no run to cover; give longer texts");
        }
        return known;
    }

    /** How many different ones there are. */
    int size() {
        return size;
    }

    /** The share of the run among all of the texts. */
    double share(int run) {
        return counts[run] / total;
    }

    /** What tells the run that ends with a byte, from what told the run before. */
    long next(long before, byte last) {
        return ((before << Byte.SIZE) & mask) | (last & 0xFF);
    }

    /** The number of a run, or −1. */
    int find(long run) {
        long hash = Hash64.mix(run | (mask + 1));
        int bit = (int) (hash >>> (Long.SIZE - FILTER_BITS));
        if ((filter[bit >>> 6] & (1L << bit)) == 0) {
            return -1;
        }
        int slot = slot(run | (mask + 1), hash);
        return keys[slot] == 0 ? -1 : runs[slot];
    }

    /** Where a key is, or would be; no key is 0, for each has a bit above its bytes. */
    private int slot(long key, long hash) {
        int slot = (int) hash & (keys.length - 1);
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = (slot + 1) & (keys.length - 1);
        }
        return slot;
    }

    int length() {
        return length;
    }

    private void learn(String text, double weight) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long run = 0;
        for (int i = 0; i < bytes.length; i++) {
            run = next(run, bytes[i]);
            if (i >= length - 1) {
                add(run | (mask + 1), weight);
                total += weight;
            }
        }
    }

    private void add(long key, double weight) {
        long hash = Hash64.mix(key);
        int slot = slot(key, hash);
        if (keys[slot] == 0) {
            keys[slot] = key;
            runs[slot] = size++;
            int bit = (int) (hash >>> (Long.SIZE - FILTER_BITS));
            filter[bit >>> 6] |= 1L << bit;
            if (size > counts.length) {
                counts = Arrays.copyOf(counts, 2 * counts.length);
            }
        }
        counts[runs[slot]] += weight;
        if (2 * size > keys.length) {
            grow();
        }
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldRuns = runs;
        keys = new long[2 * oldKeys.length];
        runs = new int[2 * oldKeys.length];
        for (int old = 0; old < oldKeys.length; old++) {
            if (oldKeys[old] != 0) {
                int slot = slot(oldKeys[old], Hash64.mix(oldKeys[old]));
                keys[slot] = oldKeys[old];
                runs[slot] = oldRuns[old];
            }
        }
    }
}
