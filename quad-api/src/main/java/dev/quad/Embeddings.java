// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.FloatBuffer;

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
     * Embeddings over an array in memory, which is not copied and must not be changed afterwards.
     *
     * @param values row-major, {@code rows × dimension}
     * @param dimension {@code >= 1}; must divide the length of {@code values}
     */
    static Embeddings of(float[] values, int dimension) {
        return new ArrayEmbeddings(values, dimension);
    }
}
