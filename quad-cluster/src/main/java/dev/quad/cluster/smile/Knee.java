// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.smile;

import java.util.Arrays;

/**
 * The radius for DBSCAN that rows suggest: each row's distance to its nearest others is sorted (the k-distance graph of
 * Ester et al., 1996, section 4.2), and the knee of that curve is where it is farthest from the line between its ends
 * (Satopää et al., "Finding a kneedle in a haystack", 2011).
 */
final class Knee {
    private Knee() {}

    /**
     * Compares all pairs: {@code n²·d} operations, and {@code n·minPoints} numbers of memory.
     *
     * @param minPoints {@code >= 2} and at most the number of rows, the row itself counted
     * @return above 0
     */
    static double radius(double[][] rows, int minPoints) {
        double[] curve = distances(rows, minPoints);
        double first = curve[0];
        double range = curve[curve.length - 1] - first;
        int knee = 0;
        double farthest = -1;
        for (int i = 0; range > 0 && i < curve.length; i++) {
            double distance = Math.abs((curve[i] - first) / range - i / (curve.length - 1.0));
            if (distance > farthest) {
                farthest = distance;
                knee = i;
            }
        }
        return Math.max(curve[knee], Float.MIN_NORMAL);
    }

    /** Of each row to the last of its {@code minPoints} nearest, ascending. */
    private static double[] distances(double[][] rows, int minPoints) {
        double[][] nearest = new double[rows.length][minPoints - 1];
        for (double[] squares : nearest) {
            Arrays.fill(squares, Double.POSITIVE_INFINITY);
        }
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < i; j++) {
                double sum = 0;
                for (int x = 0; x < rows[i].length; x++) {
                    double difference = rows[i][x] - rows[j][x];
                    sum += difference * difference;
                }
                insert(nearest[i], sum);
                insert(nearest[j], sum);
            }
        }
        return Arrays.stream(nearest)
                .mapToDouble(squares -> Math.sqrt(squares[minPoints - 2]))
                .sorted()
                .toArray();
    }

    /** Keeps the smallest, ascending. */
    private static void insert(double[] smallest, double value) {
        int place = smallest.length - 1;
        if (value >= smallest[place]) {
            return;
        }
        for (; place > 0 && smallest[place - 1] > value; place--) {
            smallest[place] = smallest[place - 1];
        }
        smallest[place] = value;
    }
}
