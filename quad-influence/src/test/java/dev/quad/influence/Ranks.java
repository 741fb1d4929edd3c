// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Arrays;

/** Agreement of two lists of numbers. */
final class Ranks {
    private Ranks() {}

    /** Pearson's correlation. */
    static double correlation(double[] a, double[] b) {
        double meanA = Arrays.stream(a).average().orElseThrow();
        double meanB = Arrays.stream(b).average().orElseThrow();
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return ab / Math.sqrt(aa * bb);
    }

    /** Spearman's correlation: that of the ranks. */
    static double spearman(double[] a, double[] b) {
        return correlation(ranks(a), ranks(b));
    }

    /** From 1 for the smallest; equal ones share the mean of their ranks. */
    static double[] ranks(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double[] ranks = new double[values.length];
        for (int i = 0; i < ranks.length; i++) {
            int from = Arrays.binarySearch(sorted, values[i]);
            int to = from + 1;
            while (from > 0 && sorted[from - 1] == values[i]) {
                from--;
            }
            while (to < sorted.length && sorted[to] == values[i]) {
                to++;
            }
            ranks[i] = (from + 1 + to) / 2.0;
        }
        return ranks;
    }

    /** How often a marked value is above one that is not: the area under the ROC curve. */
    static double areaUnderCurve(double[] values, boolean[] marked) {
        double[] ranks = ranks(values);
        int count = 0;
        double sum = 0;
        for (int i = 0; i < ranks.length; i++) {
            count += marked[i] ? 1 : 0;
            sum += marked[i] ? ranks[i] : 0;
        }
        return (sum - count * (count + 1) / 2.0) / ((double) count * (ranks.length - count));
    }
}
