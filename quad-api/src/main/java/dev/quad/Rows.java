// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.BufferOverflowException;
import java.nio.FloatBuffer;
import java.util.Objects;

/** Rows that somebody else writes into a buffer. */
final class Rows {
    private Rows() {}

    /** Checks what is asked of {@link Embeddings#read}. */
    static void require(Embeddings embeddings, int firstRow, int rowCount, FloatBuffer target) {
        if (firstRow < 0 || rowCount < 0 || rowCount > embeddings.rows() - firstRow) {
            throw new IndexOutOfBoundsException(
                    rowCount + " rows from row " + firstRow + " on are asked for of " + embeddings.rows());
        }
        long values = (long) rowCount * embeddings.dimension();
        if (target.remaining() < values) {
            throw new IllegalArgumentException("the target has room for " + target.remaining() + " values; " + rowCount
                    + " rows of " + embeddings.dimension() + " need " + values);
        }
    }

    /**
     * Has them written, and refuses a writer that does not write them all, or more.
     *
     * @param writer for messages
     * @param first the number of the first row, for messages
     */
    static void write(Object writer, int first, int count, int dimension, FloatBuffer target, Runnable write) {
        Objects.requireNonNull(target, "the target of the rows is null");
        int start = target.position();
        int limit = target.limit();
        long values = (long) count * dimension;
        if (dimension < 1 || values > target.remaining()) {
            throw new IllegalArgumentException("the target has room for " + target.remaining() + " values, and "
                    + count + " rows of dimension " + dimension + " are asked for; allowed are dimensions of 1 or more"
                    + " and as much as has room");
        }
        target.limit((int) (start + values));
        try {
            write.run();
        } catch (BufferOverflowException e) {
            throw new IllegalStateException(
                    writer.getClass().getName() + " writes more than the " + values + " values of " + count
                            + " rows of " + dimension + " from row " + first + " on",
                    e);
        } finally {
            target.limit(limit);
        }
        long written = target.position() - (long) start;
        if (written != values) {
            throw new IllegalStateException(writer.getClass().getName() + " wrote " + written + " of the " + values
                    + " values of " + count + " rows of " + dimension + " from row " + first + " on, so that row "
                    + (first + Math.max(0, written) / dimension)
                    + " is not there; write each value with put, which moves the position of the target");
        }
    }
}
