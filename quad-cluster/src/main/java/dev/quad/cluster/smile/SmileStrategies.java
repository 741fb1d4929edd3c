// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.smile;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import java.util.Arrays;
import java.util.Objects;
import smile.clustering.DBSCAN;
import smile.clustering.GMeans;
import smile.clustering.HierarchicalClustering;
import smile.clustering.XMeans;
import smile.clustering.linkage.WardLinkage;

/**
 * Strategies that run an algorithm of Smile 2.6.0 in Euclidean distance. Immutable and safe for use by several threads.
 *
 * <p>The same rows and seed give the same clusters: each run draws from a generator seeded for it, on a thread of its
 * own. A run that is estimated to take longer than ten minutes on one core, or more memory than the heap has, is
 * refused with an {@link IllegalArgumentException} that says so. A value that is not finite is a
 * {@link dev.quad.NumericalException} that names the row.
 */
public final class SmileStrategies {
    private static final double TOLERANCE = 1e-4;

    private SmileStrategies() {}

    /**
     * Lloyd's k-means with k-means++ seeding ({@code KMeans.lloyd}; not {@code KMeans.fit}, whose tree prunes nothing
     * in the dimensions of embeddings and costs nine times as much). Clusters that lose all rows are dropped.
     *
     * @param clusters {@code >= 2}
     * @param maxIterations {@code >= 1}
     */
    public static ClusterStrategy lloyd(int clusters, int maxIterations) {
        require(clusters >= 2, "clusters", clusters, 2);
        require(maxIterations >= 1, "maxIterations", maxIterations, 1);
        return new Named("Lloyd's k-means of Smile, " + clusters + " clusters", (embeddings, seed) -> {
            SmileRun run = SmileRun.start("Lloyd's k-means", embeddings, seed);
            run.atLeast(clusters, "clusters");
            run.seconds((double) run.rows() * clusters * run.dimension() * maxIterations / 1e9);
            return run.call(rows ->
                    SmileData.clustering(smile.clustering.KMeans.lloyd(rows, clusters, maxIterations, TOLERANCE)));
        });
    }

    /**
     * X-means (Pelleg and Moore, 2000): splits clusters in two while the Bayesian information criterion rises.
     *
     * @param most clusters at most, {@code >= 2}
     */
    public static ClusterStrategy xMeans(int most) {
        require(most >= 2, "most", most, 2);
        return new Named("X-means of Smile, at most " + most + " clusters", (embeddings, seed) -> {
            SmileRun run = SmileRun.start("X-means", embeddings, seed);
            run.seconds(treeSeconds(run, most));
            return run.call(rows -> SmileData.clustering(XMeans.fit(rows, most, 100, TOLERANCE)));
        });
    }

    /**
     * G-means (Hamerly and Elkan, 2003): splits clusters in two while their members are not Gaussian along the split.
     *
     * @param most clusters at most, {@code >= 2}
     */
    public static ClusterStrategy gMeans(int most) {
        require(most >= 2, "most", most, 2);
        return new Named("G-means of Smile, at most " + most + " clusters", (embeddings, seed) -> {
            SmileRun run = SmileRun.start("G-means", embeddings, seed);
            run.seconds(treeSeconds(run, most));
            return run.call(rows -> SmileData.clustering(GMeans.fit(rows, most, 100, TOLERANCE)));
        });
    }

    /** Both refine all centres on the tree after each doubling, and split on trees of the parts. */
    private static double treeSeconds(SmileRun run, int most) {
        return (double) run.rows() * run.dimension() * 2 * most * 10 / 1.3e8;
    }

    /**
     * DBSCAN (Ester et al., 1996): clusters are connected regions with at least {@code minPoints} rows within
     * {@code radius} of a row. Rows in no such region, the noise, form one more cluster, the last.
     *
     * @param minPoints {@code >= 2}, the row itself counted
     * @param radius {@code > 0}, as a distance, not squared
     */
    public static ClusterStrategy dbscan(int minPoints, double radius) {
        require(minPoints >= 2, "minPoints", minPoints, 2);
        if (!(radius > 0)) {
            throw new IllegalArgumentException("radius is " + radius + "; allowed is a number above 0");
        }
        return new Named("DBSCAN of Smile, minPoints " + minPoints + ", radius " + radius, (embeddings, seed) -> {
            SmileRun run = SmileRun.start("DBSCAN", embeddings, seed);
            run.seconds(pairSeconds(run));
            return run.call(rows -> dbscan(rows, minPoints, radius));
        });
    }

    /**
     * As the other, with the radius where the curve of the sorted distances of rows to the last of their
     * {@code minPoints} nearest (Ester et al., 1996, section 4.2) has its knee: where it is farthest from the line
     * between its ends (Satopää et al., 2011). In hundreds of dimensions such a curve hardly bends; look at what comes
     * out.
     *
     * @param minPoints {@code >= 2} and at most the number of rows, the row itself counted
     */
    public static ClusterStrategy dbscan(int minPoints) {
        require(minPoints >= 2, "minPoints", minPoints, 2);
        return new Named("DBSCAN of Smile, minPoints " + minPoints, (embeddings, seed) -> {
            SmileRun run = SmileRun.start("DBSCAN", embeddings, seed);
            run.atLeast(minPoints, "neighbours");
            run.seconds(1.5 * pairSeconds(run));
            return run.call(rows -> dbscan(rows, minPoints, Knee.radius(rows, minPoints)));
        });
    }

    private static double pairSeconds(SmileRun run) {
        return (double) run.rows() * run.rows() * run.dimension() / 5e8;
    }

    private static Clustering dbscan(double[][] rows, int minPoints, double radius) {
        return SmileData.clustering(DBSCAN.fit(rows, minPoints - 1, radius)); // it does not count the row itself
    }

    /**
     * Agglomerative clustering with Ward's linkage over the centres of a k-means; rows go where their centre goes.
     * Smile holds all distances, so that it is for thousands of centres, not for documents.
     *
     * @param clusters {@code >= 1}
     * @param kMeans finds the centres, more than {@code clusters}
     */
    public static ClusterStrategy agglomerative(int clusters, KMeans kMeans) {
        require(clusters >= 1, "clusters", clusters, 1);
        Objects.requireNonNull(kMeans, "the k-means that finds the centres is null");
        return new Named("Ward of Smile, " + clusters + " clusters of " + kMeans, (embeddings, seed) -> {
            Clustering fine = kMeans.cluster(embeddings, seed);
            int count = fine.clusterCount();
            if (clusters > count) {
                throw new IllegalArgumentException(clusters + " clusters were asked for from " + count
                        + " centres; ask for more centres or fewer clusters");
            }
            SmileRun.memory("agglomerative clustering of " + count + " centres", 2.0 * count * count);
            SmileRun.seconds("agglomerative clustering of " + count + " centres", Math.pow(count, 2.5) / 1e8);
            double[][] centres = new double[count][];
            for (int c = 0; c < count; c++) {
                float[] centre = fine.centre(c).orElseThrow();
                centres[c] = new double[centre.length];
                Arrays.setAll(centres[c], j -> centre[j]);
            }
            int[] group = count == clusters || count < 2
                    ? java.util.stream.IntStream.range(0, count).toArray()
                    : clusters == 1
                            ? new int[count]
                            : HierarchicalClustering.fit(WardLinkage.of(centres))
                                    .partition(clusters);
            int[] result = new int[fine.size()];
            Arrays.setAll(result, i -> group[fine.clusterOf(i)]);
            return Clustering.of(result, clusters);
        });
    }

    /** A strategy that says what it is. */
    private record Named(String name, ClusterStrategy strategy) implements ClusterStrategy {
        @Override
        public Clustering cluster(Embeddings embeddings, Seed seed) {
            return strategy.cluster(embeddings, seed);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static void require(boolean holds, String name, int value, int least) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; allowed is " + least + " or more");
        }
    }
}
