// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Judges embeddings by whether a row's neighbours have its label. */
final class Neighbours {
    private Neighbours() {}

    /** The share of rows whose label is the most frequent among their k nearest other rows, by dot product. */
    static double accuracy(float[] rows, int dimension, int k, IntFunction<String> label) {
        int count = rows.length / dimension;
        long right = IntStream.range(0, count)
                .parallel()
                .filter(i -> majority(nearest(rows, dimension, k, i), label).equals(label.apply(i)))
                .count();
        return (double) right / count;
    }

    private static int[] nearest(float[] rows, int dimension, int k, int row) {
        int count = rows.length / dimension;
        float[] products = new float[count];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < dimension; j++) {
                products[i] += rows[row * dimension + j] * rows[i * dimension + j];
            }
        }
        products[row] = Float.NEGATIVE_INFINITY;
        int[] best = new int[k];
        for (int n = 0; n < k; n++) {
            for (int i = 0; i < count; i++) {
                if (products[i] > products[best[n]]) {
                    best[n] = i;
                }
            }
            if (n + 1 < k) {
                best[n + 1] = row;
            }
            products[best[n]] = Float.NEGATIVE_INFINITY;
        }
        return best;
    }

    private static String majority(int[] ordinals, IntFunction<String> label) {
        Map<String, Integer> votes = new HashMap<>();
        for (int ordinal : ordinals) {
            votes.merge(label.apply(ordinal), 1, Integer::sum);
        }
        return votes.entrySet().stream()
                .max(Map.Entry.<String, Integer>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
    }
}
