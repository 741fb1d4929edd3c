// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.Planted;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures against scikit-learn 1.2.1, on rows and labels that both make from the same formulas. */
class ClusterQualityTest {
    private static final int[] FOURTHS = IntStream.range(0, 40).map(i -> i % 4).toArray();
    private static final int[] MIXED =
            IntStream.range(0, 40).map(i -> i * i % 7 % 5).toArray();

    private static Embeddings rows() {
        float[] values = new float[80];
        for (int i = 0; i < 40; i++) {
            values[2 * i] = (float) (Math.sin(i * 1.3) + i % 4);
            values[2 * i + 1] = (float) (Math.cos(i * 0.7) * 2 - i % 4);
        }
        return Embeddings.of(values, 2);
    }

    @Test
    void of_knownRows_hasTheFiguresOfScikitLearn() {
        ClusterQuality fourths = ClusterQuality.of(rows(), Clustering.of(FOURTHS, 4), new Seed(1));
        assertThat(fourths.silhouette()).isCloseTo(0.0079156775, within(1e-6));
        assertThat(fourths.daviesBouldin()).isCloseTo(1.938284074688936, within(1e-6));
        assertThat(fourths.inertia()).isCloseTo(97.7851734161377, within(1e-4));
        assertThat(List.of(fourths.smallest(), fourths.median(), fourths.largest()))
                .containsOnly(10);
        assertThat(fourths.imbalance()).isEqualTo(1);
        ClusterQuality mixed = ClusterQuality.of(rows(), Clustering.of(MIXED, 5), new Seed(1));
        assertThat(mixed.silhouette()).isCloseTo(-0.11174657, within(1e-6));
        // centres so near each other that their distance is a difference of larger, rounded numbers
        assertThat(mixed.daviesBouldin()).isCloseTo(23.08451067093644, within(1e-4));
        assertThat(mixed.clusters()).isEqualTo(4);
        assertThat(mixed.imbalance()).isGreaterThan(1);
    }

    @Test
    void of_oneCluster_hasNoSeparationToMeasure() {
        ClusterQuality quality = ClusterQuality.of(rows(), Clustering.of(new int[40], 1), new Seed(1));
        assertThat(quality.silhouette()).isZero();
        assertThat(quality.daviesBouldin()).isZero();
        assertThatThrownBy(() -> ClusterQuality.of(rows(), Clustering.of(new int[39], 1), new Seed(1)))
                .hasMessageContaining("39")
                .hasMessageContaining("40");
    }

    @Test
    void of_sample_isNearTheWhole() {
        Planted data = Planted.gaussian(3000, 4, 6, 0.4, 1);
        Embeddings rows = Embeddings.of(data.values(), 4);
        Clustering clustering = Clustering.of(data.labels(), 6);
        double whole = ClusterQuality.of(rows, clustering, new Seed(1), 3000).silhouette();
        double sampled = ClusterQuality.of(rows, clustering, new Seed(1), 600).silhouette();
        assertThat(sampled).isNotEqualTo(whole).isCloseTo(whole, within(0.03));
    }

    @Test
    void agreement_knownPartitions_hasTheFiguresOfScikitLearn() {
        Agreement agreement = Agreement.of(FOURTHS, MIXED);
        assertThat(agreement.adjustedRand()).isCloseTo(-0.05711177590426979, within(1e-12));
        assertThat(agreement.mutualInformation()).isCloseTo(0.02391937265080333, within(1e-12));
        int[] halves = IntStream.range(0, 40).map(i -> i % 4 / 2).toArray();
        int[] runs = IntStream.range(0, 40).map(i -> (i + 3) / 10).toArray();
        assertThat(Agreement.of(halves, runs).adjustedRand()).isCloseTo(-0.038854396154616465, within(1e-12));
        assertThat(Agreement.of(halves, runs).mutualInformation()).isCloseTo(0.00541118973747562, within(1e-12));
    }

    @Test
    void agreement_samePartitionUnderOtherNames_isOne() {
        List<String> names =
                IntStream.of(FOURTHS).mapToObj(i -> "source " + (9 - i)).toList();
        assertThat(Agreement.of(Clustering.of(FOURTHS, 4), names)).isEqualTo(new Agreement(1, 1));
        assertThat(Agreement.of(new int[3], new int[3])).isEqualTo(new Agreement(1, 1));
        assertThatThrownBy(() -> Agreement.of(new int[3], new int[4])).hasMessageContaining("3 and 4");
    }

    /** Mutual information is not adjusted for chance: every row on its own scores well above zero. */
    @Test
    void agreement_singletons_hasMutualInformationButNoAdjustedRand() {
        Agreement agreement = Agreement.of(FOURTHS, IntStream.range(0, 40).toArray());
        assertThat(agreement.mutualInformation()).isGreaterThan(0.5);
        assertThat(agreement.adjustedRand()).isCloseTo(0, within(1e-12));
    }

    @Test
    void search_plantedClusters_hasItsBestSilhouetteThere() {
        Planted data = Planted.gaussian(2000, 8, 6, 0.1, 3);
        ClusterSearch search =
                ClusterSearch.run(Embeddings.of(data.values(), 8), KMeans::of, List.of(2, 4, 6, 12, 24), new Seed(1));
        assertThat(search.rows().stream()
                        .max(java.util.Comparator.comparingDouble(
                                r -> r.quality().silhouette()))
                        .orElseThrow()
                        .asked())
                .isEqualTo(6);
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(search.table().lines()).hasSize(6).element(3).asString().contains("       6        6 ", "1.");
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10_000})
    void exemplars_ofAClustering_areTheNearestMembersInOrder(int count) {
        Planted data = Planted.gaussian(2500, 5, 8, 0.4, 4);
        Embeddings rows = Embeddings.of(data.values(), 5);
        Clustering clustering = KMeans.of(10).cluster(rows, new Seed(1));
        List<List<Integer>> nearest = Exemplars.nearest(rows, clustering, count);
        for (int c = 0; c < clustering.clusterCount(); c++) {
            int cluster = c;
            float[] centre = clustering.centre(c).orElseThrow();
            List<Integer> expected = IntStream.range(0, clustering.size(c))
                    .map(i -> clustering.member(cluster, i))
                    .boxed()
                    .sorted(java.util.Comparator.comparingDouble(i -> square(data.values(), i, centre)))
                    .limit(count)
                    .toList();
            assertThat(nearest.get(c)).isEqualTo(expected);
        }
        assertThatThrownBy(() -> Exemplars.nearest(rows, Clustering.of(data.labels(), 8), 1))
                .hasMessageContaining("no centres");
    }

    private static double square(float[] values, int row, float[] centre) {
        double sum = 0;
        for (int j = 0; j < centre.length; j++) {
            sum += Math.pow((double) values[row * centre.length + j] - centre[j], 2);
        }
        return sum;
    }

    @Test
    void topTerms_ofTopics_areTheirWordsAndNotThoseOfAll() {
        List<String> texts = List.of(
                "The boat and the sail", "the sail, the wind and the sea", "THE soup and the salt", "salt the soup!");
        List<List<String>> terms = TopTerms.of(Clustering.of(new int[] {0, 0, 1, 1}, 2), texts::get, 10, 2);
        assertThat(terms.get(0)).contains("sail");
        assertThat(terms.get(1)).containsExactly("salt", "soup");
    }
}
