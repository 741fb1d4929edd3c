// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.Centres;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.report.ClusterSearch;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LookAtClustersTest {
    private static final List<String> TOPICS = List.of("boats", "soups", "sums");
    private static final List<String> LABELS =
            IntStream.range(0, 300).mapToObj(i -> TOPICS.get(i % 3)).toList();
    private static final List<String> TEXTS =
            LABELS.stream().map(topic -> "we talk of " + topic).toList();

    /** Three groups far apart. */
    private static Embeddings rows(int first, int count) {
        float[] values = new float[2 * count];
        for (int i = 0; i < count; i++) {
            var noise = new Seed(first + i).stream("row");
            values[2 * i] = (float) (10 * ((first + i) % 3) + noise.nextGaussian());
            values[2 * i + 1] = (float) noise.nextGaussian();
        }
        return Embeddings.of(values, 2);
    }

    @Test
    void howMany_threeGroups_hasTheBestSilhouetteAtThree() {
        ClusterSearch search = LookAtClusters.howMany(rows(0, 300));

        assertThat(search.rows()).hasSize(3);
        assertThat(search.rows().stream()
                        .max(Comparator.comparingDouble(row -> row.quality().silhouette()))
                        .orElseThrow()
                        .asked())
                .isEqualTo(3);
    }

    @Test
    void describe_threeTopics_namesEach_andTheyAreThoseOfTheLabels() {
        Embeddings rows = rows(0, 300);
        Clustering clusters = KMeans.of(3).cluster(rows, new Seed(1));

        List<String> lines = LookAtClusters.describe(rows, clusters, TEXTS);

        assertThat(lines).hasSize(3);
        for (String topic : TOPICS) {
            assertThat(lines)
                    .filteredOn(line -> line.contains("[" + topic))
                    .singleElement()
                    .satisfies(line -> assertThat(line).endsWith("such as: we talk of " + topic));
        }
        assertThat(LookAtClusters.against(clusters, LABELS).adjustedRand()).isEqualTo(1, within(1e-12));
    }

    @Test
    void step_ofTwoParts_isThatOfTheWhole() {
        Centres start = KMeans.of(3).train(rows(0, 30), new Seed(2));

        float[] next = LookAtClusters.step(rows(0, 120), rows(120, 180), start).toArray();

        Embeddings whole = rows(0, 300);
        assertThat(next)
                .containsExactly(LookAtClusters.step(whole, rows(0, 0), start).toArray(), within(1e-5f));
        assertThat(next).isNotEqualTo(start.toArray());
    }
}
