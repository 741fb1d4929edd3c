// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import java.util.ArrayList;
import java.util.List;

/** How {@link KMeans} clusters. Immutable; equal options, embeddings and seeds give equal clusterings, bit for bit. */
public final class KMeansOptions {
    /** Iterations at most: later ones move few rows (the number that FAISS uses). */
    public static final int DEFAULT_MAX_ITERATIONS = 25;
    /** Relative fall of the objective under which training stops: then hardly a row changes its cluster. */
    public static final double DEFAULT_TOLERANCE = 1e-4;
    /** Rows a cluster to train on: more no longer change the centres much (the number that FAISS uses). */
    public static final int DEFAULT_TRAINING_ROWS = 256;
    /** Rows a cluster that seeding chooses from: it reads them once a cluster, where an iteration reads all once. */
    public static final int DEFAULT_SEEDING_ROWS = 16;

    private final int clusters;
    private final int maxIterations;
    private final double tolerance;
    private final int trainingRows;
    private final int seedingRows;
    private final Distance distance;
    private final EmptyClusterPolicy emptyClusters;

    private KMeansOptions(Builder b) {
        this.clusters = b.clusters;
        this.maxIterations = b.maxIterations;
        this.tolerance = b.tolerance;
        this.trainingRows = b.trainingRows;
        this.seedingRows = b.seedingRows;
        this.distance = b.distance;
        this.emptyClusters = b.emptyClusters;
    }

    /**
     * Starts from the defaults.
     *
     * @param clusters how many clusters, {@code >= 1} and at most the number of rows; see {@link ClusterCount}
     */
    public static Builder builder(int clusters) {
        return new Builder(clusters);
    }

    /** How many clusters are wanted. */
    public int clusters() {
        return clusters;
    }

    /** Iterations at most. */
    public int maxIterations() {
        return maxIterations;
    }

    /** Relative fall of the objective at or under which training stops. */
    public double tolerance() {
        return tolerance;
    }

    /** Rows a cluster to train on. */
    public int trainingRows() {
        return trainingRows;
    }

    /** Rows a cluster that seeding chooses from. */
    public int seedingRows() {
        return seedingRows;
    }

    /** What near means. */
    public Distance distance() {
        return distance;
    }

    /** What happens to clusters that lose all members in training. */
    public EmptyClusterPolicy emptyClusters() {
        return emptyClusters;
    }

    /** Everything that changes the clustering. */
    @Override
    public String toString() {
        return "clusters=" + clusters + " maxIterations=" + maxIterations + " tolerance=" + tolerance
                + " trainingRows=" + trainingRows + " seedingRows=" + seedingRows + " distance=" + distance
                + " emptyClusters=" + emptyClusters;
    }

    /** Collects options; {@link #build} checks them all. */
    public static final class Builder {
        private final int clusters;
        private int maxIterations = DEFAULT_MAX_ITERATIONS;
        private double tolerance = DEFAULT_TOLERANCE;
        private int trainingRows = DEFAULT_TRAINING_ROWS;
        private int seedingRows = DEFAULT_SEEDING_ROWS;
        private Distance distance = Distance.euclidean();
        private EmptyClusterPolicy emptyClusters = EmptyClusterPolicy.splitBiggest();

        private Builder(int clusters) {
            this.clusters = clusters;
        }

        /** Iterations at most, {@code >= 1}. */
        public Builder maxIterations(int value) {
            maxIterations = value;
            return this;
        }

        /** Relative fall of the objective at or under which training stops, in {@code [0, 1)}. */
        public Builder tolerance(double value) {
            tolerance = value;
            return this;
        }

        /**
         * Rows a cluster to train on, {@code >= 1}. They are held in native memory; where the pool has no more rows than
         * that, all are used.
         */
        public Builder trainingRows(int value) {
            trainingRows = value;
            return this;
        }

        /** Rows a cluster, of those trained on, that seeding chooses from, {@code >= 1}. */
        public Builder seedingRows(int value) {
            seedingRows = value;
            return this;
        }

        /** What near means; Euclidean unless set. */
        public Builder distance(Distance value) {
            distance = value;
            return this;
        }

        /** What happens to clusters that lose all members in training; unless set, the biggest is split. */
        public Builder emptyClusters(EmptyClusterPolicy value) {
            emptyClusters = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if any is out of range; names all of them
         */
        public KMeansOptions build() {
            List<String> problems = new ArrayList<>();
            require(problems, clusters >= 1, "clusters", clusters, "1 or more");
            require(problems, maxIterations >= 1, "maxIterations", maxIterations, "1 or more");
            require(problems, tolerance >= 0 && tolerance < 1, "tolerance", tolerance, "[0, 1)");
            require(problems, trainingRows >= 1, "trainingRows", trainingRows, "1 or more");
            require(problems, seedingRows >= 1, "seedingRows", seedingRows, "1 or more");
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException("k-means options: " + String.join("; ", problems));
            }
            return new KMeansOptions(this);
        }

        private static void require(List<String> problems, boolean holds, String name, Number value, String allowed) {
            if (!holds) {
                problems.add(name + " is " + value + ", allowed is " + allowed);
            }
        }
    }
}
