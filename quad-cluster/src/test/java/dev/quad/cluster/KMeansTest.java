// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class KMeansTest {
    private static final Seed SEED = new Seed(7);

    private long liveBytes;

    @BeforeEach
    void rememberNativeMemory() {
        liveBytes = Floats.liveBytes();
    }

    @AfterEach
    void nativeMemoryIsBackToBefore() {
        assertThat(Floats.liveBytes()).isEqualTo(liveBytes);
    }

    static Distance[] distances() {
        return new Distance[] {Distance.euclidean(), Distance.spherical()};
    }

    /** Nobody who is told so by default could do anything about it. */
    @Test
    void train_onFewRows_warnsUnlessTheNumberIsTheOneSuggested() {
        Logger logger = (Logger) LoggerFactory.getLogger(KMeans.class);
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        heard.start();
        logger.addAppender(heard);
        try {
            Embeddings rows = Embeddings.of(Planted.gaussian(200, 4, 3, 0.05, 3).values(), 4);
            for (int clusters : new int[] {ClusterCount.suggest(200), 11}) {
                KMeans.of(KMeansOptions.builder(clusters).build()).cluster(rows, SEED);
            }
        } finally {
            logger.detachAppender(heard);
        }
        assertThat(heard.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .filteredOn(message -> message.contains("fewer than"))
                .singleElement()
                .asString()
                .startsWith("11 clusters are trained on 200 rows, fewer than 39 a cluster");
    }

    @ParameterizedTest
    @MethodSource("distances")
    void cluster_plantedClusters_findsThem(Distance distance) {
        Planted data = Planted.gaussian(3000, 24, 20, 0.05, 3);
        Clustering clustering =
                cluster(data.values(), 24, KMeansOptions.builder(20).distance(distance));
        assertThat(data.adjustedRand(clustering)).isGreaterThan(0.999);
    }

    @ParameterizedTest
    @MethodSource("distances")
    void cluster_trainedOnASample_findsPlantedClustersInAllRows(Distance distance) {
        Planted data = Planted.gaussian(20_000, 16, 10, 0.05, 4);
        Clustering clustering = cluster(
                data.values(), 16, KMeansOptions.builder(10).distance(distance).trainingRows(50));
        assertThat(clustering.size()).isEqualTo(20_000);
        assertThat(data.adjustedRand(clustering)).isGreaterThan(0.999);
    }

    @ParameterizedTest
    @MethodSource("distances")
    void cluster_anyNumberOfThreads_givesTheSameBits(Distance distance) throws Exception {
        Planted data = Planted.gaussian(6000, 33, 40, 0.8, 5);
        KMeansOptions.Builder options =
                KMeansOptions.builder(50).distance(distance).trainingRows(64);
        List<Integer> one = bits(inPool(1, data, options), 33);
        assertThat(bits(inPool(2, data, options), 33)).isEqualTo(one);
        assertThat(bits(inPool(4, data, options), 33)).isEqualTo(one);
    }

    @Test
    void cluster_anotherSeed_givesAnotherAnswer() {
        Planted data = Planted.gaussian(500, 8, 10, 1, 6);
        Embeddings rows = Embeddings.of(data.values(), 8);
        KMeans kMeans = KMeans.of(KMeansOptions.builder(10).build());
        List<Integer> first = bits(kMeans.cluster(rows, new Seed(1)), 8);
        assertThat(bits(kMeans.cluster(rows, new Seed(1)), 8)).isEqualTo(first);
        assertThat(bits(kMeans.cluster(rows, new Seed(2)), 8)).isNotEqualTo(first);
    }

    @Test
    void cluster_anyData_putsEachRowWithTheNearestCentre() {
        Planted data = Planted.gaussian(2000, 10, 15, 1, 8);
        Clustering clustering =
                cluster(data.values(), 10, KMeansOptions.builder(300).trainingRows(2));
        for (int i = 0; i < 2000; i++) {
            double own = square(
                    data.values(), i, clustering.centre(clustering.clusterOf(i)).orElseThrow());
            for (int c = 0; c < clustering.clusterCount(); c++) {
                assertThat(own)
                        .isLessThan(
                                square(data.values(), i, clustering.centre(c).orElseThrow()) + 1e-5);
            }
        }
    }

    @Test
    void cluster_oneCluster_hasTheMeanAsItsCentre() {
        Planted data = Planted.gaussian(1000, 5, 3, 1, 9);
        Clustering clustering =
                cluster(data.values(), 5, KMeansOptions.builder(1).trainingRows(1000));
        float[] centre = clustering.centre(0).orElseThrow();
        assertThat(clustering.clusterCount()).isEqualTo(1);
        for (int j = 0; j < 5; j++) {
            double mean = 0;
            for (int i = j; i < data.values().length; i += 5) {
                mean += data.values()[i] / 1000;
            }
            assertThat((double) centre[j]).isCloseTo(mean, within(1e-6));
        }
    }

    @Test
    void cluster_asManyClustersAsRows_givesEachRowItsOwn() {
        Planted data = Planted.gaussian(700, 12, 700, 1, 10);
        Clustering clustering = cluster(data.values(), 12, KMeansOptions.builder(700));
        assertThat(clustering.clusterCount()).isEqualTo(700);
        assertThat(clustering.dropped()).isZero();
    }

    @ParameterizedTest
    @MethodSource("distances")
    void cluster_constantRows_givesOneClusterAndDropsTheRest(Distance distance) {
        float[] values = new float[600 * 3];
        Arrays.fill(values, 0.3f);
        Clustering clustering = cluster(values, 3, KMeansOptions.builder(5).distance(distance));
        assertThat(clustering.clusterCount()).isEqualTo(1);
        assertThat(clustering.dropped()).isEqualTo(4);
        assertThat(clustering.centre(0).orElseThrow()[2])
                .isCloseTo(distance == Distance.euclidean() ? 0.3f : (float) Math.sqrt(1 / 3.0), within(1e-6f));
    }

    @Test
    void cluster_duplicates_keepsEqualRowsTogetherAndFindsAllDistinctOnes() {
        Planted distinct = Planted.gaussian(9, 6, 9, 0, 11);
        float[] values = new float[900 * 6];
        int[] labels = new int[900];
        for (int i = 0; i < 900; i++) {
            labels[i] = i % 9;
            System.arraycopy(distinct.values(), labels[i] * 6, values, i * 6, 6);
        }
        Clustering clustering = cluster(values, 6, KMeansOptions.builder(30));
        assertThat(clustering.clusterCount()).isEqualTo(9);
        assertThat(clustering.dropped()).isEqualTo(21);
        assertThat(new Planted(values, 6, labels).adjustedRand(clustering)).isEqualTo(1);
    }

    @Test
    void cluster_permutedRows_findsThePermutedClusters() {
        Planted data = Planted.gaussian(1000, 8, 6, 0.05, 12);
        Random random = new Random(1);
        int[] labels = new int[1000];
        float[] values = new float[8000];
        List<Integer> order = new ArrayList<>(
                java.util.stream.IntStream.range(0, 1000).boxed().toList());
        java.util.Collections.shuffle(order, random);
        Clustering before = cluster(data.values(), 8, KMeansOptions.builder(6));
        for (int i = 0; i < 1000; i++) {
            labels[i] = before.clusterOf(order.get(i));
            System.arraycopy(data.values(), order.get(i) * 8, values, i * 8, 8);
        }
        Clustering after = cluster(values, 8, KMeansOptions.builder(6));
        assertThat(new Planted(values, 8, labels).adjustedRand(after)).isEqualTo(1);
    }

    @Test
    void cluster_rowsFarFromTheOrigin_findsTheSameClusters() {
        Planted data = Planted.gaussian(2000, 8, 12, 0.05, 13);
        float[] moved = data.values().clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += 1000;
        }
        Clustering clustering = cluster(moved, 8, KMeansOptions.builder(12));
        assertThat(data.adjustedRand(clustering)).isGreaterThan(0.999);
        assertThat(clustering.centre(0).orElseThrow()[0]).isBetween(998f, 1002f);
    }

    @Test
    void cluster_zeroRowsUnderSpherical_joinTheFirstClusterAndMoveNothing() {
        Planted data = Planted.gaussian(400, 8, 4, 0.02, 14);
        float[] values = Arrays.copyOf(data.values(), 500 * 8);
        Clustering clustering = cluster(values, 8, KMeansOptions.builder(4).distance(Distance.spherical()));
        assertThat(clustering.clusterCount()).isEqualTo(4);
        for (int i = 400; i < 500; i++) {
            assertThat(clustering.clusterOf(i)).isZero();
        }
        for (int c = 0; c < 4; c++) {
            assertThat(norm(clustering.centre(c).orElseThrow())).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void cluster_onlyZeroRowsUnderSpherical_givesOneCluster() {
        Clustering clustering =
                cluster(new float[40], 4, KMeansOptions.builder(3).distance(Distance.spherical()));
        assertThat(clustering.clusterCount()).isEqualTo(1);
    }

    @Test
    void cluster_rowsOfAnyLengthUnderSpherical_doesNotDependOnIt() {
        Planted data = Planted.gaussian(1000, 16, 8, 0.05, 15);
        float[] scaled = data.values().clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= 1 + i / 16 % 100;
        }
        Clustering clustering = cluster(scaled, 16, KMeansOptions.builder(8).distance(Distance.spherical()));
        assertThat(data.adjustedRand(clustering)).isGreaterThan(0.999);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, 1e30f})
    void cluster_valueThatCannotBeUsed_namesTheRow(float value) {
        float[] values = Planted.gaussian(3000, 4, 3, 1, 16).values();
        values[1234 * 4 + 2] = value;
        for (int trainingRows : new int[] {1, 2000}) {
            assertThatThrownBy(() -> cluster(values, 4, KMeansOptions.builder(3).trainingRows(trainingRows)))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("row 1234 ");
        }
    }

    @Test
    void cluster_tooFewRows_saysHowMany() {
        assertThatThrownBy(() -> cluster(new float[0], 4, KMeansOptions.builder(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no rows");
        assertThatThrownBy(() -> cluster(new float[12], 4, KMeansOptions.builder(4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 clusters")
                .hasMessageContaining("3 rows");
    }

    @Test
    void cluster_listener_hearsIterationsAndProgress() {
        Planted data = Planted.gaussian(70_000, 2, 5, 0.5, 17);
        List<KMeansListener.Iteration> iterations = new ArrayList<>();
        List<Integer> done = new ArrayList<>();
        KMeansListener listener = new KMeansListener() {
            @Override
            public void onIteration(Iteration iteration) {
                iterations.add(iteration);
            }

            @Override
            public void onAssigned(int rows, int totalRows) {
                done.add(rows);
                assertThat(totalRows).isEqualTo(70_000);
            }
        };
        KMeans.of(KMeansOptions.builder(5).maxIterations(4).tolerance(0).build(), listener)
                .cluster(Embeddings.of(data.values(), 2), SEED);
        assertThat(iterations).extracting(KMeansListener.Iteration::number).containsExactly(1, 2, 3, 4);
        assertThat(iterations.get(0).moved()).isEqualTo(5 * KMeansOptions.DEFAULT_TRAINING_ROWS);
        assertThat(done).containsExactly(64 * RowBlocks.BLOCK, 128 * RowBlocks.BLOCK, 70_000);
    }

    @Test
    void cluster_failingListener_endsTheRunAndFreesMemory() {
        IllegalStateException stop = new IllegalStateException("stop");
        KMeansListener listener = new KMeansListener() {
            @Override
            public void onIteration(Iteration iteration) {
                throw stop;
            }
        };
        KMeans kMeans = KMeans.of(KMeansOptions.builder(2).build(), listener);
        assertThatThrownBy(() -> kMeans.cluster(Embeddings.of(new float[10], 2), SEED))
                .isSameAs(stop);
    }

    @Test
    void sample_anyNumber_isAscendingAndEvenlySpread() {
        int[] hits = new int[10];
        for (int repeat = 0; repeat < 5000; repeat++) {
            int[] chosen = KMeans.sample(10, 3, new Seed(repeat).stream("test"));
            assertThat(chosen).isSorted().doesNotHaveDuplicates();
            for (int row : chosen) {
                hits[row]++;
            }
        }
        assertThat(Arrays.stream(hits).boxed())
                .allSatisfy(hit -> assertThat(hit).isBetween(1350, 1650));
        assertThat(KMeans.sample(3, 3, SEED.stream("test"))).containsExactly(0, 1, 2);
        assertThatThrownBy(() -> KMeans.sample(3, 4, SEED.stream("test"))).hasMessageContaining("4 of 3 rows");
    }

    private static Clustering cluster(float[] values, int dimension, KMeansOptions.Builder options) {
        return KMeans.of(options.build()).cluster(Embeddings.of(values, dimension), SEED);
    }

    private static Clustering inPool(int threads, Planted data, KMeansOptions.Builder options) throws Exception {
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            return pool.submit(() -> cluster(data.values(), data.dimension(), options))
                    .get();
        } finally {
            pool.shutdown();
        }
    }

    private static List<Integer> bits(Clustering clustering, int dimension) {
        List<Integer> bits = new ArrayList<>();
        for (int i = 0; i < clustering.size(); i++) {
            bits.add(clustering.clusterOf(i));
        }
        for (int c = 0; c < clustering.clusterCount(); c++) {
            float[] centre = clustering.centre(c).orElseThrow();
            for (int j = 0; j < dimension; j++) {
                bits.add(Float.floatToRawIntBits(centre[j]));
            }
        }
        return bits;
    }

    private static double square(float[] values, int row, float[] centre) {
        double sum = 0;
        for (int j = 0; j < centre.length; j++) {
            double difference = (double) values[row * centre.length + j] - centre[j];
            sum += difference * difference;
        }
        return sum;
    }

    private static double norm(float[] x) {
        return Math.sqrt(Distance.squaredNorm(x));
    }
}
