// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.report;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;

/** The members that stand for their clusters. */
public final class Exemplars {
    private static final int BLOCK = 1024;

    private record Member(int ordinal, double square) {}

    private static final Comparator<Member> NEAREST_FIRST =
            Comparator.comparingDouble(Member::square).thenComparingInt(Member::ordinal);

    private Exemplars() {}

    /**
     * The members of each cluster that are nearest to its centre, nearest first; equally near ones in ascending order.
     * Reads all rows once.
     *
     * @param clustering one with centres
     * @param count at most so many for each cluster, {@code >= 1}
     * @return for each cluster, the ordinals
     * @throws IllegalArgumentException if the clustering has no centres or is not of these rows
     */
    public static List<List<Integer>> nearest(Embeddings rows, Clustering clustering, int count) {
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(clustering, "the clustering is null");
        if (rows.rows() != clustering.size() || count < 1) {
            throw new IllegalArgumentException("the " + count + " nearest of " + clustering.size()
                    + " clustered rows were asked for, but there are " + rows.rows() + " rows");
        }
        List<float[]> centres = new ArrayList<>();
        List<PriorityQueue<Member>> best = new ArrayList<>();
        for (int c = 0; c < clustering.clusterCount(); c++) {
            centres.add(clustering
                    .centre(c)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "the clustering has no centres; use a strategy that has, such as k-means")));
            best.add(new PriorityQueue<>(NEAREST_FIRST.reversed()));
        }
        int dimension = rows.dimension();
        FloatBuffer block = FloatBuffer.allocate(Math.multiplyExact(BLOCK, dimension));
        for (int from = 0; from < rows.rows(); from += BLOCK) {
            int length = Math.min(BLOCK, rows.rows() - from);
            rows.readFully(from, length, block.clear());
            for (int i = 0; i < length; i++) {
                int cluster = clustering.clusterOf(from + i);
                PriorityQueue<Member> queue = best.get(cluster);
                queue.add(new Member(from + i, square(block.array(), i * dimension, centres.get(cluster))));
                if (queue.size() > count) {
                    queue.remove();
                }
            }
        }
        return best.stream()
                .map(queue -> queue.stream()
                        .sorted(NEAREST_FIRST)
                        .map(Member::ordinal)
                        .toList())
                .toList();
    }

    private static double square(float[] values, int at, float[] centre) {
        double sum = 0;
        for (int j = 0; j < centre.length; j++) {
            double difference = (double) values[at + j] - centre[j];
            sum += difference * difference;
        }
        return sum;
    }
}
