// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.Embeddings;
import dev.quad.NumericalException;
import java.util.Arrays;
import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@link INDArray}s as embeddings and as arrays, and back. Any order ('c' or 'f'), view and type of number is taken;
 * elements are copied, so that the array may change or be closed afterwards.
 *
 * <p>What takes arrays takes an {@code INDArray} so: {@code KroneckerFactors.builder(source).inputCovariance("layer",
 * NdArrays.rows(a))}. The other way there is {@code Nd4j.create(direction.rows(layer))}.
 */
public final class NdArrays {
    private NdArrays() {}

    /**
     * The rows of a matrix, as embeddings in single precision.
     *
     * @param matrix of rank 2, {@code rows × dimension}
     * @throws IllegalArgumentException if it is of another rank, empty, or holds no numbers
     * @throws NumericalException if a finite element is too large for single precision; names its place
     */
    public static Embeddings embeddings(INDArray matrix) {
        Objects.requireNonNull(matrix, "the matrix is null");
        requireMatrix(matrix);
        if (matrix.dataType() == DataType.DOUBLE) {
            return Embeddings.of(rows(matrix));
        }
        int dimension = Math.toIntExact(matrix.size(1));
        float[][] rows = new float[Math.toIntExact(matrix.size(0))][];
        for (int i = 0; i < rows.length; i++) {
            try (INDArray row = matrix.getRow(i).castTo(DataType.FLOAT).dup('c')) {
                rows[i] = row.data().getFloatsAt(0, dimension);
            }
        }
        return Embeddings.of(rows);
    }

    /**
     * The rows of a matrix.
     *
     * @param matrix of rank 2
     * @throws IllegalArgumentException if it is of another rank, empty, or holds no numbers
     */
    public static double[][] rows(INDArray matrix) {
        Objects.requireNonNull(matrix, "the matrix is null");
        requireMatrix(matrix);
        int columns = Math.toIntExact(matrix.size(1));
        double[] values = Rows.values(matrix);
        double[][] rows = new double[values.length / columns][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * columns, (i + 1) * columns));
        return rows;
    }

    /**
     * All elements in row-major order, whatever the order and rank of the array.
     *
     * @throws IllegalArgumentException if it is empty or holds no numbers
     */
    public static double[] values(INDArray array) {
        Objects.requireNonNull(array, "the array is null");
        requireNumbers(array);
        return Rows.values(array);
    }

    /** An array of type FLOAT in 'c' order, {@code rows × dimension}. */
    public static INDArray array(Embeddings embeddings) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        return Nd4j.create(embeddings.toArrays());
    }

    private static void requireMatrix(INDArray matrix) {
        requireNumbers(matrix);
        if (matrix.rank() != 2) {
            throw new IllegalArgumentException("the array has the shape " + Arrays.toString(matrix.shape())
                    + "; a matrix of rank 2 is needed: reshape it");
        }
    }

    private static void requireNumbers(INDArray array) {
        if (array.isEmpty() || !(array.isR() || array.isZ() || array.isB())) {
            throw new IllegalArgumentException("the array of shape " + Arrays.toString(array.shape()) + " and type "
                    + array.dataType() + " holds no numbers; give one with elements of a number type");
        }
    }
}
