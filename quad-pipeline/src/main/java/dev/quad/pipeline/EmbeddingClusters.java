// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Seed;
import dev.quad.cluster.ClusterCount;
import dev.quad.cluster.Distance;
import dev.quad.cluster.HierarchicalKMeans;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansListener;
import dev.quad.cluster.KMeansOptions;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.report.ClusterQuality;
import dev.quad.cluster.report.ClusterSearch;
import dev.quad.files.OutputLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * Clusters the rows of a file, as {@code quad cluster} does it: k-means into folders with {@code centres.safetensors}
 * and {@code assignment.npy}, for one number of clusters, or several to choose from. Killed and called again, it goes
 * on. The file may be larger than memory. The same rows, settings and seed give the same clusters, whatever the number
 * of threads. Immutable.
 */
public final class EmbeddingClusters {
    /** Iterations over the training rows at most. */
    public static final int DEFAULT_ITERATIONS = KMeansOptions.DEFAULT_MAX_ITERATIONS;

    private final EmbeddingsFile rows;
    private final boolean spherical;
    private final int levels;
    private final int resample;
    private final int iterations;
    private final Seed seed;

    private EmbeddingClusters(
            EmbeddingsFile rows, boolean spherical, int levels, int resample, int iterations, Seed seed) {
        this.rows = rows;
        this.spherical = spherical;
        this.levels = levels;
        this.resample = resample;
        this.iterations = iterations;
        this.seed = seed;
    }

    /**
     * Of a file, by Euclidean distance in one level.
     *
     * @param embeddings NPY or safetensors, one row a document
     * @param tensor which matrix, where a safetensors file has several; else empty
     */
    public static EmbeddingClusters of(Path embeddings, String tensor, Seed seed) {
        Objects.requireNonNull(embeddings, "the file of the embeddings is null");
        Objects.requireNonNull(tensor, "the name of the tensor is null; allowed is \"\" where there is one alone");
        Objects.requireNonNull(seed, "the seed is null");
        return new EmbeddingClusters(EmbeddingsFile.open(embeddings, tensor), false, 1, 0, DEFAULT_ITERATIONS, seed);
    }

    /** By cosine distance, or Euclidean. */
    public EmbeddingClusters spherical(boolean value) {
        return new EmbeddingClusters(rows, value, levels, resample, iterations, seed);
    }

    /**
     * In two levels, for many clusters: the square root of the number first, which are then split.
     *
     * @param times that both levels are trained anew on rows drawn evenly from the clusters, {@code >= 0}
     */
    public EmbeddingClusters twoLevels(int times) {
        return new EmbeddingClusters(rows, spherical, 2, times, iterations, seed);
    }

    /** With so many iterations over the training rows at most, {@code >= 1}. */
    public EmbeddingClusters iterations(int most) {
        return new EmbeddingClusters(rows, spherical, levels, resample, most, seed);
    }

    /** How many rows there are. */
    public int rows() {
        return rows.rows();
    }

    /** A number of clusters for so many rows, {@code >= 1}. */
    public int suggested() {
        return ClusterCount.suggest(Math.max(1, rows.rows()));
    }

    /**
     * Clusters once for each number.
     *
     * @param numbers each in {@code [1, rows]}
     * @param folder for a number
     * @param lock by which the caller holds the folders
     * @return a table of the qualities, to choose a number by
     */
    public String into(List<Integer> numbers, IntFunction<Path> folder, OutputLock lock, PipelineListener listener) {
        Objects.requireNonNull(numbers, "the numbers are null");
        Objects.requireNonNull(folder, "the folder is null");
        Objects.requireNonNull(lock, "the lock of the folder is null");
        Objects.requireNonNull(listener, "the listener is null");
        List<ClusterSearch.Row> table = new ArrayList<>();
        for (int number : numbers) {
            Clustering clustering = cluster(number, folder.apply(number), listener);
            lock.removeUnfinished(folder.apply(number).resolve("centres.safetensors"));
            table.add(new ClusterSearch.Row(number, ClusterQuality.of(rows, clustering, seed)));
        }
        return new ClusterSearch(table).table();
    }

    private Clustering cluster(int number, Path folder, PipelineListener listener) {
        KMeansOptions options = KMeansOptions.builder(number)
                .distance(spherical ? Distance.spherical() : Distance.euclidean())
                .maxIterations(iterations)
                .build();
        long started = System.nanoTime();
        Steps steps = levels == 1 ? new Iterations(listener, options) : new Runs(listener, number, resample);
        Clustering clustering = strategy(options, steps, folder).cluster(rows, seed);
        listener.onStageFinished(
                steps.stage,
                String.format(Locale.ROOT, "%,d rows in %,d clusters", rows.rows(), clustering.clusterCount()),
                (System.nanoTime() - started) / 1e9);
        return clustering;
    }

    private ClusterStrategy strategy(KMeansOptions options, KMeansListener steps, Path folder) {
        return levels == 1
                ? KMeans.of(options, steps).in(folder)
                : HierarchicalKMeans.of(options, HierarchicalKMeans.coarse(options.clusters()), steps)
                        .resampled(resample)
                        .in(folder);
    }

    /** Tells of a clustering as a stage. */
    private abstract static class Steps implements KMeansListener {
        final PipelineListener listener;
        String stage = "";

        Steps(PipelineListener listener) {
            this.listener = listener;
        }

        final void start(String name, long total, String unit) {
            stage = name;
            listener.onStageStarted(name, total, unit);
        }
    }

    /** Tells of iterations, then of rows. */
    private static final class Iterations extends Steps {
        private boolean assigning;

        Iterations(PipelineListener listener, KMeansOptions options) {
            super(listener);
            start("training " + options.clusters() + " centres", options.maxIterations(), "iterations");
        }

        @Override
        public void onIteration(Iteration iteration) {
            listener.onStageAt(iteration.number());
        }

        @Override
        public void onAssigned(int done, int total) {
            if (!assigning) {
                assigning = true;
                start("assigning", total, "rows");
            }
            listener.onStageAt(done);
        }
    }

    /** Tells of the runs of k-means in two levels. */
    private static final class Runs extends Steps {
        private long runs;

        Runs(PipelineListener listener, int number, int resample) {
            super(listener);
            long coarse = HierarchicalKMeans.coarse(number);
            start("clustering in two levels", (1 + coarse) * (1 + resample), "runs of k-means");
        }

        @Override
        public void onAssigned(int done, int total) {
            runs += done == total ? 1 : 0;
            listener.onStageAt(runs);
        }
    }

    @Override
    public String toString() {
        return "clusters of " + rows;
    }
}
