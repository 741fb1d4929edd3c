// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;

/** Count, mean and sum of squared deviations of a batch of rewards, one value at a time (Welford, 1962). */
final class Moments {
    private long count;
    private double mean;
    private double squares;

    /** Of the scored items in {@code [from, to)}; flagged ones are left out. */
    static Moments of(InfluenceScores scores, int from, int to) {
        Moments moments = new Moments();
        for (int i = from; i < to; i++) {
            if (scores.isScored(i)) {
                moments.add(scores.value(i));
            }
        }
        return moments;
    }

    void add(double value) {
        count++;
        double delta = value - mean;
        mean += delta / (double) count;
        squares += delta * (value - mean);
    }

    /** Adds another batch (Chan, Golub and LeVeque, 1979). */
    void merge(Moments batch) {
        if (batch.count == 0) {
            return;
        }
        double before = (double) count;
        double added = (double) batch.count;
        double delta = batch.mean - mean;
        count += batch.count;
        mean += delta * (added / (before + added));
        squares += batch.squares + delta * delta * (before * added / (before + added));
    }

    /** With divisor n − 1; 0 while there are fewer than two. */
    double variance() {
        return count < 2 ? 0 : squares / (double) (count - 1);
    }

    long count() {
        return count;
    }

    double mean() {
        return mean;
    }

    /** Σ (x − mean)². */
    double squares() {
        return squares;
    }
}
