// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HierarchicalKMeansTest {
    private static final Seed SEED = new Seed(5);

    @Test
    void cluster_plantedClusters_areNotMixed() {
        long liveBytes = Floats.liveBytes();
        Planted data = Planted.gaussian(12_000, 16, 60, 0.03, 1);
        Clustering clustering = HierarchicalKMeans.of(KMeansOptions.builder(240).build())
                .cluster(Embeddings.of(data.values(), 16), SEED);
        assertThat(clustering.clusterCount()).isEqualTo(240);
        for (int i = 0; i < 12_000; i++) {
            int first = clustering.member(clustering.clusterOf(i), 0);
            assertThat(data.labels()[i]).isEqualTo(data.labels()[first]);
        }
        assertThat(Floats.liveBytes()).isEqualTo(liveBytes);
    }

    /** One dense region and one sparse one: k-means gives the sparse one more clusters than its share of the rows. */
    @Test
    void cluster_unevenDensity_hasMoreEvenSizesThanOneLevel() {
        Planted dense = Planted.gaussian(9000, 6, 1, 0.2, 2);
        Planted sparse = Planted.gaussian(1000, 6, 1, 3, 3);
        float[] values = new float[10_000 * 6];
        System.arraycopy(dense.values(), 0, values, 0, 9000 * 6);
        System.arraycopy(sparse.values(), 0, values, 9000 * 6, 1000 * 6);
        Embeddings rows = Embeddings.of(values, 6);
        KMeansOptions options = KMeansOptions.builder(100).build();
        double one = imbalance(KMeans.of(options).cluster(rows, SEED));
        double two = imbalance(HierarchicalKMeans.of(options).cluster(rows, SEED));
        assertThat(two).isLessThan(0.8 * one);
    }

    private static double imbalance(Clustering clustering) {
        double squares = 0;
        for (int c = 0; c < clustering.clusterCount(); c++) {
            squares += (double) clustering.size(c) * clustering.size(c);
        }
        return squares * clustering.clusterCount() / Math.pow(clustering.size(), 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void cluster_anyNumberOfThreads_givesTheSame(int resamplings) throws Exception {
        Planted data = Planted.gaussian(4000, 7, 30, 0.5, 4);
        Embeddings rows = Embeddings.of(data.values(), 7);
        HierarchicalKMeans strategy =
                HierarchicalKMeans.of(KMeansOptions.builder(64).build()).resampled(resamplings);
        Clustering one = strategy.cluster(rows, SEED);
        ForkJoinPool pool = new ForkJoinPool(4);
        try {
            Clustering four = pool.submit(() -> strategy.cluster(rows, SEED)).get();
            for (int i = 0; i < 4000; i++) {
                assertThat(four.clusterOf(i)).isEqualTo(one.clusterOf(i));
            }
        } finally {
            pool.shutdown();
        }
        assertThat(strategy.train(rows, SEED).count()).isEqualTo(one.clusterCount());
    }

    @Test
    void cluster_asManyClustersAsRows_andTooMany() {
        Planted data = Planted.gaussian(50, 4, 50, 1, 5);
        Embeddings rows = Embeddings.of(data.values(), 4);
        assertThat(HierarchicalKMeans.of(KMeansOptions.builder(50).build())
                        .cluster(rows, SEED)
                        .clusterCount())
                .isEqualTo(50);
        assertThat(HierarchicalKMeans.of(KMeansOptions.builder(50).build())
                        .resampled(2)
                        .cluster(rows, SEED)
                        .clusterCount())
                .isEqualTo(50);
        assertThatThrownBy(() ->
                        HierarchicalKMeans.of(KMeansOptions.builder(5).build()).resampled(-1))
                .hasMessageContaining("-1 resamplings");
        assertThatThrownBy(() ->
                        HierarchicalKMeans.of(KMeansOptions.builder(51).build()).cluster(rows, SEED))
                .hasMessageContaining("51 clusters")
                .hasMessageContaining("50");
    }

    @Test
    void shares_ofSizes_areProportionalAndNeverAboveTheMembers() {
        int[] assignment = new int[100];
        for (int i = 0; i < 100; i++) {
            assignment[i] = i < 70 ? 0 : i < 99 ? 1 : 2;
        }
        Clustering top = Clustering.of(assignment, 3);
        assertThat(HierarchicalKMeans.shares(top, 10, top::size)).containsExactly(7, 2, 1);
        assertThat(HierarchicalKMeans.shares(top, 100, top::size)).containsExactly(70, 29, 1);
        assertThat(HierarchicalKMeans.shares(top, 10, c -> 1)).containsExactly(5, 4, 1);
        assertThat(HierarchicalKMeans.shares(top, 100, c -> 1)).containsExactly(70, 29, 1);
    }
}
