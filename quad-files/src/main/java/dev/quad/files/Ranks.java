// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.util.stream.IntStream;

/** Ranks of values. */
public final class Ranks {
    private Ranks() {}

    /** The correlation of ranks (Spearman, 1904), equal values sharing the mean of theirs; NaN where all are equal. */
    public static double correlation(double[] a, double[] b) {
        double[] x = of(a);
        double[] y = of(b);
        double mean = (a.length - 1) / 2.0;
        double both = 0;
        double ofX = 0;
        double ofY = 0;
        for (int i = 0; i < a.length; i++) {
            both += (x[i] - mean) * (y[i] - mean);
            ofX += (x[i] - mean) * (x[i] - mean);
            ofY += (y[i] - mean) * (y[i] - mean);
        }
        return both / Math.sqrt(ofX * ofY);
    }

    private static double[] of(double[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted((i, j) -> Double.compare(values[i], values[j]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[values.length];
        for (int from = 0, to; from < order.length; from = to) {
            to = from + 1;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + to - 1) / 2.0;
            }
        }
        return ranks;
    }
}
