// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import org.jspecify.annotations.Nullable;

/** How {@link KMeans} improves its centres. */
public abstract sealed class Algorithm {
    private static final Algorithm LLOYD = new FullPasses();

    private Algorithm() {}

    /** Lloyd's iterations over all training rows, with bounds that pass over what cannot change. */
    public static Algorithm lloyd() {
        return LLOYD;
    }

    /**
     * Mini-batches (Sculley, "Web-scale k-means clustering", 2010): an iteration looks at some random training rows
     * only, and a centre is the mean of all it was ever given. Good centres after few rows, a little worse than Lloyd's
     * in the end. Training ends after ten batches in which the smoothed objective did not fall by the tolerance; set
     * {@link KMeansOptions.Builder#maxIterations} to the number of batches, some hundred. Clusters that get no rows are
     * not split.
     *
     * @param rows rows of a batch, {@code >= 1}; some times the number of clusters
     */
    public static Algorithm miniBatch(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("a batch has " + rows + " rows; allowed is 1 or more");
        }
        return new Batches(rows);
    }

    /** With a bound of the rows' values by column. */
    abstract KMeansTrainer start(Rows rows, double[] reach, Floats centres, KMeansOptions options);

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof Algorithm that && toString().equals(that.toString());
    }

    @Override
    public final int hashCode() {
        return toString().hashCode();
    }

    @Override
    public abstract String toString();

    private static final class FullPasses extends Algorithm {
        @Override
        KMeansTrainer start(Rows rows, double[] reach, Floats centres, KMeansOptions options) {
            return new Lloyd(rows, reach, centres, options.distance(), options.emptyClusters());
        }

        @Override
        public String toString() {
            return "lloyd";
        }
    }

    private static final class Batches extends Algorithm {
        private final int rows;

        Batches(int rows) {
            this.rows = rows;
        }

        @Override
        KMeansTrainer start(Rows training, double[] reach, Floats centres, KMeansOptions options) {
            return new MiniBatch(training, centres, options.distance(), rows);
        }

        @Override
        public String toString() {
            return "miniBatch(" + rows + ")";
        }
    }
}
