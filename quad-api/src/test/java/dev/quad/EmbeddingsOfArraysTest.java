// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

/** Embeddings and clusterings from arrays and to arrays. */
class EmbeddingsOfArraysTest {
    private static final float[][] ROWS = {{1, 2}, {3, 4}, {5, 6}};

    @Test
    void embeddings_ofAnyArray_haveItsRows() {
        for (Embeddings embeddings : new Embeddings[] {
            Embeddings.of(ROWS),
            Embeddings.of(new double[][] {{1, 2}, {3, 4}, {5, 6}}),
            Embeddings.of(new float[] {1, 2, 3, 4, 5, 6}, 2),
            Embeddings.of(new double[] {1, 2, 3, 4, 5, 6}, 2)
        }) {
            FloatBuffer two = FloatBuffer.allocate(4);
            embeddings.read(1, 2, two);

            assertThat(embeddings.rows()).isEqualTo(3);
            assertThat(embeddings.dimension()).isEqualTo(2);
            assertThat(two.array()).containsExactly(3, 4, 5, 6);
            assertThat(embeddings.toArrays()).isDeepEqualTo(ROWS);
        }
        assertThat(Embeddings.of(new double[][] {{0.1}}).toArrays()[0]).containsExactly(0.1f);
    }

    /** NaN and infinities are for the strategies to refuse, which know the row. */
    @Test
    void embeddings_ofValuesThatAreNotFinite_keepThem() {
        assertThat(Embeddings.of(new double[][] {{Double.NaN, Double.NEGATIVE_INFINITY}})
                        .toArrays()[0])
                .containsExactly(Float.NaN, Float.NEGATIVE_INFINITY);
    }

    @Test
    void embeddings_ofArraysThatDoNotFit_areRefused() {
        assertThatThrownBy(() -> Embeddings.of(new float[][] {{1, 2}, {3}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("row 1 of the embeddings has 1 values and row 0 has 2; allowed is one length of 1 or more");
        assertThatThrownBy(() -> Embeddings.of(new float[2][0])).hasMessageContaining("row 0 of the embeddings has 0");
        assertThatThrownBy(() -> Embeddings.of(new double[0][]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Embeddings.of(new float[0], dimension)");
        assertThatThrownBy(() -> Embeddings.of(new float[2][]))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("row 0 of the embeddings is null");
        assertThatThrownBy(() -> Embeddings.of(new double[][] {{1, 2}, {3, -1e300}}))
                .isInstanceOf(NumericalException.class)
                .hasMessageStartingWith("the embeddings have -1.0E300 in row 1, column 1, too large");
        assertThatThrownBy(() -> Embeddings.of(new double[3], 2))
                .hasMessageStartingWith("dimension 2 does not divide 3");
        assertThatThrownBy(() -> Embeddings.of(ROWS).read(2, 2, FloatBuffer.allocate(9)))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("2 rows from row 2 on are asked for of 3");
    }

    @Test
    void clustering_ofArrays_hasItsClustersAndCentres() {
        int[] assignment = {1, 0, 1};
        for (Clustering clustering : new Clustering[] {
            Clustering.of(assignment, new float[][] {{7}, {8}}), Clustering.of(assignment, new double[][] {{7}, {8}})
        }) {
            assertThat(clustering.assignment()).containsExactly(assignment);
            assertThat(clustering.centre(1)).hasValue(new float[] {8});
        }
        assertThatThrownBy(() -> Clustering.of(assignment, new float[][] {{7}, {8, 9}}))
                .hasMessage("the centre of cluster 1 has 2 values and that of cluster 0 has 1; all must have as many");
    }
}
