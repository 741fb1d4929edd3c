// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What every {@link ClusterStrategy} promises. */
public abstract class ClusterStrategyContract {
    private static final int ROWS = 300;
    private static final int DIMENSION = 7;

    /**
     * The strategy, set up so that it can cluster 300 rows of 7 numbers; called more than once, and always the same.
     */
    protected abstract ClusterStrategy strategy();

    private static float[] rows(long key) {
        RandomGenerator random = Numbers.of(key);
        float[] rows = new float[ROWS * DIMENSION];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) (random.nextGaussian() + 4 * (i / DIMENSION % 3));
        }
        return rows;
    }

    /** Rows that are asked for as {@link Embeddings#read} says, and only so. */
    private static Embeddings guarded(float[] rows) {
        Embeddings embeddings = Embeddings.of(rows, DIMENSION);
        return new Embeddings() {
            @Override
            public int rows() {
                return embeddings.rows();
            }

            @Override
            public int dimension() {
                return DIMENSION;
            }

            @Override
            public void read(int firstRow, int rowCount, FloatBuffer target) {
                Objects.checkFromIndexSize(firstRow, rowCount, embeddings.rows());
                embeddings.read(firstRow, rowCount, target);
            }
        };
    }

    private static Clustering cluster(ClusterStrategy strategy, long key) {
        return strategy.cluster(guarded(rows(key)), new Seed(key));
    }

    /** All that a clustering tells. */
    private static List<Object> content(Clustering clustering) {
        List<Object> content = new ArrayList<>();
        content.add(clustering.clusterCount());
        content.add(clustering.dropped());
        for (int row = 0; row < clustering.size(); row++) {
            content.add(clustering.clusterOf(row));
        }
        for (int cluster = 0; cluster < clustering.clusterCount(); cluster++) {
            clustering.centre(cluster).ifPresent(centre -> {
                for (float value : centre) {
                    content.add(value);
                }
            });
        }
        return content;
    }

    /** Each row is in one cluster and no cluster is empty. */
    @Test
    public void cluster_allRows_arePartitioned() {
        Clustering clustering = cluster(strategy(), 5);
        assertThat(clustering.size()).isEqualTo(ROWS);
        assertThat(clustering.clusterCount()).isBetween(1, ROWS);
        for (int cluster = 0; cluster < clustering.clusterCount(); cluster++) {
            assertThat(clustering.size(cluster)).isPositive();
        }
    }

    /** The same rows and seed give the same clusters: twice in a row, after other rows, and from another instance. */
    @Test
    public void cluster_again_isTheSame() {
        ClusterStrategy strategy = strategy();
        List<Object> first = content(cluster(strategy, 5));
        assertThat(content(cluster(strategy, 5))).as("asked twice in a row").isEqualTo(first);
        assertThat(content(cluster(strategy, 6)))
                .as("other rows and another seed, asked of an instance that was used and of a new one")
                .isEqualTo(content(cluster(strategy(), 6)));
        assertThat(content(strategy.cluster(guarded(rows(5)), new Seed(6))))
                .as("the same rows with another seed, asked of an instance that was used and of a new one")
                .isEqualTo(content(strategy().cluster(guarded(rows(5)), new Seed(6))));
        assertThat(content(cluster(strategy, 5)))
                .as("asked about other rows in between")
                .isEqualTo(first);
        assertThat(content(cluster(strategy(), 5)))
                .as("asked of another instance")
                .isEqualTo(first);
    }

    /** The number of threads changes nothing. */
    @Test
    public void cluster_otherThreads_isTheSame() {
        List<Object> first = content(cluster(strategy(), 5));
        for (int threads : new int[] {1, 2, 5}) {
            assertThat(Threads.in(threads, () -> content(cluster(strategy(), 5))))
                    .as("in a pool of %s threads", threads)
                    .isEqualTo(first);
        }
    }

    /**
     * Where there are centres, each cluster has one, of finite numbers and of the length of a row, and the members of a
     * cluster are on the whole nearer to their own than to the others, by distance or by angle.
     */
    @Test
    public void centres_whereThereAreSome_areThoseOfTheClusters() {
        float[] rows = rows(5);
        Clustering clustering = cluster(strategy(), 5);
        int clusters = clustering.clusterCount();
        List<float[]> centres = new ArrayList<>();
        for (int cluster = 0; cluster < clusters; cluster++) {
            clustering.centre(cluster).ifPresent(centres::add);
        }
        if (centres.isEmpty()) {
            return;
        }
        assertThat(centres).as("centres of %s clusters", clusters).hasSize(clusters);
        for (int cluster = 0; cluster < clusters; cluster++) {
            assertThat(centres.get(cluster)).as("centre %s", cluster).hasSize(DIMENSION);
            for (float value : centres.get(cluster)) {
                assertThat(value).as("a value of centre %s", cluster).isFinite();
            }
        }
        double[] own = new double[2];
        double[] mean = new double[2];
        for (int row = 0; row < ROWS; row++) {
            for (int cluster = 0; cluster < clusters; cluster++) {
                double[] apart = apart(rows, row, centres.get(cluster));
                for (int kind = 0; kind < 2; kind++) {
                    own[kind] += cluster == clustering.clusterOf(row) ? apart[kind] : 0;
                    mean[kind] += apart[kind] / clusters;
                }
            }
        }
        assertThat(clusters == 1 || own[0] < mean[0] * (1 - 1e-9) || own[1] < mean[1] * (1 - 1e-9))
                .as(
                        "rows are %s from their own centres and %s from any, in squares and in angles",
                        Arrays.toString(own), Arrays.toString(mean))
                .isTrue();
    }

    /** The squared distance, and one less the cosine. */
    private static double[] apart(float[] rows, int row, float[] centre) {
        double distance = 0;
        double product = 0;
        double a = 0;
        double b = 0;
        for (int i = 0; i < DIMENSION; i++) {
            double x = rows[row * DIMENSION + i];
            distance += (x - centre[i]) * (x - centre[i]);
            product += x * centre[i];
            a += x * x;
            b += (double) centre[i] * centre[i];
        }
        return new double[] {distance, 1 - product / Math.max(Math.sqrt(a * b), 1e-300)};
    }

    /** A value that is not finite is an error that names the row, wherever it is. */
    @Test
    public void cluster_valueNotFinite_namesTheRow() {
        ClusterStrategy strategy = strategy();
        float[] kinds = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int row = 0; row < ROWS; row++) {
            float[] rows = rows(5);
            rows[row * DIMENSION + row % DIMENSION] = kinds[row % kinds.length];
            assertThatThrownBy(() -> strategy.cluster(guarded(rows), new Seed(1)))
                    .as("row %s holds %s in column %s", row, kinds[row % kinds.length], row % DIMENSION)
                    .isInstanceOf(NumericalException.class)
                    .hasMessageMatching("(?s).*(?<!\\d)" + row + "(?!\\d).*");
        }
        assertThat(content(cluster(strategy, 5)))
                .as("clusters after %s calls, asked of the instance that had them and of a new one", ROWS)
                .isEqualTo(content(cluster(strategy(), 5)));
    }

    /** What was refused leaves nothing behind. */
    @Test
    public void cluster_afterRefusal_isTheSame() {
        ClusterStrategy strategy = strategy();
        float[] rows = rows(6);
        rows[ROWS * DIMENSION - 1] = Float.NaN;
        assertThatThrownBy(() -> strategy.cluster(guarded(rows), new Seed(5))).isInstanceOf(NumericalException.class);
        assertThat(content(cluster(strategy, 5))).isEqualTo(content(cluster(strategy(), 5)));
    }

    /** No rows cannot be clustered. */
    @Test
    public void cluster_noRows_isRefused() {
        assertThatThrownBy(() -> strategy().cluster(guarded(new float[0]), new Seed(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
