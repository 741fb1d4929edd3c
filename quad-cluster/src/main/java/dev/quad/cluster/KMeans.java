// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.random.RandomGenerator;

/**
 * k-means: finds centres {@code c_1 … c_k} that make {@code Σ_i min_j ‖x_i − c_j‖²} small, and puts each row with its
 * nearest centre (Lloyd, 1982; greedy k-means++ seeding, Arthur and Vassilvitskii, 2007).
 *
 * <p>The centres are trained on a random sample of 256 rows a cluster, or on all rows where there are no more; then one
 * pass over all rows assigns them. Every row of the answer is with the nearest of the answer's centres, and of equally
 * near ones with the first. Training runs until no row moves, the objective hardly falls, or the iterations are used up.
 *
 * <p>Centres are in the coordinates of the rows; under {@link Distance#spherical} their length is 1. Cost of an
 * iteration: {@code 2·n·k·d} floating-point operations for n training rows, nearly all in matrix products. The bits of
 * the result do not depend on the number of threads; the work runs on the current fork-join pool. Immutable and safe for
 * use by several threads at once.
 */
public final class KMeans implements ClusterStrategy {
    /** Blocks between two reports of the last pass. */
    private static final int BLOCKS_PER_REPORT = 64;
    /** Seeding may choose from this many rows at least: so few cost nothing. */
    private static final int FEWEST_SEEDING_ROWS = 4096;

    private final KMeansOptions options;
    private final KMeansListener listener;

    private KMeans(KMeansOptions options, KMeansListener listener) {
        this.options = options;
        this.listener = listener;
    }

    /** k-means with the default options. */
    public static KMeans of(int clusters) {
        return of(KMeansOptions.builder(clusters).build());
    }

    /** k-means with these options. */
    public static KMeans of(KMeansOptions options) {
        return new KMeans(options, KMeansListener.NONE);
    }

    /** k-means with these options that tells a listener how it goes. */
    public static KMeans of(KMeansOptions options, KMeansListener listener) {
        return new KMeans(options, listener);
    }

    /**
     * Clusters all rows.
     *
     * @param embeddings at least as many rows as clusters; read once for training and once for the last pass
     * @throws IllegalArgumentException if there are no rows, or fewer rows than clusters
     * @throws dev.quad.NumericalException if a value is not finite or larger than single precision can square
     */
    @Override
    public Clustering cluster(Embeddings embeddings, Seed seed) {
        int clusters = options.clusters();
        int rows = embeddings.rows();
        if (rows == 0) {
            throw new IllegalArgumentException("there are no rows to cluster");
        }
        if (clusters > rows) {
            throw new IllegalArgumentException(clusters + " clusters were asked for, but there are only " + rows
                    + " rows; ask for " + ClusterCount.suggest(rows) + ", or any number up to " + rows);
        }
        if ((long) clusters * embeddings.dimension() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(clusters + " centres of dimension " + embeddings.dimension()
                    + " are more than 2³¹ − 1 values; ask for fewer clusters");
        }
        double[] origin;
        Floats centres;
        try (RowBlocks training = RowBlocks.read(embeddings, trainingRows(rows, seed))) {
            origin = options.distance().origin(training.mean());
            training.prepare(options.distance(), origin);
            centres = train(training, seed);
        }
        try (centres) {
            int[] assignment = assignAll(embeddings, centres, origin);
            return Clustering.of(assignment, clusters, shifted(centres.toArray(), origin));
        }
    }

    private int[] trainingRows(int rows, Seed seed) {
        long wanted = Math.min(rows, (long) options.clusters() * options.trainingRows());
        return sample(rows, (int) wanted, seed.stream("kmeans.sample"));
    }

    /** Seeds and trains centres; the caller closes them. */
    private Floats train(RowBlocks training, Seed seed) {
        Floats centres = seeds(training, seed);
        try {
            Lloyd lloyd = new Lloyd(training, centres, options.distance(), options.emptyClusters());
            double previous = Double.POSITIVE_INFINITY;
            for (int number = 1; number <= options.maxIterations(); number++) {
                KMeansListener.Iteration iteration = lloyd.iterate(number, seed.stream("kmeans.split", number));
                listener.onIteration(iteration);
                double objective = iteration.objective();
                boolean settled = iteration.moved() == 0 || objective >= previous * (1 - options.tolerance());
                if (settled && iteration.split() == 0) {
                    break;
                }
                previous = objective;
            }
            return centres;
        } catch (RuntimeException | Error e) {
            centres.close();
            throw e;
        }
    }

    private Floats seeds(RowBlocks training, Seed seed) {
        int clusters = options.clusters();
        RandomGenerator random = seed.stream("kmeans.seeding");
        long wanted = Math.max(FEWEST_SEEDING_ROWS, (long) clusters * options.seedingRows());
        if (wanted >= training.rows()) {
            return Seeding.choose(training, clusters, options.distance(), random);
        }
        try (RowBlocks some = training.subset(sample(training.rows(), (int) wanted, random))) {
            return Seeding.choose(some, clusters, options.distance(), random);
        }
    }

    /** The nearest centre of every row. */
    private int[] assignAll(Embeddings embeddings, Floats centres, double[] origin) {
        int dimension = embeddings.dimension();
        int[] assignment = new int[embeddings.rows()];
        try (Nearest nearest = new Nearest(centres, options.clusters(), options.distance());
                Scratch blocks = new Scratch(RowBlocks.BLOCK * dimension)) {
            int window = BLOCKS_PER_REPORT * RowBlocks.BLOCK;
            for (int start = 0; start < assignment.length; ) {
                int first = start;
                int length = Math.min(window, assignment.length - first);
                Workers.forBlocks(length, RowBlocks.BLOCK, (from, count) -> {
                    int row = first + from;
                    Floats block = blocks.borrow();
                    try {
                        embeddings.read(row, count, block.slice(0, count * dimension));
                        RowBlocks.check(block, count, dimension, i -> row + i);
                        RowBlocks.prepare(block, count, options.distance(), origin);
                        nearest.assign(block, count, assignment, row);
                    } finally {
                        blocks.giveBack(block);
                    }
                });
                start += length;
                listener.onAssigned(start, assignment.length);
            }
        }
        return assignment;
    }

    /** Distinct numbers below {@code rows}, ascending, each set equally likely (Knuth, volume 2, algorithm 3.4.2 S). */
    static int[] sample(int rows, int wanted, RandomGenerator random) {
        int[] chosen = new int[wanted];
        int count = 0;
        for (int row = 0; count < wanted; row++) {
            if (wanted - count == rows - row || (rows - row) * random.nextDouble() < wanted - count) {
                chosen[count++] = row;
            }
        }
        return chosen;
    }

    private static float[] shifted(float[] centres, double[] origin) {
        for (int i = 0; i < centres.length; i++) {
            centres[i] = (float) (centres[i] + origin[i % origin.length]);
        }
        return centres;
    }
}
