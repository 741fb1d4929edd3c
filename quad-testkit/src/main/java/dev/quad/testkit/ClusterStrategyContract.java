// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What every {@link ClusterStrategy} promises. */
public abstract class ClusterStrategyContract {
    private static final int ROWS = 300;
    private static final int DIMENSION = 7;

    /** The strategy, set up so that it can cluster 300 rows of 7 numbers. */
    protected abstract ClusterStrategy strategy();

    private static float[] rows() {
        RandomGenerator random = Numbers.of(5);
        float[] rows = new float[ROWS * DIMENSION];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) (random.nextGaussian() + 4 * (i / DIMENSION % 3));
        }
        return rows;
    }

    /** Each row is in one cluster and no cluster is empty. */
    @Test
    public void cluster_allRows_arePartitioned() {
        Clustering clustering = strategy().cluster(Embeddings.of(rows(), DIMENSION), new Seed(1));
        assertThat(clustering.size()).isEqualTo(ROWS);
        assertThat(clustering.clusterCount()).isBetween(1, ROWS);
        for (int cluster = 0; cluster < clustering.clusterCount(); cluster++) {
            assertThat(clustering.size(cluster)).isPositive();
        }
    }

    /** The same rows and seed give the same clusters. */
    @Test
    public void cluster_again_isTheSame() {
        Clustering one = strategy().cluster(Embeddings.of(rows(), DIMENSION), new Seed(1));
        Clustering other = strategy().cluster(Embeddings.of(rows(), DIMENSION), new Seed(1));
        assertThat(other.clusterCount()).isEqualTo(one.clusterCount());
        for (int row = 0; row < ROWS; row++) {
            assertThat(other.clusterOf(row)).as("row %s", row).isEqualTo(one.clusterOf(row));
        }
    }

    /** A value that is not finite is an error that names the row. */
    @Test
    public void cluster_valueNotFinite_namesTheRow() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] rows = rows();
            rows[123 * DIMENSION + 4] = bad;
            assertThatThrownBy(() -> strategy().cluster(Embeddings.of(rows, DIMENSION), new Seed(1)))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("123");
        }
    }

    /** No rows cannot be clustered. */
    @Test
    public void cluster_noRows_isRefused() {
        assertThatThrownBy(() -> strategy().cluster(Embeddings.of(new float[0], DIMENSION), new Seed(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
