// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** Strategies that do not look at the embeddings: groups that are given, and controls for experiments. */
public final class Partitions {
    private Partitions() {}

    /** Everything in one cluster: the bandit then has no choice. */
    public static ClusterStrategy single() {
        return new Single();
    }

    /**
     * A random partition into clusters whose sizes differ by one at most: the control that says what the clusters'
     * content is worth.
     *
     * @param clusters in {@code [1, rows]}
     */
    public static ClusterStrategy random(int clusters) {
        require(clusters >= 1, "clusters is " + clusters + "; allowed is 1 or more");
        return new Random(clusters);
    }

    private record Single() implements ClusterStrategy {
        @Override
        public Clustering cluster(Embeddings embeddings, Seed seed) {
            require(embeddings.rows() >= 1, "there are no rows to cluster");
            return Clustering.of(new int[embeddings.rows()], 1);
        }
    }

    private record Random(int clusters) implements ClusterStrategy {
        @Override
        public Clustering cluster(Embeddings embeddings, Seed seed) {
            int rows = embeddings.rows();
            require(clusters <= rows, clusters + " clusters were asked for, but there are " + rows + " rows");
            RandomGenerator random = seed.stream("partitions.random");
            int[] assignment = new int[rows];
            for (int i = 0; i < rows; i++) {
                int j = random.nextInt(i + 1);
                assignment[i] = assignment[j];
                assignment[j] = i % clusters;
            }
            return Clustering.of(assignment, clusters);
        }
    }

    private record Labels(Clustering clustering) implements ClusterStrategy {
        @Override
        public Clustering cluster(Embeddings embeddings, Seed seed) {
            require(
                    embeddings.rows() == clustering.size(),
                    clustering.size() + " labels were given for " + embeddings.rows() + " rows");
            return clustering;
        }
    }

    /**
     * One cluster for each distinct label, such as the source of a document, numbered by first appearance.
     *
     * @param labels the label of each pool ordinal; copied
     */
    public static ClusterStrategy byLabel(List<String> labels) {
        Objects.requireNonNull(labels, "the labels are null");
        int[] assignment = new int[labels.size()];
        Map<String, Integer> numbers = new HashMap<>();
        for (int i = 0; i < assignment.length; i++) {
            Integer number = numbers.putIfAbsent(labels.get(i), numbers.size());
            assignment[i] = number == null ? numbers.size() - 1 : number;
        }
        return new Labels(Clustering.of(assignment, numbers.size()));
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}
