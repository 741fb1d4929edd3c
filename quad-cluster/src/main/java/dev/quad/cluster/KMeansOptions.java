// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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

    /**
     * Fewer training rows a cluster than this give poor centres, and a warning in the log (the number that FAISS uses).
     */
    public static final int FEW_TRAINING_ROWS = 39;
    /** Training rows up to this many bytes are held in native memory; more are read again in each iteration. */
    public static final long DEFAULT_TRAINING_MEMORY = 4L << 30;
    /** More clusters than this are seeded by {@link Seeding#parallel}, fewer by {@link Seeding#plusPlus}. */
    public static final int MOST_PLUS_PLUS = 2000;

    private final int clusters;
    private final int maxIterations;
    private final double tolerance;
    private final int trainingRows;
    private final int seedingRows;
    private final Distance distance;
    private final EmptyClusterPolicy emptyClusters;
    private final @Nullable Seeding chosenSeeding;
    private final Seeding seeding;
    private final Algorithm algorithm;
    private final long trainingMemory;

    private KMeansOptions(Builder b) {
        this.clusters = b.clusters;
        this.maxIterations = b.maxIterations;
        this.tolerance = b.tolerance;
        this.trainingRows = b.trainingRows;
        this.seedingRows = b.seedingRows;
        this.distance = b.distance;
        this.emptyClusters = b.emptyClusters;
        Seeding stock = clusters <= MOST_PLUS_PLUS ? Seeding.plusPlus() : Seeding.parallel();
        this.chosenSeeding = b.seeding;
        this.seeding = b.seeding == null ? stock : b.seeding;
        this.algorithm = b.algorithm;
        this.trainingMemory = b.trainingMemory;
    }

    /**
     * Starts from the defaults.
     *
     * @param clusters how many clusters, {@code >= 1} and at most the number of rows; see {@link ClusterCount}
     */
    public static Builder builder(int clusters) {
        return new Builder(clusters);
    }

    /** The same options for another number of clusters. */
    public KMeansOptions with(int otherClusters) {
        Builder builder = builder(otherClusters)
                .maxIterations(maxIterations)
                .tolerance(tolerance)
                .trainingRows(trainingRows)
                .seedingRows(seedingRows)
                .distance(distance)
                .emptyClusters(emptyClusters)
                .algorithm(algorithm)
                .trainingMemory(trainingMemory);
        builder.seeding = chosenSeeding;
        return builder.build();
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

    /** Where training begins. */
    public Seeding seeding() {
        return seeding;
    }

    /** How centres are improved. */
    public Algorithm algorithm() {
        return algorithm;
    }

    /** Bytes of training rows up to which they are held in native memory. */
    public long trainingMemory() {
        return trainingMemory;
    }

    private List<Object> values() {
        return List.of(
                clusters,
                maxIterations,
                tolerance,
                trainingRows,
                seedingRows,
                distance,
                emptyClusters,
                seeding,
                algorithm,
                trainingMemory);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KMeansOptions that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    /** Everything that changes the clustering. */
    @Override
    public String toString() {
        return "clusters=" + clusters + " maxIterations=" + maxIterations + " tolerance=" + tolerance
                + " trainingRows=" + trainingRows + " seedingRows=" + seedingRows + " distance=" + distance
                + " emptyClusters=" + emptyClusters + " seeding=" + seeding + " algorithm=" + algorithm;
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
        private @Nullable Seeding seeding;
        private Algorithm algorithm = Algorithm.lloyd();
        private long trainingMemory = DEFAULT_TRAINING_MEMORY;

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

        /** Rows a cluster to train on, {@code >= 1}; where the pool has no more rows than that, all are used. */
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
            distance = Objects.requireNonNull(value, "distance is null; leave it out for the default");
            return this;
        }

        /** What happens to clusters that lose all members in training; unless set, the biggest is split. */
        public Builder emptyClusters(EmptyClusterPolicy value) {
            emptyClusters = Objects.requireNonNull(value, "emptyClusters is null; leave it out for the default");
            return this;
        }

        /** Where training begins; unless set, by the number of clusters, see {@link #MOST_PLUS_PLUS}. */
        public Builder seeding(Seeding value) {
            seeding = Objects.requireNonNull(value, "seeding is null; leave it out for the default");
            return this;
        }

        /** How centres are improved; unless set, by Lloyd's iterations. */
        public Builder algorithm(Algorithm value) {
            algorithm = Objects.requireNonNull(value, "algorithm is null; leave it out for the default");
            return this;
        }

        /**
         * Bytes of training rows, {@code 4·n·d}, up to which they are held in native memory, {@code >= 0}; rounding
         * takes a quarter more. Beyond, they are read from the embeddings in each iteration: slower, with the same
         * result.
         */
        public Builder trainingMemory(long bytes) {
            trainingMemory = bytes;
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
            require(problems, trainingMemory >= 0, "trainingMemory", trainingMemory, "0 or more");
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
