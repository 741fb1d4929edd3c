// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import java.util.Arrays;
import java.util.stream.IntStream;

/** How probable it is that chance alone makes a difference as large as one that was seen. */
final class Chance {
    private Chance() {}

    /**
     * Two-sided, of the mean of values that are drawn from a normal distribution with this mean, by Student's t: the
     * finite series of its whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).
     */
    static double of(double mean, double... values) {
        int freedom = values.length - 1;
        double found = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values)
                .map(value -> (value - found) * (value - found))
                .sum();
        if (freedom == 0 || squares == 0) {
            return freedom == 0 || found == mean ? 1 : 0;
        }
        double t = Math.abs(found - mean) / Math.sqrt(squares / freedom / values.length);
        return 1 - within(t, freedom);
    }

    private static double within(double t, int freedom) {
        double angle = Math.atan(t / Math.sqrt(freedom));
        double cosine = Math.cos(angle);
        boolean odd = freedom % 2 == 1;
        double term = odd ? cosine : 1;
        double sum = freedom == 1 ? 0 : term;
        for (int k = odd ? 3 : 2; k < freedom; k += 2) {
            term *= cosine * cosine * (k - 1) / k;
            sum += term;
        }
        return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
    }

    /** For several at once, so that one of them that is nothing is seldom taken for something (Holm, 1979). */
    static double[] holm(double... chances) {
        int[] order = IntStream.range(0, chances.length)
                .boxed()
                .sorted((a, b) -> Double.compare(chances[a], chances[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] adjusted = new double[chances.length];
        double most = 0;
        for (int i = 0; i < order.length; i++) {
            most = Math.max(most, Math.min(1, (chances.length - i) * chances[order[i]]));
            adjusted[order[i]] = most;
        }
        return adjusted;
    }
}
