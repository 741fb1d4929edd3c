// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

/**
 * Counts the longest runs, and makes of them the probabilities of an {@link NgramModel}. Only the longest are counted
 * as texts come: how many different bytes stand before a shorter run is how many longer ones end with it. All sums are
 * of whole numbers, so that the order of the texts does not matter.
 */
final class NgramCounter {
    private final int order;
    private final LongTable longest = new LongTable(1 << 16);
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
            history = history << 8 | b & 0xFF;
            longest.add(Run.key(history, order), 1);
        }
        bytes += text.length;
    }

    /** From run to {@link Run#value}. */
    LongTable smoothed() {
        LongTable[] counts = new LongTable[order + 1];
        counts[order] = longest;
        int size = longest.size();
        for (int length = order - 1; length > 0; length--) {
            LongTable shorter = new LongTable(counts[length + 1].size() / 2);
            counts[length + 1].forEach((run, count) -> shorter.add(Run.suffix(run), 1));
            counts[length] = shorter;
            size += shorter.size();
        }
        LongTable runs = new LongTable(size + size / 16);
        for (int length = 1; length <= order; length++) {
            smooth(counts[length], runs);
        }
        return runs;
    }

    /** Adds the runs of one length; all shorter ones are there. */
    private static void smooth(LongTable counts, LongTable runs) {
        Discounts discounts = Discounts.of(counts);
        LongTable contexts = new LongTable(counts.size() / 2);
        counts.forEach((run, count) -> contexts.add(Run.context(run), Followers.one(count)));
        contexts.forEach((context, followers) -> runs.put(
                context,
                Run.value(
                        Run.lnProbability(runs.get(context)),
                        Math.log(discounts.total(followers) / Followers.count(followers)))));
        counts.forEach((run, count) -> {
            long context = Run.context(run);
            long followers = contexts.get(context);
            double shorter = Run.length(run) == 1 ? 1.0 / 256 : Math.exp(Run.lnProbability(runs.get(Run.suffix(run))));
            double p =
                    (count - discounts.of(count) + discounts.total(followers) * shorter) / Followers.count(followers);
            runs.put(run, Run.value(Math.log(p), 0));
        });
    }

    /** What follows a context, in one number: how many different bytes were seen once, twice, more; and the sum. */
    private static final class Followers {
        private static final int BITS = 9; // at most 256 different bytes

        static long one(long count) {
            return count << 3 * BITS | 1L << BITS * (Math.min(count, 3) - 1);
        }

        static long count(long followers) {
            return followers >>> 3 * BITS;
        }

        static long seen(long followers, int times) {
            return followers >>> BITS * (times - 1) & (1 << BITS) - 1;
        }
    }

    /** What is taken from a count of 1, of 2, and of 3 or more (Chen and Goodman, 1999, equation 26). */
    private record Discounts(double one, double two, double more) {

        static Discounts of(LongTable counts) {
            long[] n = new long[5];
            counts.forEach((run, count) -> n[(int) Math.min(count, 5) - 1]++);
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

        double total(long followers) {
            return one * Followers.seen(followers, 1)
                    + two * Followers.seen(followers, 2)
                    + more * Followers.seen(followers, 3);
        }
    }
}
