// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import static dev.quad.experiments.Contrast.below;

import dev.quad.Clustering;
import dev.quad.cluster.Algorithm;
import dev.quad.cluster.Distance;
import dev.quad.cluster.HierarchicalKMeans;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Claims of the clusters: how many, and by what. */
final class ClusterClaims {
    private static final int BATCH = 64;

    /** Of an equal loss: what two random choices of the same task may well differ by. */
    private static final double ALIKE = 0.01;

    private ClusterClaims() {}

    static Experiment clusterCounts() {
        return new Experiment(
                "fig-5d",
                "How many clusters",
                "The number of clusters matters little within a factor of four of the default (Fig. 5d; what the paper"
                        + " finds is not known here, so that this is how it is read).",
                "The rounds over k-means of hashed n-grams with other numbers of clusters; `rounds` has those of the"
                        + " default. *Alike* means closer than " + ALIKE + " nats a byte.",
                List.of(
                        Rows.RANDOM,
                        Rows.SHUFFLED,
                        clusterCount(1),
                        clusterCount(4),
                        Rows.ROUNDS,
                        clusterCount(16),
                        clusterCount(64),
                        clusterCount(128)),
                List.of(Trial.CLUSTERS, Trial.SCORED, Trial.PULLS),
                "rounds",
                List.of(
                        within("16 are as good as the default", "clusters-16", "rounds"),
                        within("so are 64", "clusters-64", "rounds")),
                Contrast.CONTROLS);
    }

    private static Row clusterCount(int count) {
        return Rows.clustered(
                "clusters-" + count,
                count == 1 ? "one cluster: the documents in a random order" : count + " clusters",
                trial -> trial.clusters(count));
    }

    static Experiment clusterers() {
        return new Experiment(
                "fig-5c",
                "Which clusterer",
                "Which algorithm makes the clusters matters little, but clusters matter (Fig. 5c; what the paper finds is"
                        + " not known here, so that this is how it is read).",
                "The rounds over as many clusters of the same embeddings by other algorithms; over the true sources,"
                        + " which say what clusters can give; and over clusters that were dealt out by lot, which say"
                        + " what they cannot. *Alike* means closer than " + ALIKE + " nats a byte.",
                List.of(
                        Rows.RANDOM,
                        Rows.SHUFFLED,
                        Rows.ROUNDS,
                        clusterer(
                                "spherical",
                                "spherical k-means",
                                trial -> KMeans.of(options(trial)
                                                .distance(Distance.spherical())
                                                .build())
                                        .cluster(trial.embeddings(), trial.seed())),
                        clusterer(
                                "mini-batch",
                                "k-means of mini-batches",
                                trial -> KMeans.of(options(trial)
                                                .algorithm(Algorithm.miniBatch(BATCH))
                                                .build())
                                        .cluster(trial.embeddings(), trial.seed())),
                        clusterer(
                                "two-level",
                                "k-means of two levels",
                                trial -> HierarchicalKMeans.of(options(trial).build())
                                        .cluster(trial.embeddings(), trial.seed())),
                        clusterer("sources", "the true sources", ClusterClaims::sources),
                        clusterer("lots", "clusters of equal size by lot", ClusterClaims::lots)),
                List.of(Trial.CLUSTERS, Trial.SCORED, Trial.PULLS),
                "rounds",
                List.of(
                        within("spherical ones are as good", "clusterer-spherical", "rounds"),
                        within("so are those of mini-batches", "clusterer-mini-batch", "rounds"),
                        within("and of two levels", "clusterer-two-level", "rounds"),
                        below("clusters are better than lots", Trial.LOSS, "rounds", "clusterer-lots")),
                Contrast.CONTROLS);
    }

    private static Row clusterer(String name, String words, Function<Trial, Clustering> clusters) {
        return Rows.clustered("clusterer-" + name, words, clusters);
    }

    private static KMeansOptions.Builder options(Trial trial) {
        return KMeansOptions.builder(trial.clusterCount());
    }

    private static Clustering sources(Trial trial) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        int[] assignment = new int[trial.pool().size()];
        for (int i = 0; i < assignment.length; i++) {
            String source = trial.pool().field(i, "source").orElse("unknown");
            assignment[i] = numbers.computeIfAbsent(source, next -> numbers.size());
        }
        return Clustering.of(assignment, numbers.size());
    }

    private static Clustering lots(Trial trial) {
        int[] assignment = IntStream.range(0, trial.pool().size())
                .map(i -> i % trial.clusterCount())
                .toArray();
        Documents.shuffle(assignment, trial.seed().stream("experiment.lots"));
        return Clustering.of(assignment, trial.clusterCount());
    }

    private static Contrast within(String words, String row, String against) {
        return new Contrast(words, Trial.LOSS, row, against, new Contrast.Within(ALIKE));
    }
}
