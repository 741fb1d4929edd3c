// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeedingTest {
    private long liveBytes;

    @BeforeEach
    void rememberNativeMemory() {
        liveBytes = Floats.liveBytes();
    }

    @AfterEach
    void nativeMemoryIsBackToBefore() {
        assertThat(Floats.liveBytes()).isEqualTo(liveBytes);
    }

    private static Seeding named(String name) {
        return switch (name) {
            case "random" -> Seeding.random();
            case "parallel" -> Seeding.parallel();
            default -> Seeding.plusPlus();
        };
    }

    /** Careful seeding finds nearly every planted cluster; random rows miss many, and say so by their objective. */
    @ParameterizedTest
    @CsvSource({
        "random, euclidean, 0.5",
        "plusPlus, euclidean, 0.95",
        "parallel, euclidean, 0.95",
        "random, spherical, 0.5",
        "plusPlus, spherical, 0.95",
        "parallel, spherical, 0.95"
    })
    void cluster_plantedClusters_areFound(String name, String distance, double least) {
        Planted data = Planted.gaussian(8000, 16, 100, 0.05, 3);
        KMeansOptions options = KMeansOptions.builder(100)
                .seeding(named(name))
                .distance(Distance.named(distance))
                .build();
        Clustering clustering = KMeans.of(options).cluster(Embeddings.of(data.values(), 16), new Seed(4));
        assertThat(data.adjustedRand(clustering)).isGreaterThan(least);
        assertThat(clustering.clusterCount()).isEqualTo(100);
    }

    @Test
    void parallel_fewerDistinctRowsThanClusters_takesAllDistinctOnes() {
        Planted distinct = Planted.gaussian(5, 6, 5, 0, 11);
        float[] values = new float[700 * 6];
        for (int i = 0; i < 700; i++) {
            System.arraycopy(distinct.values(), i % 5 * 6, values, i * 6, 6);
        }
        KMeansOptions options =
                KMeansOptions.builder(9).seeding(Seeding.parallel()).build();
        assertThat(KMeans.of(options)
                        .cluster(Embeddings.of(values, 6), new Seed(1))
                        .clusterCount())
                .isEqualTo(5);
    }

    @Test
    void given_centresOfAnEarlierRun_areWhereTrainingBegins() {
        Planted data = Planted.gaussian(3000, 8, 30, 0.4, 5);
        Embeddings rows = Embeddings.of(data.values(), 8);
        KMeansOptions.Builder options = KMeansOptions.builder(20).tolerance(0).trainingRows(3000);
        Centres six = KMeans.of(options.maxIterations(6).build()).train(rows, new Seed(1));
        Centres three = KMeans.of(options.maxIterations(3).build()).train(rows, new Seed(1));
        Centres more = KMeans.of(
                        options.maxIterations(3).seeding(Seeding.given(three)).build())
                .train(rows, new Seed(2));
        float[] expected = six.toArray();
        float[] found = more.toArray();
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(found[i] - expected[i])).isLessThan(1e-5f);
        }
        assertThatThrownBy(() -> KMeans.of(KMeansOptions.builder(21)
                                .seeding(Seeding.given(three))
                                .build())
                        .train(rows, new Seed(1)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("20 × 8")
                .hasMessageContaining("21 clusters");
    }

    @Test
    void miniBatch_plantedClusters_areFound_andTheStopIsEarly() {
        Planted data = Planted.gaussian(20_000, 12, 25, 0.1, 6);
        int[] batches = new int[1];
        KMeansListener listener = new KMeansListener() {
            @Override
            public void onIteration(Iteration iteration) {
                batches[0] = iteration.number();
            }
        };
        KMeansOptions options = KMeansOptions.builder(25)
                .algorithm(Algorithm.miniBatch(500))
                .maxIterations(1000)
                .trainingRows(1000)
                .build();
        Embeddings rows = Embeddings.of(data.values(), 12);
        Clustering clustering = KMeans.of(options, listener).cluster(rows, new Seed(1));
        assertThat(data.adjustedRand(clustering)).isGreaterThan(0.95);
        assertThat(batches[0]).isBetween(10, 999);
        Centres again = KMeans.of(options).train(rows, new Seed(1));
        assertThat(Arrays.copyOf(again.toArray(), 12))
                .isEqualTo(clustering.centre(0).orElseThrow());
    }
}
