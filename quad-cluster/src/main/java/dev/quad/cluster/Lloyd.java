// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Lloyd's algorithm (Lloyd, "Least squares quantization in PCM", 1982), one iteration a call: each row joins its
 * nearest centre, then each centre moves to the mean of its rows. Close it.
 *
 * <p>An iteration in its files, in the order of the work:
 *
 * <ol>
 *   <li>{@link AssignmentStep} has the cluster and score of each row, and cuts the rows into blocks of alike ones;
 *   <li>{@link Bounds} tell which centres may have come ahead in a block since they were compared last;
 *   <li>{@link BlockPass} multiplies the block with these, in eight bits where that pays (see {@link Vectors});
 *   <li>{@link CentreScores} reads the products as scores {@code x·c − ½‖c‖²}, and by what they can be wrong;
 *   <li>{@link NearestSoFar} keeps the best centre of each row and those that cannot be told from it, takes their
 *       scores again in single precision and at last in double precision ({@link NearestCentres} computes them), and
 *       decides;
 *   <li>{@link RunningSums} take the rows that moved from the sum of one cluster to that of another;
 *   <li>their {@link PartialSums} move the centres, {@link EmptyClusterPolicy} splits a cluster for one without rows,
 *       and the bounds learn how far each centre went.
 * </ol>
 */
final class Lloyd implements KMeansTrainer {
    private final Rows rows;
    private final Floats centres;
    private final Distance distance;
    private final EmptyClusterPolicy policy;
    private final AssignmentStep step;
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
        this.step = new AssignmentStep(rows, clusters, distance, rounded);
        this.running = new RunningSums(clusters, reach, rows.rows());
    }

    @Override
    public KMeansListener.Iteration iterate(int number, RandomGenerator random) {
        int moved = 0;
        int[] assignment = step.assignment();
        int[] assigned = assignment.clone();
        try (AssignmentStep.Pass pass = step.begin(centres)) {
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
        step.moved(before, centres.toArray(), moved);
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
        return step.assignment();
    }

    /** How many pairs of a row and a centre were multiplied so far. */
    long compared() {
        return step.compared();
    }

    @Override
    public void close() {
        step.close();
    }
}
