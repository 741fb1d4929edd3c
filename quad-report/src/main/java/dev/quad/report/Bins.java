// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import java.util.Arrays;

/** Counts of values between edges, and places in their order. */
final class Bins {
    private Bins() {}

    /** How many lie in each stretch, what lies beyond in the first or last. */
    static double[] counts(double[] edges, double... values) {
        double[] counts = new double[edges.length - 1];
        for (double value : values) {
            int found = Arrays.binarySearch(edges, value);
            int bin = found >= 0 ? found : -found - 2;
            counts[Math.max(0, Math.min(counts.length - 1, bin))]++;
        }
        return counts;
    }

    static double[] shares(double[] edges, double... values) {
        return times(1.0 / Math.max(1, values.length), counts(edges, values));
    }

    static double[] times(double factor, double... values) {
        return Arrays.stream(values).map(value -> factor * value).toArray();
    }

    /** The value below which a share of sorted values lies. */
    static double quantile(double[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1, Math.round(share * (sorted.length - 1)))];
    }

    /** The first tenth, quartile, median, quartile, last tenth. */
    static double[] tenths(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return Arrays.stream(new double[] {0.1, 0.25, 0.5, 0.75, 0.9})
                .map(share -> quantile(sorted, share))
                .toArray();
    }

    static double mean(double... values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    static double deviation(double... values) {
        double mean = mean(values);
        return Math.sqrt(mean(Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .toArray()));
    }
}
