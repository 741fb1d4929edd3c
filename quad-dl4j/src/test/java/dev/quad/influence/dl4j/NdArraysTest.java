// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.influence.Damping;
import dev.quad.influence.KroneckerInverse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class NdArraysTest {
    private static final float[][] ROWS = {{1, 2, 3}, {4, 5, 6}};

    /** Of small whole numbers, which are exact in every type. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF", "BFLOAT16", "INT", "LONG", "SHORT", "BYTE", "UBYTE"})
    void embeddings_ofAnyTypeAndOrder_haveTheRows(DataType type) {
        INDArray matrix = Nd4j.create(ROWS).castTo(type);
        INDArray wide = Nd4j.zeros(type, 5, 7);
        INDArray part = wide.get(NDArrayIndex.interval(1, 3), NDArrayIndex.interval(2, 2, 7));
        part.assign(matrix);

        for (INDArray any : new INDArray[] {
            matrix,
            matrix.dup('f'),
            Nd4j.create(ROWS).transpose().dup('c').castTo(type).transpose(),
            part
        }) {
            assertThat(NdArrays.embeddings(any).toArrays()).isDeepEqualTo(ROWS);
            assertThat(NdArrays.rows(any)).isDeepEqualTo(new double[][] {{1, 2, 3}, {4, 5, 6}});
            assertThat(NdArrays.values(any)).containsExactly(1, 2, 3, 4, 5, 6);
        }
    }

    @Test
    void embeddings_areACopy() {
        INDArray matrix = Nd4j.create(ROWS);
        Embeddings embeddings = NdArrays.embeddings(matrix);
        matrix.muli(7);

        assertThat(embeddings.toArrays()).isDeepEqualTo(ROWS);
    }

    @Test
    void array_ofEmbeddings_isTheWayBack() {
        INDArray array = NdArrays.array(Embeddings.of(ROWS));

        assertThat(array.dataType()).isEqualTo(DataType.FLOAT);
        assertThat(array.ordering()).isEqualTo('c');
        assertThat(array.shape()).containsExactly(2, 3);
        assertThat(array.getDouble(1, 0)).isEqualTo(4);
    }

    @Test
    void values_ofThreeDimensions_areInRowMajorOrder() {
        assertThat(NdArrays.values(Nd4j.arange(8).reshape(2, 2, 2).dup('f'))).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }

    /** {@code (4G + I)⁻¹ = 1/65·[[9, −4], [−4, 9]]}. */
    @Test
    void kroneckerInverse_ofArrays_isOneLine() {
        INDArray g = Nd4j.create(new double[][] {{2, 1}, {1, 2}});
        INDArray a = Nd4j.create(new double[][] {{4}});
        INDArray v = Nd4j.create(new double[][] {{1}, {0}});
        try (KroneckerInverse inverse = KroneckerInverse.of(NdArrays.rows(g), NdArrays.rows(a), Damping.absolute(1))) {
            INDArray x = Nd4j.create(inverse.solve(NdArrays.rows(v)));

            assertThat(x.getDouble(0, 0)).isEqualTo(9 / 65.0, within(1e-14));
            assertThat(x.getDouble(1, 0)).isEqualTo(-4 / 65.0, within(1e-14));
        }
    }

    @Test
    void arrays_thatAreNoMatrixOfNumbers_areRefused() {
        assertThatThrownBy(() -> NdArrays.embeddings(Nd4j.create(new double[] {1, 2})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the array has the shape [2]; a matrix of rank 2 is needed: reshape it");
        assertThatThrownBy(() -> NdArrays.rows(Nd4j.zeros(2, 2, 2))).hasMessageContaining("[2, 2, 2]");
        assertThatThrownBy(() -> NdArrays.values(Nd4j.empty(DataType.FLOAT))).hasMessageContaining("holds no numbers");
        assertThatThrownBy(() -> NdArrays.values(Nd4j.create("a", "b"))).hasMessageContaining("UTF8 holds no numbers");
        assertThatThrownBy(() -> NdArrays.embeddings(Nd4j.create(new double[][] {{1}, {1e300}})))
                .isInstanceOf(NumericalException.class)
                .hasMessageStartingWith("the embeddings have 1.0E300 in row 1, column 0");
    }
}
