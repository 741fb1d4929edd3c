// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.report;

import dev.quad.Clustering;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How well two partitions of the same items agree, whatever their clusters are called.
 *
 * @param adjustedRand the Rand index adjusted for chance (Hubert and Arabie, "Comparing partitions", 1985): 1 for the
 *     same partition, about 0 for a random one, at least −½. It weighs pairs, and so large clusters; a partition much
 *     finer than the labels gets little
 * @param mutualInformation mutual information divided by the mean of the two entropies (Kvålseth, 1987), in {@code [0,
 *     1]}; not adjusted for chance, so that many small clusters get some for nothing
 */
public record Agreement(double adjustedRand, double mutualInformation) {

    /**
     * Compares a clustering with labels.
     *
     * @param labels one for each ordinal, such as the source of a document
     */
    public static Agreement of(Clustering clustering, List<String> labels) {
        Objects.requireNonNull(clustering, "the clustering is null");
        Objects.requireNonNull(labels, "the labels are null");
        int[] clusters = new int[clustering.size()];
        for (int i = 0; i < clusters.length; i++) {
            clusters[i] = clustering.clusterOf(i);
        }
        Map<String, Integer> numbers = new HashMap<>();
        int[] numbered = new int[labels.size()];
        for (int i = 0; i < numbered.length; i++) {
            Integer next = numbers.size();
            Integer known = numbers.putIfAbsent(labels.get(i), next);
            numbered[i] = known == null ? next : known;
        }
        return of(clusters, numbered);
    }

    /**
     * Compares two partitions.
     *
     * @param first the cluster of each item, {@code >= 0}
     * @param second likewise, of the same length
     * @throws IllegalArgumentException if the lengths differ or there is no item
     */
    public static Agreement of(int[] first, int[] second) {
        Objects.requireNonNull(first, "the first partition is null");
        Objects.requireNonNull(second, "the second partition is null");
        if (first.length != second.length || first.length == 0) {
            throw new IllegalArgumentException("partitions of " + first.length + " and " + second.length
                    + " items were given; give two of the same items, at least one");
        }
        Map<Long, Long> cells = new HashMap<>();
        Map<Long, Long> rows = new HashMap<>();
        Map<Long, Long> columns = new HashMap<>();
        for (int i = 0; i < first.length; i++) {
            cells.merge((long) first[i] << 32 | second[i], 1L, Long::sum);
            rows.merge((long) first[i], 1L, Long::sum);
            columns.merge((long) second[i], 1L, Long::sum);
        }
        double n = first.length;
        double mutual = entropy(rows, n) + entropy(columns, n) - entropy(cells, n);
        double mean = (entropy(rows, n) + entropy(columns, n)) / 2;
        double expected = pairs(rows) * pairs(columns) / Math.max(1, n * (n - 1) / 2);
        double most = (pairs(rows) + pairs(columns)) / 2;
        return new Agreement(
                most == expected ? 1 : (pairs(cells) - expected) / (most - expected),
                mean <= 0 ? 1 : Math.min(1, Math.max(0, mutual / mean)));
    }

    /** Summed in the order of the sizes, so that the order of a hash map does not show. */
    private static double entropy(Map<Long, Long> sizes, double n) {
        return -sizes.values().stream()
                .sorted()
                .mapToDouble(size -> size / n * Math.log(size / n))
                .sum();
    }

    private static double pairs(Map<Long, Long> sizes) {
        long pairs = 0;
        for (long size : sizes.values()) {
            pairs += size * (size - 1) / 2;
        }
        return pairs;
    }
}
