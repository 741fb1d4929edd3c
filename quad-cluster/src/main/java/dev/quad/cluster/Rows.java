// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

/** Prepared rows, given in windows of consecutive ones. What is computed from them does not depend on the windows. */
interface Rows extends AutoCloseable {
    /** The number of rows. */
    int rows();

    /** The number of columns. */
    int dimension();

    /** The number of windows. */
    int windows();

    /** The first row of a window, a multiple of {@link RowBlocks#BLOCK}. */
    int first(int window);

    /** The rows of a window, to be read until the next call. */
    RowBlocks window(int window);

    /** Copies one row. */
    void get(int row, float[] target);

    @Override
    void close();
}
