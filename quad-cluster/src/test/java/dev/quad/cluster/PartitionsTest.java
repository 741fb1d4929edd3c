// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartitionsTest {
    private static final Seed SEED = new Seed(1);

    @Test
    void single_anyRows_isOneCluster() {
        assertThat(Partitions.single().cluster(rows(5), SEED).size(0)).isEqualTo(5);
    }

    @Test
    void random_anyRows_differsInSizeByOneAndBySeedInContent() {
        Clustering one = Partitions.random(7).cluster(rows(1000), SEED);
        Clustering again = Partitions.random(7).cluster(rows(1000), SEED);
        Clustering other = Partitions.random(7).cluster(rows(1000), new Seed(2));
        for (int c = 0; c < 7; c++) {
            assertThat(one.size(c)).isBetween(142, 143);
        }
        assertThat(assignment(again)).isEqualTo(assignment(one));
        assertThat(assignment(other)).isNotEqualTo(assignment(one));
        assertThat(assignment(one))
                .isNotEqualTo(IntStream.range(0, 1000).map(i -> i % 7).toArray());
    }

    @Test
    void byLabel_labels_areNumberedByFirstAppearance() {
        Clustering clustering =
                Partitions.byLabel(List.of("web", "code", "web", "books")).cluster(rows(4), SEED);
        assertThat(assignment(clustering)).containsExactly(0, 1, 0, 2);
    }

    @Test
    void anyPartition_unusableRows_saysWhy() {
        assertThatThrownBy(() -> Partitions.single().cluster(rows(0), SEED)).hasMessageContaining("no rows");
        assertThatThrownBy(() -> Partitions.random(0)).hasMessageContaining("clusters is 0");
        assertThatThrownBy(() -> Partitions.random(6).cluster(rows(5), SEED)).hasMessageContaining("5 rows");
        assertThatThrownBy(() -> Partitions.byLabel(List.of("web")).cluster(rows(2), SEED))
                .hasMessageContaining("1 labels were given for 2 rows");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 5", "100, 8", "1000, 22", "20000, 100", "1000000000, 10000"})
    void suggest_documents_isTheRootOfHalfWithinLimits(long documents, int clusters) {
        assertThat(ClusterCount.suggest(documents)).isEqualTo(clusters);
    }

    @Test
    void suggest_noDocuments_fails() {
        assertThatThrownBy(() -> ClusterCount.suggest(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void options_outOfRange_areAllNamed() {
        KMeansOptions.Builder options = KMeansOptions.builder(0)
                .maxIterations(0)
                .tolerance(1)
                .trainingRows(0)
                .seedingRows(0);
        assertThatThrownBy(options::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("clusters", "maxIterations", "tolerance", "trainingRows", "seedingRows");
    }

    private static Embeddings rows(int count) {
        return Embeddings.of(new float[count], 1);
    }

    private static int[] assignment(Clustering clustering) {
        return IntStream.range(0, clustering.size()).map(clustering::clusterOf).toArray();
    }
}
