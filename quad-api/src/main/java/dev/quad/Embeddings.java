// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * A matrix of embeddings, one row per pool ordinal, read in blocks of rows.
 *
 * <p>Row-major {@code float}, {@code rows() × dimension()}. The matrix may lie in a memory-mapped file: nothing that
 * uses it may assume that it fits in the heap. Safe for concurrent reads.
 */
public interface Embeddings {

    /** The number of rows, which equals the size of the pool that was embedded. */
    int rows();

    /** The number of columns, {@code >= 1}. */
    int dimension();

    /**
     * Copies consecutive rows.
     *
     * @param firstRow in {@code [0, rows()]}
     * @param rowCount in {@code [0, rows() - firstRow]}
     * @param target receives {@code rowCount × dimension()} values from its position on; its position moves past them
     * @throws IndexOutOfBoundsException if there are no such rows
     * @throws IllegalArgumentException if the target is too small
     */
    void read(int firstRow, int rowCount, FloatBuffer target);

    /**
     * {@link #read}, and makes sure that all of it was written: for rows of somebody else's, of which nothing or half
     * would else be worked with as zeros. Costs nothing beside.
     *
     * @throws IllegalStateException if more or less was written; names the row
     */
    default void readFully(int firstRow, int rowCount, FloatBuffer target) {
        Rows.write(this, firstRow, rowCount, dimension(), target, () -> read(firstRow, rowCount, target));
    }

    /**
     * All rows, {@code float[rows()][dimension()]}; a copy, so for what fits in the heap.
     *
     * @throws IllegalStateException if a row is not written whole; names it
     */
    default float[][] toArrays() {
        float[][] result = new float[rows()][dimension()];
        for (int row = 0; row < result.length; row++) {
            readFully(row, 1, FloatBuffer.wrap(result[row]));
        }
        return result;
    }

    /**
     * Embeddings over an array in memory, which is not copied and must not be changed afterwards.
     *
     * @param values row-major, {@code rows × dimension}
     * @param dimension {@code >= 1}; must divide the length of {@code values}
     */
    static Embeddings of(float[] values, int dimension) {
        return new ArrayEmbeddings(values, dimension);
    }

    /**
     * Embeddings over rows in memory, which are not copied and must not be changed afterwards.
     *
     * @param rows at least one, all of one length, {@code >= 1}
     * @throws IllegalArgumentException if there is no row, or the lengths differ; names the row
     */
    static Embeddings of(float[][] rows) {
        return new RowEmbeddings(rows);
    }

    /**
     * Embeddings with the values of an array, rounded to single precision.
     *
     * @param values row-major, {@code rows × dimension}; copied
     * @param dimension {@code >= 1}; must divide the length of {@code values}
     * @throws NumericalException if a finite value is too large for single precision; names its place
     */
    static Embeddings of(double[] values, int dimension) {
        Objects.requireNonNull(values, "the values of the embeddings are null");
        return of(RowEmbeddings.rounded("the embeddings", values, at -> "element " + at), dimension);
    }

    /**
     * Embeddings with the values of rows, rounded to single precision.
     *
     * @param rows at least one, all of one length, {@code >= 1}; copied
     * @throws IllegalArgumentException if there is no row, or the lengths differ; names the row
     * @throws NumericalException if a finite value is too large for single precision; names its place
     */
    static Embeddings of(double[][] rows) {
        Objects.requireNonNull(rows, "the rows of the embeddings are null");
        return new RowEmbeddings(RowEmbeddings.rounded("the embeddings", rows));
    }
}
