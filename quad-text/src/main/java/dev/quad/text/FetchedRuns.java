// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Budget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The runs of documents that lie on other machines. A set that grows asks mostly for what was worth most for its cost
 * at first, so that with what it asks for the next of these are fetched. Safe for use by several threads once it grows.
 */
final class FetchedRuns {
    private static final int AHEAD = 1 << 14;

    private final ScatteredPool pool;
    private final Budget budget;
    private final RunsOfTexts runs;
    private final DocumentFunction<double[]> gains;
    private final int limit =
            (int) Math.min(Integer.MAX_VALUE / 2, Runtime.getRuntime().maxMemory() / 16);
    private final RecentRuns kept = new RecentRuns(limit);
    private double @Nullable [] first;
    private int @Nullable [] order;
    private int next;

    /** @param gains what each document adds to the empty set */
    FetchedRuns(ScatteredPool pool, Budget budget, RunsOfTexts runs, DocumentFunction<double[]> gains) {
        this.pool = pool;
        this.budget = budget;
        this.runs = runs;
        this.gains = gains;
    }

    /** What the document adds to the empty set, which must be so at the first call. */
    double firstGain(int ordinal) {
        return firstGains()[ordinal];
    }

    private double[] firstGains() {
        if (first == null) {
            double[] found = new double[pool.size()];
            int[] at = new int[1];
            pool.map(IntStream.range(0, pool.size()).toArray(), gains, some -> {
                System.arraycopy(some, 0, found, at[0], some.length);
                at[0] += some.length;
            });
            first = found;
        }
        return first;
    }

    /** Each run of the document, followed by how often it stands there. */
    synchronized int[] runs(int ordinal) {
        fetch(ordinal);
        int[] found = kept.get(ordinal);
        return found == null ? load(ordinal).get(0) : found;
    }

    /** Sees to it that those of some documents, and of the next ones, are there. */
    synchronized void fetch(int... ordinals) {
        if (Arrays.stream(ordinals).allMatch(this::isKept)) {
            return;
        }
        int[] wanted = IntStream.concat(Arrays.stream(ordinals), ahead())
                .filter(ordinal -> !isKept(ordinal))
                .sorted()
                .distinct()
                .toArray();
        List<int[]> found = load(wanted);
        for (int i = 0; i < wanted.length; i++) {
            kept.put(wanted[i], found.get(i));
        }
    }

    private boolean isKept(int ordinal) {
        return kept.get(ordinal) != null;
    }

    private IntStream ahead() {
        int[] best = order == null ? order() : order;
        order = best;
        int from = next;
        for (long tokens = 0; next < best.length && next - from < AHEAD && tokens < limit / 4; next++) {
            tokens += pool.tokens(best[next]);
        }
        return Arrays.stream(best, from, next);
    }

    /** The documents by their first gains for their costs, the highest first. */
    private int[] order() {
        double[] all = firstGains();
        return IntStream.range(0, all.length)
                .mapToLong(i -> {
                    float ratio = (float) (all[i] / Math.max(1, budget.cost(pool.tokens(i))));
                    return (long) ~Float.floatToIntBits(ratio) << Integer.SIZE | i;
                })
                .sorted()
                .mapToInt(key -> (int) key)
                .toArray();
    }

    private List<int[]> load(int... ordinals) {
        List<int[]> found = new ArrayList<>();
        pool.map(ordinals, runs::ofEach, some -> found.addAll(List.of(some)));
        return found;
    }
}
