// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Lloyd's algorithm (Lloyd, "Least squares quantization in PCM", 1982), one iteration a call: each row joins its nearest
 * centre, then each centre moves to the mean of its rows.
 *
 * <p>The sum of a cluster is taken by one task, in double precision, over its members in ascending order; so its bits do
 * not depend on the number of threads, and no thread needs sums of its own. The same task adds up the distances to the
 * centre before it moves, term by term: the expansion that finds the nearest centre is not exact enough for a total that
 * must never rise.
 */
final class Lloyd {
    private static final int CLUSTERS_PER_TASK = 4;

    private final RowBlocks rows;
    private final Floats centres;
    private final int clusters;
    private final Distance distance;
    private final EmptyClusterPolicy policy;
    private final int[] assignment;

    /** Starts at these centres, {@code clusters × dimension}, which each iteration changes in place. */
    Lloyd(RowBlocks rows, Floats centres, Distance distance, EmptyClusterPolicy policy) {
        this.rows = rows;
        this.centres = centres;
        this.clusters = centres.length() / rows.dimension();
        this.distance = distance;
        this.policy = policy;
        this.assignment = new int[rows.rows()];
        Arrays.fill(assignment, -1);
    }

    /** One iteration. */
    KMeansListener.Iteration iterate(int number, RandomGenerator random) {
        int[] moved = new int[rows.blockCount()];
        try (Nearest nearest = new Nearest(centres, clusters, distance)) {
            Workers.forEach(
                    moved.length,
                    block -> moved[block] =
                            nearest.assign(rows.block(block), rows.rowsIn(block), assignment, block * RowBlocks.BLOCK));
        }
        Groups groups = new Groups(assignment, clusters);
        double[] costs = new double[clusters];
        Workers.forBlocks(clusters, CLUSTERS_PER_TASK, (from, count) -> {
            for (int cluster = from; cluster < from + count; cluster++) {
                if (groups.size(cluster) > 0) {
                    costs[cluster] = moveCentre(groups, cluster);
                }
            }
        });
        int split = policy.repair(groups, rows, centres, distance, random);
        double objective = Arrays.stream(costs).sum() / rows.rows();
        return new KMeansListener.Iteration(
                number, objective, Arrays.stream(moved).sum(), split);
    }

    /** Moves a centre to the mean of its members; returns the sum of their squared distances to where it was. */
    private double moveCentre(Groups groups, int cluster) {
        int dimension = rows.dimension();
        float[] row = new float[dimension];
        float[] centre = new float[dimension];
        double[] sum = new double[dimension];
        centres.get(cluster * dimension, centre, 0, dimension);
        double cost = 0;
        for (int i = 0; i < groups.size(cluster); i++) {
            rows.get(groups.member(cluster, i), row);
            cost += add(row, centre, sum);
        }
        distance.centre(sum, groups.size(cluster), centre);
        centres.set(cluster * dimension, centre, 0, dimension);
        return cost;
    }

    /** Adds a row to a sum; returns its squared distance to the centre, in four chains that the processor overlaps. */
    private static double add(float[] row, float[] centre, double[] sum) {
        for (int j = 0; j < row.length; j++) {
            sum[j] += row[j];
        }
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j + 3 < row.length; j += 4) {
            double d0 = (double) row[j] - centre[j];
            double d1 = (double) row[j + 1] - centre[j + 1];
            double d2 = (double) row[j + 2] - centre[j + 2];
            double d3 = (double) row[j + 3] - centre[j + 3];
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
        }
        for (; j < row.length; j++) {
            double d = (double) row[j] - centre[j];
            s0 += d * d;
        }
        return (s0 + s1) + (s2 + s3);
    }
}
