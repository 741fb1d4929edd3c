// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.MismatchException;
import dev.quad.linalg.Floats;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

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
     * squared distance, then chooses among these with k-means++, each weighing as many rows as are nearest to it.
     * Nearly as good as k-means++ and much faster for thousands of centres.
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
        return new Given(Objects.requireNonNull(centres, "the centres are null"));
    }

    /**
     * What centres are chosen for.
     *
     * @param rowsPerCluster where rows are compared, so many a cluster, drawn from all
     * @param origin what was subtracted from the rows
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Request(
            Rows rows, int clusters, int rowsPerCluster, Distance distance, float[] origin, RandomGenerator random) {}

    /** Chooses; the caller closes the result. */
    abstract Floats choose(Request request);

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof Seeding that && toString().equals(that.toString());
    }

    @Override
    public final int hashCode() {
        return toString().hashCode();
    }

    @Override
    public abstract String toString();

    private interface Chooser {
        Floats from(RowBlocks some);
    }

    private static Floats sampled(Request request, Chooser chooser) {
        Rows rows = request.rows();
        long wanted = Math.max(FEWEST_ROWS, (long) request.clusters() * request.rowsPerCluster());
        if (wanted >= rows.rows() && rows instanceof RowBlocks all) {
            return chooser.from(all);
        }
        int count = (int) Math.min(wanted, rows.rows());
        try (RowBlocks some = RowBlocks.copy(rows, KMeans.sample(rows.rows(), count, request.random()))) {
            return chooser.from(some);
        }
    }

    private static final class RandomRows extends Seeding {
        @Override
        Floats choose(Request request) {
            Rows rows = request.rows();
            int clusters = request.clusters();
            int dimension = rows.dimension();
            Floats centres = Floats.allocate(clusters, dimension);
            float[] row = new float[dimension];
            int[] chosen = KMeans.sample(rows.rows(), clusters, request.random());
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
        Floats choose(Request request) {
            return sampled(
                    request,
                    some -> KMeansPlusPlus.choose(some, request.clusters(), request.distance(), request.random()));
        }

        @Override
        public String toString() {
            return "plusPlus";
        }
    }

    private static final class Parallel extends Seeding {
        @Override
        Floats choose(Request request) {
            return sampled(
                    request,
                    some -> KMeansParallel.choose(some, request.clusters(), request.distance(), request.random()));
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
        Floats choose(Request request) {
            int clusters = request.clusters();
            int dimension = request.rows().dimension();
            if (centres.count() != clusters || centres.dimension() != dimension) {
                throw new MismatchException("the given centres are " + centres.count() + " × " + centres.dimension()
                        + "; asked for are " + clusters + " clusters of rows with dimension " + dimension);
            }
            Floats result = Floats.allocate(clusters, dimension);
            for (int c = 0; c < clusters; c++) {
                float[] row = centres.centre(c);
                request.distance().prepare(row, request.origin());
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
