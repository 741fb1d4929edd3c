// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.Centres;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.PartialSums;
import dev.quad.cluster.report.Agreement;
import dev.quad.cluster.report.ClusterSearch;
import dev.quad.cluster.report.Exemplars;
import dev.quad.cluster.report.TopTerms;
import java.util.ArrayList;
import java.util.List;

/** How many clusters to make, and what they are about. */
public final class LookAtClusters {
    private LookAtClusters() {}

    /** What different numbers of clusters come to. */
    public static ClusterSearch howMany(Embeddings rows) {
        // tag::search[]
        return ClusterSearch.run(rows, KMeans::of, List.of(2, 3, 6), new Seed(1));
        // end::search[]
    }

    /** A line for each cluster: the words that tell it apart, and its most typical text. */
    public static List<String> describe(Embeddings rows, Clustering clustering, List<String> texts) {
        List<String> lines = new ArrayList<>();
        // tag::describe[]
        List<List<String>> words = TopTerms.of(clustering, texts::get, 1000, 3);
        List<List<Integer>> typical = Exemplars.nearest(rows, clustering, 1);
        for (int cluster = 0; cluster < clustering.clusterCount(); cluster++) {
            lines.add(words.get(cluster) + ", such as: "
                    + texts.get(typical.get(cluster).get(0)));
        }
        // end::describe[]
        return lines;
    }

    /** How well clusters find labels that they do not see. */
    public static Agreement against(Clustering clustering, List<String> labels) {
        // tag::agreement[]
        return Agreement.of(clustering, labels);
        // end::agreement[]
    }

    /** One step of k-means over data in two places, as another engine would take it. */
    public static Centres step(Embeddings here, Embeddings there, Centres centres) {
        // tag::sums[]
        PartialSums sums = PartialSums.of(here, centres).merge(PartialSums.of(there, centres));
        return sums.next(centres);
        // end::sums[]
    }
}
