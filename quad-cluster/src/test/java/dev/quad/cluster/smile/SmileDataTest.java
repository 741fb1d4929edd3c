// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.smile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import org.junit.jupiter.api.Test;
import smile.clustering.DBSCAN;
import smile.clustering.KMeans;
import smile.data.DataFrame;
import smile.data.vector.DoubleVector;
import smile.data.vector.IntVector;
import smile.data.vector.StringVector;
import smile.math.matrix.Matrix;

class SmileDataTest {
    private static final float[][] ROWS = {{1, 2, 3}, {4, 5, 6}};

    @Test
    void embeddings_ofFramesAndMatrices_haveTheirRows() {
        double[][] wide = {{1, 2, 3}, {4, 5, 6}};

        assertThat(SmileData.embeddings(DataFrame.of(wide)).toArrays()).isDeepEqualTo(ROWS);
        assertThat(SmileData.embeddings(DataFrame.of(ROWS)).toArrays()).isDeepEqualTo(ROWS);
        assertThat(SmileData.embeddings(DataFrame.of(
                                IntVector.of("a", new int[] {1, 4}), DoubleVector.of("b", new double[] {2, 5})))
                        .toArrays())
                .isDeepEqualTo(new float[][] {{1, 2}, {4, 5}});
        assertThat(SmileData.embeddings(new Matrix(wide)).toArrays()).isDeepEqualTo(ROWS);
        assertThat(SmileData.embeddings(new Matrix(new double[][] {{1, 4}, {2, 5}, {3, 6}}).transpose())
                        .toArrays())
                .isDeepEqualTo(ROWS);
    }

    @Test
    void data_ofEmbeddings_isTheWayBack() {
        Embeddings embeddings = Embeddings.of(ROWS);

        assertThat(SmileData.embeddings(SmileData.frame(embeddings)).toArrays()).isDeepEqualTo(ROWS);
        assertThat(SmileData.frame(embeddings).names()).containsExactly("V1", "V2", "V3");
        assertThat(SmileData.matrix(embeddings).get(1, 0)).isEqualTo(4);
        assertThat(SmileData.rows(embeddings)[0]).containsExactly(1, 2, 3);
    }

    @Test
    void frames_ofMoreThanNumbers_areRefused() {
        DataFrame words = DataFrame.of(
                DoubleVector.of("length", new double[] {1, 2}), StringVector.of("title", new String[] {"a", "b"}));

        assertThatThrownBy(() -> SmileData.embeddings(words))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("column title of the frame is of type String");
        assertThatThrownBy(() -> SmileData.embeddings(DataFrame.of(new double[][] {{1}, {-1e300}})))
                .isInstanceOf(NumericalException.class)
                .hasMessageStartingWith("the embeddings have -1.0E300 in row 1, column 0");
    }

    /** Two groups of two on a line, and a row far away. */
    @Test
    void clustering_ofWhatSmileFound_hasItsCentresAndItsNoise() {
        double[][] rows = {{0}, {1}, {10}, {11}, {99}};
        Clustering means = SmileData.clustering(KMeans.lloyd(new double[][] {{0}, {1}, {10}, {11}}, 2, 9, 1e-9));
        Clustering dense = SmileData.clustering(DBSCAN.fit(rows, 1, 2));

        assertThat(means.clusterCount()).isEqualTo(2);
        assertThat(means.centre(means.clusterOf(0))).hasValue(new float[] {0.5f});
        assertThat(means.centre(means.clusterOf(3))).hasValue(new float[] {10.5f});
        assertThat(dense.clusterCount()).isEqualTo(3);
        assertThat(dense.clusterOf(4)).isEqualTo(2);
        assertThat(dense.centre(0)).isEmpty();
    }
}
