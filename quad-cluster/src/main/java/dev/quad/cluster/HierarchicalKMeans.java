// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * k-means in two levels, for many clusters: first {@code √k} coarse clusters, then each of them is split into a number of
 * clusters in proportion to its size, so that sizes are even (as the k-means trees of Vo et al., "Automatic data curation
 * for self-supervised learning", 2024, and of balanced k-means on graphics processors).
 *
 * <p>A row is compared with {@code √k} coarse centres and then with those inside one, so that the last pass costs about
 * {@code 4·n·√k·d} operations in place of {@code 2·n·k·d}, and training likewise. A row near the border of a coarse
 * cluster may have a nearer centre on the other side; {@link #train} gives all centres, and {@link Centres#cluster} the
 * exact pass. Deterministic as {@link KMeans}. Immutable and safe for use by several threads at once.
 */
public final class HierarchicalKMeans implements ClusterStrategy {
    private final KMeansOptions options;
    private final KMeansListener listener;
    private final int coarse;

    private HierarchicalKMeans(KMeansOptions options, KMeansListener listener, int coarse) {
        this.options = options;
        this.listener = listener;
        this.coarse = coarse;
    }

    /** {@code √k} coarse clusters. */
    public static HierarchicalKMeans of(KMeansOptions options) {
        return of(options, (int) Math.round(Math.sqrt(options.clusters())), KMeansListener.NONE);
    }

    /**
     * With a given number of coarse clusters.
     *
     * @param options the clusters wanted in all, and how both levels are trained
     * @param coarse in {@code [1, options.clusters()]}
     * @param listener hears the iterations of one k-means after the other, then the assignment of all rows
     */
    public static HierarchicalKMeans of(KMeansOptions options, int coarse, KMeansListener listener) {
        if (coarse < 1 || coarse > options.clusters()) {
            throw new IllegalArgumentException(coarse + " coarse clusters were asked for; allowed is [1, "
                    + options.clusters() + "], the number of clusters in all");
        }
        return new HierarchicalKMeans(options, listener, coarse);
    }

    /** The coarse clusters, and how the members of each are divided. */
    private record Levels(Clustering top, List<Clustering> parts) {}

    /**
     * Clusters all rows; each row is read three times.
     *
     * @throws IllegalArgumentException if there are fewer rows than clusters
     * @throws dev.quad.NumericalException if a value is not finite
     */
    @Override
    public Clustering cluster(Embeddings embeddings, Seed seed) {
        Levels levels = levels(embeddings, seed);
        int[] assignment = new int[embeddings.rows()];
        int first = 0;
        for (int c = 0; c < levels.parts().size(); c++) {
            Clustering part = levels.parts().get(c);
            for (int i = 0; i < part.size(); i++) {
                assignment[levels.top().member(c, i)] = first + part.clusterOf(i);
            }
            first += part.clusterCount();
        }
        float[] centres = centres(levels, embeddings.dimension());
        return Clustering.of(assignment, centres.length / embeddings.dimension(), centres);
    }

    /** All centres of the lower level; throws as {@link #cluster} does. */
    public Centres train(Embeddings embeddings, Seed seed) {
        return Centres.of(
                centres(levels(embeddings, seed), embeddings.dimension()), embeddings.dimension(), options.distance());
    }

    private Levels levels(Embeddings embeddings, Seed seed) {
        if (embeddings.rows() < options.clusters()) {
            throw new IllegalArgumentException(options.clusters() + " clusters were asked for, but there are only "
                    + embeddings.rows() + " rows; ask for no more clusters than rows");
        }
        Clustering top = KMeans.of(options.with(coarse), listener).cluster(embeddings, seed);
        int[] shares = shares(top, options.clusters());
        List<Clustering> parts = new ArrayList<>();
        for (int c = 0; c < shares.length; c++) {
            int cluster = c;
            Embeddings members = new Subset(embeddings, top.size(c), i -> top.member(cluster, i));
            Seed own = new Seed(seed.stream("hierarchical.split", c).nextLong());
            parts.add(KMeans.of(options.with(shares[c]), listener).cluster(members, own));
        }
        return new Levels(top, parts);
    }

    private static float[] centres(Levels levels, int dimension) {
        int count = levels.parts().stream().mapToInt(Clustering::clusterCount).sum();
        FloatBuffer centres = FloatBuffer.allocate(Math.multiplyExact(count, dimension));
        for (Clustering part : levels.parts()) {
            for (int c = 0; c < part.clusterCount(); c++) {
                centres.put(part.centre(c).orElseThrow());
            }
        }
        return centres.array();
    }

    /**
     * Divides clusters by size: each gets one, and each further goes to the one whose parts would be largest (D'Hondt's
     * method), which never gets more than it has members.
     */
    static int[] shares(Clustering top, int clusters) {
        int[] shares = new int[top.clusterCount()];
        Arrays.fill(shares, 1);
        PriorityQueue<Integer> queue = new PriorityQueue<>((a, b) -> {
            long left = (long) top.size(a) * (shares[b] + 1);
            long right = (long) top.size(b) * (shares[a] + 1);
            return left != right ? Long.compare(right, left) : Integer.compare(a, b);
        });
        for (int c = 0; c < shares.length; c++) {
            queue.add(c);
        }
        for (int given = shares.length; given < clusters; given++) {
            int c = queue.remove();
            shares[c]++;
            queue.add(c);
        }
        return shares;
    }
}
