// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.report;

import dev.quad.ClusterStrategy;
import dev.quad.Embeddings;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * The quality of clusterings with different numbers of clusters, to choose one by. Inertia falls with every cluster;
 * look for where it stops falling fast, for the largest silhouette, or the smallest Davies–Bouldin index.
 *
 * @param rows one for each number that was tried
 */
public record ClusterSearch(List<Row> rows) {
    /** Copies the list. */
    public ClusterSearch {
        Objects.requireNonNull(rows, "the rows are null");
        rows = List.copyOf(rows);
    }

    /**
     * A number that was tried.
     *
     * @param asked the clusters asked for
     * @param quality what came of it
     */
    public record Row(int asked, ClusterQuality quality) {
        /** Checks that all is there. */
        public Row {
            Objects.requireNonNull(quality, "the quality is null");
        }
    }

    /**
     * Clusters once for each number.
     *
     * @param strategy makes the strategy for a number of clusters, such as {@code KMeans::of}
     * @param numbers the numbers to try
     */
    public static ClusterSearch run(
            Embeddings embeddings, IntFunction<? extends ClusterStrategy> strategy, List<Integer> numbers, Seed seed) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        Objects.requireNonNull(strategy, "what clusters into a number of clusters is null");
        Objects.requireNonNull(numbers, "the numbers are null");
        Objects.requireNonNull(seed, "the seed is null");
        List<Row> rows = new ArrayList<>();
        for (int clusters : numbers) {
            var clustering = strategy.apply(clusters).cluster(embeddings, seed);
            rows.add(new Row(clusters, ClusterQuality.of(embeddings, clustering, seed)));
        }
        return new ClusterSearch(rows);
    }

    /** A table for people, a line each. */
    public String table() {
        StringBuilder table = new StringBuilder(String.format(
                "%8s %8s %9s %8s %8s %8s %14s %10s %14s%n",
                "asked",
                "clusters",
                "smallest",
                "median",
                "largest",
                "balance",
                "inertia",
                "silhouette",
                "Davies-Bouldin"));
        for (Row row : rows) {
            ClusterQuality q = row.quality();
            table.append(String.format(
                    Locale.ROOT,
                    "%8d %8d %9d %8d %8d %8.2f %14.6g %10.4f %14.4f%n",
                    row.asked(),
                    q.clusters(),
                    q.smallest(),
                    q.median(),
                    q.largest(),
                    q.imbalance(),
                    q.inertia(),
                    q.silhouette(),
                    q.daviesBouldin()));
        }
        return table.toString();
    }
}
