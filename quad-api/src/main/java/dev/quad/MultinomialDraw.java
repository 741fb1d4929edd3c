// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;

/**
 * With replacement. Chances are whole numbers, 2³⁰ for the best and at least 1, so that what is taken out leaves none
 * behind by rounding; they are summed in a tree (Fenwick, 1994), by which one is found in {@code O(log n)}.
 */
record MultinomialDraw(double temperature, int most) implements Draw {
    private static final double BEST = 1 << 30;

    @Override
    public List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
        Purse purse = new Purse(scores, tokens, budget, seed);
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < scores.size(); i++) {
            best = Math.max(best, scores.isScored(i) ? scores.value(i) : best);
        }
        Chances chances = new Chances(scores.size());
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i) && purse.cost(i) > 0) {
                double share = StrictMath.exp((scores.value(i) - best) / temperature);
                chances.set(i, Math.max(1, StrictMath.round(BEST * share)));
            }
        }
        RandomGenerator random = seed.stream("draw.multinomial");
        Map<Integer, Integer> weights = new LinkedHashMap<>();
        while (chances.sum() > 0 && !purse.isUsed()) {
            int ordinal = chances.find((long) (random.nextDouble() * chances.sum()));
            boolean fits = purse.pays(ordinal);
            int weight = fits ? weights.merge(ordinal, 1, Integer::sum) : 0;
            if (!fits || weight == most) {
                chances.set(ordinal, 0);
            }
        }
        List<Drawn> drawn = new ArrayList<>();
        weights.forEach((ordinal, weight) -> drawn.add(new Drawn(ordinal, weight)));
        return List.copyOf(drawn);
    }

    @Override
    public String id() {
        return "multinomial(" + temperature + ", at most " + most + ")";
    }

    @Override
    public String toString() {
        return id();
    }

    /** Whole numbers by place, with their sums up to each. */
    private static final class Chances {
        private final long[] own;
        private final long[] tree;
        private long sum;

        Chances(int size) {
            own = new long[size];
            tree = new long[size + 1];
        }

        long sum() {
            return sum;
        }

        void set(int place, long value) {
            long difference = value - own[place];
            own[place] = value;
            sum += difference;
            for (int i = place + 1; i < tree.length; i += i & -i) {
                tree[i] += difference;
            }
        }

        /** The place in whose stretch the number lies, of {@code [0, sum)}. */
        int find(long number) {
            int place = 0;
            long rest = number;
            for (int step = Integer.highestOneBit(tree.length - 1); step > 0; step >>= 1) {
                if (place + step < tree.length && tree[place + step] <= rest) {
                    place += step;
                    rest -= tree[place];
                }
            }
            return place;
        }
    }
}
