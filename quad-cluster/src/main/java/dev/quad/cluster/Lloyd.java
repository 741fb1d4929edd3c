// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Lloyd's algorithm (Lloyd, "Least squares quantization in PCM", 1982), one iteration a call: each row joins its nearest
 * centre, then each centre moves to the mean of its rows. Close it.
 */
final class Lloyd implements KMeansTrainer {
    private final Rows rows;
    private final Floats centres;
    private final Distance distance;
    private final EmptyClusterPolicy policy;
    private final int[] assignment;
    private final Bounds bounds;
    private final RunningSums running;
    private double previous = Double.POSITIVE_INFINITY;

    /**
     * Starts at these centres, {@code clusters × dimension}, which each iteration changes in place.
     *
     * @param reach what no value of the rows passes in magnitude, by column
     */
    Lloyd(Rows rows, double[] reach, Floats centres, Distance distance, EmptyClusterPolicy policy) {
        this(
                rows,
                reach,
                centres,
                distance,
                policy,
                Vectors.rounds(rows.rows(), centres.length() / rows.dimension(), rows.dimension()));
    }

    /** As the other; {@code rounded} tells whether to multiply with eight bits. */
    Lloyd(Rows rows, double[] reach, Floats centres, Distance distance, EmptyClusterPolicy policy, boolean rounded) {
        int clusters = centres.length() / rows.dimension();
        this.rows = rows;
        this.centres = centres;
        this.distance = distance;
        this.policy = policy;
        this.assignment = new int[rows.rows()];
        Arrays.fill(assignment, -1);
        this.bounds = new Bounds(rows, clusters, distance, assignment, rounded);
        this.running = new RunningSums(clusters, reach, rows.rows());
    }

    @Override
    public KMeansListener.Iteration iterate(int number, RandomGenerator random) {
        int moved = 0;
        int[] assigned = assignment.clone();
        try (Bounds.Pass pass = bounds.new Pass(centres)) {
            for (int w = 0; w < rows.windows(); w++) {
                RowBlocks window = rows.window(w);
                moved += pass.assign(w, window);
                running.reassign(window, assigned, assignment, rows.first(w));
            }
        }
        PartialSums sums = running.total();
        sums.finish(centres);
        float[] before = centres.toArray();
        sums.move(centres, distance);
        int split = 0;
        if (Arrays.stream(sums.counts()).anyMatch(count -> count == 0)) {
            split = policy.repair(
                    new ClusterMembers(assignment, sums.counts().length), rows, centres, distance, random);
        }
        bounds.moved(before, centres.toArray(), moved);
        return new KMeansListener.Iteration(number, sums.inertia() / rows.rows(), moved, split);
    }

    /**
     * If no row moved, the next iteration would see the same objective; so asking for that saves an iteration, and
     * changes no centre.
     */
    @Override
    public boolean settled(KMeansListener.Iteration iteration, double tolerance) {
        boolean still = iteration.moved() == 0 || iteration.objective() >= previous * (1 - tolerance);
        previous = iteration.objective();
        return still && iteration.split() == 0;
    }

    @Override
    public String state() {
        return Double.toString(previous);
    }

    @Override
    public void restore(String state) {
        previous = Double.parseDouble(state);
    }

    /** The cluster of each row in the last iteration; not a copy. */
    int[] assignment() {
        return assignment;
    }

    /** How many pairs of a row and a centre were multiplied so far. */
    long compared() {
        return bounds.compared();
    }

    @Override
    public void close() {
        bounds.close();
    }
}
