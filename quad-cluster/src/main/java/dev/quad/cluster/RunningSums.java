// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Sums over the rows of each cluster that follow rows as they change their cluster; so an iteration costs only those.
 * They have the bits of sums made from nothing, since each is a {@link ReproducibleSum}. {@code 16·k·(d + 2)} bytes on
 * the heap.
 */
final class RunningSums {
    private static final int CLUSTERS_PER_TASK = 4;

    private final int dimension;
    private final ReproducibleSum rowSum;
    private final ReproducibleSum squareSum;
    private final long[] counts;
    private final double[][] sums;
    private final double[][] rests;
    private final double[] squares;
    private final double[] squareRests;

    /**
     * No rows yet.
     *
     * @param reach what no value of the rows passes in magnitude, by column
     * @param rows how many there are
     */
    RunningSums(int clusters, double[] reach, int rows) {
        this.dimension = reach.length;
        this.rowSum = ReproducibleSum.of(reach, rows);
        double largest = Arrays.stream(reach).map(x -> x * x).sum() * (1 + 1e-6);
        this.squareSum = ReproducibleSum.of(new double[] {largest}, rows);
        this.counts = new long[clusters];
        this.sums = new double[clusters][dimension];
        this.rests = new double[clusters][dimension];
        this.squares = new double[clusters];
        this.squareRests = new double[clusters];
    }

    /**
     * Takes the rows of a measured window that changed their cluster from one sum to another.
     *
     * @param before the clusters they were in, or -1, from {@code first} on
     * @param after the clusters they are in
     */
    void reassign(RowBlocks window, int[] before, int[] after, int first) {
        int[] joining = IntStream.range(0, window.rows())
                .filter(i -> before[first + i] != after[first + i])
                .toArray();
        int[] leaving =
                Arrays.stream(joining).filter(i -> before[first + i] >= 0).toArray();
        add(window, leaving, i -> before[first + i], -1);
        add(window, joining, i -> after[first + i], 1);
    }

    private void add(RowBlocks window, int[] rows, IntUnaryOperator cluster, int sign) {
        ClusterMembers members =
                new ClusterMembers(Arrays.stream(rows).map(cluster).toArray(), counts.length);
        Workers.forBlocks(counts.length, CLUSTERS_PER_TASK, (from, length) -> {
            float[] row = new float[dimension];
            double[] values = new double[dimension];
            for (int c = from; c < from + length; c++) {
                int size = members.size(c);
                counts[c] += (long) sign * size;
                for (int i = 0; i < size; i++) {
                    int member = rows[members.member(c, i)];
                    window.get(member, row);
                    for (int j = 0; j < dimension; j++) {
                        values[j] = row[j];
                    }
                    rowSum.add(values, sign, sums[c], rests[c]);
                    squareSum.add(window.square(member), sign, squares, squareRests, c);
                }
            }
        });
    }

    /** The sums as they are now. */
    PartialSums total() {
        PartialSums result = new PartialSums(counts.length, dimension, "");
        for (int c = 0; c < counts.length; c++) {
            double[] sum = sums[c].clone();
            for (int j = 0; j < dimension; j++) {
                sum[j] += rests[c][j];
            }
            result.set(c, counts[c], sum, squares[c] + squareRests[c]);
        }
        return result;
    }
}
