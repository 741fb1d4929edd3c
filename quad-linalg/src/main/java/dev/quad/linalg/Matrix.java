// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

/**
 * A part of native memory seen as a matrix, row-major, or as the transpose of one. Owns nothing: it is valid while the
 * memory is open. Immutable.
 */
public final class Matrix {
    final Reals memory;
    final int offset;
    final int stride;
    final boolean turned;
    private final int rows;
    private final int columns;

    private Matrix(Reals memory, int offset, int rows, int columns, int stride, boolean turned) {
        this.memory = memory;
        this.offset = offset;
        this.stride = stride;
        this.turned = turned;
        this.rows = rows;
        this.columns = columns;
        int height = turned ? columns : rows;
        int width = turned ? rows : columns;
        if (offset < 0
                || height < 0
                || width < 0
                || stride < width
                || offset + (height - 1L) * stride + width > memory.length()) {
            throw new IllegalArgumentException("a matrix of " + height + " × " + width + " with " + stride
                    + " elements from row to row does not lie in " + memory.length() + " elements from index " + offset
                    + " on");
        }
    }

    /** The whole of the memory, or its beginning, row after row. */
    public static Matrix of(Reals memory, int rows, int columns) {
        return of(memory, 0, rows, columns, columns);
    }

    /**
     * Rows within the memory.
     *
     * @param offset index of the first element
     * @param stride from the beginning of a row to that of the next, {@code >= columns}
     * @throws IllegalArgumentException if it does not lie in the memory
     */
    public static Matrix of(Reals memory, int offset, int rows, int columns, int stride) {
        return new Matrix(memory, offset, rows, columns, stride, false);
    }

    /** The number of rows, as it is seen. */
    public int rows() {
        return rows;
    }

    /** The number of columns, as it is seen. */
    public int columns() {
        return columns;
    }

    /** The same memory with rows for columns. */
    public Matrix transposed() {
        return new Matrix(memory, offset, columns, rows, stride, !turned);
    }

    /**
     * {@code count} rows from one on.
     *
     * @throws IndexOutOfBoundsException if there are not as many
     */
    public Matrix rows(int from, int count) {
        require("rows", from, count, rows);
        return new Matrix(memory, offset + from * (turned ? 1 : stride), count, columns, stride, turned);
    }

    /**
     * {@code count} columns from one on.
     *
     * @throws IndexOutOfBoundsException if there are not as many
     */
    public Matrix columns(int from, int count) {
        require("columns", from, count, columns);
        return new Matrix(memory, offset + from * (turned ? stride : 1), rows, count, stride, turned);
    }

    private void require(String what, int from, int count, int all) {
        if (from < 0 || count < 0 || count > all - from) {
            throw new IndexOutOfBoundsException(
                    count + " " + what + " from number " + from + " on are asked for of a matrix of " + this);
        }
    }

    /**
     * Copies it, row after row without a gap, to the beginning of other memory, in the precision of that.
     *
     * @param target has room for all elements, and is not this memory
     * @return the copy
     * @throws IllegalArgumentException if this is a transpose, or there is no room
     */
    public Matrix copy(Reals target) {
        Matrix copy = of(target, rows, columns);
        if (turned) {
            throw new IllegalArgumentException("a transpose of " + this + " is to be copied; copy the matrix itself");
        }
        double[] row = new double[columns];
        for (int i = 0; i < rows; i++) {
            memory.read(offset + i * stride, row, 0, columns);
            target.write(i * columns, row, 0, columns);
        }
        return copy;
    }

    /** Its shape. */
    @Override
    public String toString() {
        return rows + " × " + columns;
    }
}
