// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import java.util.Arrays;

/**
 * Counts the longest runs, and makes of them the probabilities of an {@link NgramModel}. Only the longest are counted
 * as texts come: how many different bytes stand before a shorter run is how many longer ones end with it. All sums are
 * of whole numbers, so that the order of the texts does not matter.
 */
final class NgramCounter {
    private static final long[] ONES = new long[LongTable.BLOCK];

    static {
        Arrays.fill(ONES, 1);
    }

    private final int order;
    private final LongTable longest = new LongTable(1 << 16);
    private final long[] keys = new long[LongTable.BLOCK];
    private int waiting;
    private long bytes;

    NgramCounter(int order) {
        this.order = order;
    }

    long bytes() {
        return bytes;
    }

    void add(byte[] text) {
        long history = 0;
        for (byte b : text) {
            history = history << 8 | (b & 0xFF);
            keys[waiting++] = Run.key(history, order);
            if (waiting == keys.length) {
                count();
            }
        }
        bytes += text.length;
    }

    private void count() {
        longest.add(keys, waiting, ONES);
        waiting = 0;
    }

    /** From run to {@link Run#value}. */
    LongTable smoothed() {
        count();
        LongTable[] counts = new LongTable[order + 1];
        counts[order] = longest;
        int size = longest.size();
        for (int length = order - 1; length > 0; length--) {
            LongTable shorter = new LongTable(counts[length + 1].size() / 2);
            counts[length + 1].forEachBlock((runs, count, sums) -> {
                for (int i = 0; i < count; i++) {
                    runs[i] = Run.suffix(runs[i]);
                }
                shorter.add(runs, count, ONES);
            });
            counts[length] = shorter;
            size += shorter.size();
        }
        LongTable model = new LongTable(size + size / 16);
        for (int length = 1; length <= order; length++) {
            smooth(length, counts[length], model);
        }
        return model;
    }

    /** Adds the runs of one length; all shorter ones are there. */
    private static void smooth(int length, LongTable counts, LongTable model) {
        Discounts discounts = Discounts.of(counts);
        LongTable contexts = new LongTable(counts.size() / 2);
        counts.forEachBlock((runs, count, sums) -> {
            for (int i = 0; i < count; i++) {
                runs[i] = Run.context(runs[i]);
                sums[i] = Followers.one(sums[i]);
            }
            contexts.add(runs, count, sums);
        });
        contexts.forEachBlock((runs, count, followers) -> {
            for (int i = 0; i < count; i++) {
                followers[i] = Run.value(0, Math.log(discounts.rest(followers[i])));
            }
            model.add(runs, count, followers);
        });
        long[] others = new long[LongTable.BLOCK];
        long[] followers = new long[LongTable.BLOCK];
        long[] shorter = new long[LongTable.BLOCK];
        counts.forEachBlock((runs, count, sums) -> {
            for (int i = 0; i < count; i++) {
                others[i] = Run.context(runs[i]);
            }
            contexts.get(others, count, followers);
            for (int i = 0; i < count; i++) {
                others[i] = Run.suffix(runs[i]);
            }
            model.get(others, count, shorter);
            for (int i = 0; i < count; i++) {
                double uniformOrSeen = length == 1 ? 1.0 / 256 : Math.exp(Run.lnProbability(shorter[i]));
                double own = (sums[i] - discounts.of(sums[i])) / Followers.count(followers[i]);
                sums[i] = Run.value(Math.log(own + discounts.rest(followers[i]) * uniformOrSeen), 0);
            }
            model.add(runs, count, sums);
        });
    }

    /** What follows a context, in one number: how many different bytes were seen once, twice, more; and the sum. */
    private static final class Followers {
        private static final int BITS = 9; // at most 256 different bytes

        static long one(long count) {
            return (count << (3 * BITS)) + (1L << (BITS * (Math.min(count, 3) - 1)));
        }

        static long count(long followers) {
            return followers >>> (3 * BITS);
        }

        static long seen(long followers, int times) {
            return (followers >>> (BITS * (times - 1))) & ((1 << BITS) - 1);
        }
    }

    /** What is taken from a count of 1, of 2, and of 3 or more (Chen and Goodman, 1999, equation 26). */
    private record Discounts(double one, double two, double more) {

        static Discounts of(LongTable counts) {
            long[] n = new long[5];
            counts.forEachBlock((runs, count, sums) -> {
                for (int i = 0; i < count; i++) {
                    n[(int) Math.min(sums[i], 5) - 1]++;
                }
            });
            double share = n[0] / (n[0] + 2.0 * n[1]);
            Discounts discounts = new Discounts(
                    1 - 2 * share * n[1] / n[0], 2 - 3 * share * n[2] / n[1], 3 - 4 * share * n[3] / n[2]);
            boolean possible = discounts.one > 0
                    && discounts.one < 1
                    && discounts.two > 0
                    && discounts.two < 2
                    && discounts.more > 0
                    && discounts.more < 3;
            return possible ? discounts : new Discounts(0.5, 1, 1.5); // where there are too few runs, as KenLM does
        }

        double of(long count) {
            return count == 1 ? one : count == 2 ? two : more;
        }

        /** λ of a context. */
        double rest(long followers) {
            double taken = one * Followers.seen(followers, 1)
                    + two * Followers.seen(followers, 2)
                    + more * Followers.seen(followers, 3);
            return taken / Followers.count(followers);
        }
    }
}
