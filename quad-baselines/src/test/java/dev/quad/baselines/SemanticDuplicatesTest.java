// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SemanticDuplicatesTest {
    private static final int ROWS = 300;
    private static final double EPSILON = 0.1;

    @Test
    void noTwoKeptOfAClusterAreNear_andWhatIsLeftOutHasOneThatIs() {
        RandomGenerator random = new Seed(3).stream("test.rows");
        float[][] rows = new float[ROWS][3];
        int[] clusters = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < 3; j++) {
                rows[i][j] = (float) random.nextGaussian();
            }
            clusters[i] = i % 4;
        }
        SemanticDuplicates found = SemanticDuplicates.find(Embeddings.of(rows), Clustering.of(clusters, 4), EPSILON);
        assertThat(found.leftOut()).isBetween(100, 290);
        for (int i = 0; i < ROWS; i++) {
            int document = i;
            boolean hasNearer = IntStream.range(0, document)
                    .filter(other -> clusters[other] == clusters[document] && found.isKept(other))
                    .anyMatch(other -> cosine(rows[other], rows[document]) > 1 - EPSILON);
            assertThat(found.isKept(document)).as("document " + document).isNotEqualTo(hasNearer);
        }
    }

    private static double cosine(float[] one, float[] other) {
        return Rows.dot(one, other) / Math.sqrt(Rows.dot(one, one) * Rows.dot(other, other));
    }

    @Test
    void nearDocumentsOfTwoClusters_andRowsOfZeros_stay() {
        Embeddings rows = Embeddings.of(new float[][] {{1, 0}, {2, 0}, {0, 0}, {0, 0}});
        SemanticDuplicates apart = SemanticDuplicates.find(rows, Clustering.of(new int[] {0, 1, 0, 0}, 2), 0.05);
        assertThat(apart.leftOut()).isZero();
        SemanticDuplicates together = SemanticDuplicates.find(rows, Clustering.of(new int[] {0, 0, 0, 0}, 1), 0.05);
        assertThat(IntStream.range(0, 4).mapToObj(together::isKept)).containsExactly(true, false, true, true);
        assertThatThrownBy(() -> SemanticDuplicates.find(rows, Clustering.of(new int[] {0}, 1), 0.05))
                .hasMessage("there are 4 rows and clusters of 1 documents; give those of the same pool");
        assertThatThrownBy(() -> SemanticDuplicates.find(rows, Clustering.of(new int[] {0, 0, 0, 0}, 1), -1))
                .hasMessage("epsilon is -1.0; allowed is [0, 2]");
    }
}
