// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

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
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length; ) {
            int to = from;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int k = from; k < to; k++) {
                ranks[order[k]] = (from + 1 + to) / 2.0;
            }
            from = to;
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
