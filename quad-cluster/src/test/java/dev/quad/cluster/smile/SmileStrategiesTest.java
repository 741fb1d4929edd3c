// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.smile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.report.Agreement;
import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmileStrategiesTest {
    private static final int DIMENSION = 6;

    private final int[] labels = new int[600];
    private final float[] values = new float[600 * DIMENSION];

    SmileStrategiesTest() {
        Random random = new Random(1);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 5;
            for (int j = 0; j < DIMENSION; j++) {
                values[i * DIMENSION + j] = (float) ((j == labels[i] ? 10 : 0) + 0.3 * random.nextGaussian());
            }
        }
    }

    private static ClusterStrategy named(String name) {
        return switch (name) {
            case "lloyd" -> SmileStrategies.lloyd(5, 50);
            case "xMeans" -> SmileStrategies.xMeans(5);
            case "gMeans" -> SmileStrategies.gMeans(5);
            case "dbscan" -> SmileStrategies.dbscan(5, 1.5);
            case "dbscan at the knee" -> SmileStrategies.dbscan(5);
            default -> SmileStrategies.agglomerative(5, KMeans.of(12));
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"lloyd", "xMeans", "gMeans", "dbscan", "dbscan at the knee", "agglomerative"})
    void cluster_farGroups_areFound_andTheSameAgain(String name) {
        Embeddings rows = Embeddings.of(values, DIMENSION);
        Clustering first = named(name).cluster(rows, new Seed(2));
        Clustering again = named(name).cluster(rows, new Seed(2));
        int[] found = new int[labels.length];
        for (int i = 0; i < found.length; i++) {
            found[i] = first.clusterOf(i);
            assertThat(again.clusterOf(i)).isEqualTo(found[i]);
        }
        assertThat(Agreement.of(found, labels).adjustedRand()).isGreaterThan(leastRand(name));
    }

    /** Lloyd may start badly; the knee leaves the edges of Gaussian groups to the noise. */
    private static double leastRand(String name) {
        return name.equals("lloyd") ? 0.7 : name.endsWith("knee") ? 0.85 : 0.95;
    }

    @Test
    void dbscan_rowFarFromAll_isInTheClusterOfNoise() {
        values[7 * DIMENSION] = 1000;
        Clustering clustering = SmileStrategies.dbscan(5, 1.5).cluster(Embeddings.of(values, DIMENSION), new Seed(1));
        assertThat(clustering.clusterCount()).isEqualTo(6);
        assertThat(clustering.clusterOf(7)).isEqualTo(5);
        assertThat(clustering.size(5)).isEqualTo(1);
    }

    /** The row in the middle of three has three within 1 if it is counted; two rows apart are noise. */
    @Test
    void dbscan_rowItself_counts() {
        Clustering apart =
                SmileStrategies.dbscan(3, 1).cluster(Embeddings.of(new float[] {0, 1, 2, 9, 10}, 1), new Seed(1));
        assertThat(apart.clusterCount()).isEqualTo(2);
        assertThat(apart.clusterOf(0)).isEqualTo(apart.clusterOf(2)).isNotEqualTo(apart.clusterOf(3));
        assertThat(apart.clusterOf(4)).isEqualTo(apart.clusterOf(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lloyd", "xMeans", "gMeans", "dbscan"})
    void cluster_sizeThatWouldNotEnd_isRefusedBeforeARowIsRead(String name) {
        Embeddings endless = new Embeddings() {
            @Override
            public int rows() {
                return 500_000;
            }

            @Override
            public int dimension() {
                return name.equals("lloyd") ? 4_000 : 50;
            }

            @Override
            public void read(int firstRow, int rowCount, FloatBuffer target) {
                throw new AssertionError("read");
            }
        };
        ClusterStrategy strategy = switch (name) {
            case "lloyd" -> SmileStrategies.lloyd(10_000, 25);
            case "xMeans" -> SmileStrategies.xMeans(10_000);
            case "gMeans" -> SmileStrategies.gMeans(10_000);
            default -> SmileStrategies.dbscan(5, 1);
        };
        assertThatThrownBy(() -> strategy.cluster(endless, new Seed(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("500000 rows")
                .hasMessageContaining(name.equals("lloyd") ? "MiB of heap" : "minutes")
                .hasMessageContaining("KMeans");
    }

    @Test
    void cluster_whatCannotBe_saysWhy() {
        Embeddings rows = Embeddings.of(values, DIMENSION);
        assertThatThrownBy(() -> SmileStrategies.lloyd(601, 5).cluster(rows, new Seed(1)))
                .hasMessageContaining("600");
        assertThatThrownBy(
                        () -> SmileStrategies.agglomerative(20, KMeans.of(10)).cluster(rows, new Seed(1)))
                .hasMessageContaining("10 centres");
        assertThatThrownBy(() -> SmileStrategies.dbscan(5, Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> SmileStrategies.dbscan(601).cluster(rows, new Seed(1)))
                .hasMessageContaining("601 neighbours");
        assertThatThrownBy(() -> SmileStrategies.dbscan(1)).hasMessageContaining("minPoints is 1");
        values[55 * DIMENSION + 2] = Float.NaN;
        assertThatThrownBy(() -> SmileStrategies.lloyd(5, 5).cluster(rows, new Seed(1)))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("row 55 ");
    }
}
