// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.MismatchException;
import dev.quad.linalg.Floats;
import java.util.random.RandomGenerator;

/** Where {@link KMeans} begins. */
public abstract sealed class Seeding {
    private static final Seeding RANDOM = new RandomRows();
    private static final Seeding PLUS_PLUS = new Greedy();
    private static final Seeding PARALLEL = new Parallel();
    /** Seeding may choose from this many rows at least: so few cost nothing. */
    private static final int FEWEST_ROWS = 4096;

    private Seeding() {}

    /**
     * Rows at random, as FAISS does; costs nothing. Dense regions get several centres and sparse ones none, which
     * iterations mend only in part; clusters that end empty are split (see {@link EmptyClusterPolicy}).
     */
    public static Seeding random() {
        return RANDOM;
    }

    /**
     * Greedy k-means++ (Arthur and Vassilvitskii, 2007): each next centre is a row drawn by its squared distance from
     * those before, the best of {@code 2 + ln k}. The best start, but it reads the seeding rows once a centre, which is
     * slow beyond some thousand centres.
     */
    public static Seeding plusPlus() {
        return PLUS_PLUS;
    }

    /**
     * k-means‖ (Bahmani et al., "Scalable k-means++", 2012): in two rounds draws about {@code 2k} rows each by their
     * squared distance, then chooses among these with k-means++, each weighing as many rows as are nearest to it. Nearly
     * as good as k-means++ and much faster for thousands of centres.
     */
    public static Seeding parallel() {
        return PARALLEL;
    }

    /**
     * These centres, such as those of an earlier run.
     *
     * @param centres as many as clusters are asked for
     */
    public static Seeding given(Centres centres) {
        return new Given(centres);
    }

    /** Chooses; the caller closes the result. */
    abstract Floats choose(
            Rows rows, int clusters, int rowsPerCluster, Distance distance, float[] origin, RandomGenerator random);

    @Override
    public abstract String toString();

    private interface Chooser {
        Floats from(RowBlocks some);
    }

    private static Floats sampled(Rows rows, int clusters, int perCluster, RandomGenerator random, Chooser chooser) {
        long wanted = Math.max(FEWEST_ROWS, (long) clusters * perCluster);
        if (wanted >= rows.rows() && rows instanceof RowBlocks all) {
            return chooser.from(all);
        }
        int count = (int) Math.min(wanted, rows.rows());
        try (RowBlocks some = RowBlocks.copy(rows, KMeans.sample(rows.rows(), count, random))) {
            return chooser.from(some);
        }
    }

    private static final class RandomRows extends Seeding {
        @Override
        Floats choose(
                Rows rows,
                int clusters,
                int rowsPerCluster,
                Distance distance,
                float[] origin,
                RandomGenerator random) {
            int dimension = rows.dimension();
            Floats centres = Floats.allocate(clusters, dimension);
            float[] row = new float[dimension];
            int[] chosen = KMeans.sample(rows.rows(), clusters, random);
            for (int c = 0; c < clusters; c++) {
                rows.get(chosen[c], row);
                centres.set(c * dimension, row, 0, dimension);
            }
            return centres;
        }

        @Override
        public String toString() {
            return "random";
        }
    }

    private static final class Greedy extends Seeding {
        @Override
        Floats choose(
                Rows rows,
                int clusters,
                int rowsPerCluster,
                Distance distance,
                float[] origin,
                RandomGenerator random) {
            return sampled(
                    rows,
                    clusters,
                    rowsPerCluster,
                    random,
                    some -> KMeansPlusPlus.choose(some, clusters, distance, random));
        }

        @Override
        public String toString() {
            return "plusPlus";
        }
    }

    private static final class Parallel extends Seeding {
        @Override
        Floats choose(
                Rows rows,
                int clusters,
                int rowsPerCluster,
                Distance distance,
                float[] origin,
                RandomGenerator random) {
            return sampled(
                    rows,
                    clusters,
                    rowsPerCluster,
                    random,
                    some -> KMeansParallel.choose(some, clusters, distance, random));
        }

        @Override
        public String toString() {
            return "parallel";
        }
    }

    private static final class Given extends Seeding {
        private final Centres centres;

        Given(Centres centres) {
            this.centres = centres;
        }

        @Override
        Floats choose(
                Rows rows,
                int clusters,
                int rowsPerCluster,
                Distance distance,
                float[] origin,
                RandomGenerator random) {
            if (centres.count() != clusters || centres.dimension() != rows.dimension()) {
                throw new MismatchException("the given centres are " + centres.count() + " × " + centres.dimension()
                        + "; asked for are " + clusters + " clusters of rows with dimension " + rows.dimension());
            }
            Floats result = Floats.allocate(clusters, rows.dimension());
            for (int c = 0; c < clusters; c++) {
                float[] row = centres.centre(c);
                distance.prepare(row, origin);
                result.set(c * row.length, row, 0, row.length);
            }
            return result;
        }

        @Override
        public String toString() {
            return "given(" + centres.fingerprint() + ")";
        }
    }
}
