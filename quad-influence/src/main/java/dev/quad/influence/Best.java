// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.influence.GradientStore.Ranked;
import dev.quad.linalg.Floats;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The k best of scores that come in blocks and in any order: a heap whose first is the worst that is kept. Equal scores
 * are told apart by their items, so that which are kept does not depend on the order. Safe for use by several threads.
 */
final class Best {
    private static final Comparator<Ranked> WORST_FIRST = Comparator.comparingDouble(Ranked::score)
            .thenComparing(Comparator.comparingInt(Ranked::item).reversed());

    private final int k;
    private final PriorityQueue<Ranked> kept = new PriorityQueue<>(WORST_FIRST);
    private volatile double least = Double.NEGATIVE_INFINITY;

    Best(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("the " + k + " best are asked for; allowed is 1 or more");
        }
        this.k = k;
    }

    /** Takes a column of scores, {@code count × columns}; those that are not finite are left out. */
    void offer(int first, int count, Floats scores, int column, int columns) {
        for (int i = 0; i < count; i++) {
            float score = scores.get(i * columns + column);
            if (Float.isFinite(score) && score >= least) {
                keep(new Ranked(first + i, score));
            }
        }
    }

    private synchronized void keep(Ranked ranked) {
        kept.add(ranked);
        if (kept.size() > k) {
            kept.remove();
        }
        if (kept.size() == k) {
            least = kept.element().score();
        }
    }

    /** What is kept, best first. */
    synchronized List<Ranked> ranked() {
        return kept.stream().sorted(WORST_FIRST.reversed()).toList();
    }
}
