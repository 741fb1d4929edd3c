// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Embeddings;
import java.util.function.IntUnaryOperator;

/** Rows that are read again in each pass, a window at a time, because they do not fit in memory. Close it. */
final class StreamedRows implements Rows {
    /** Some ten megabytes at usual dimensions: reading is long, and copying cheap, against the work on a row. */
    static final int WINDOW = 32 * RowBlocks.BLOCK;

    private final Embeddings embeddings;
    private final IntUnaryOperator number;
    private final int rows;
    private final Distance distance;
    private final float[] origin;
    private final RowBlocks buffer;

    /**
     * Reads nothing yet.
     *
     * @param number the number of each row, ascending
     */
    StreamedRows(Embeddings embeddings, IntUnaryOperator number, int rows, Distance distance, float[] origin) {
        this.embeddings = embeddings;
        this.number = number;
        this.rows = rows;
        this.distance = distance;
        this.origin = origin;
        this.buffer = RowBlocks.allocate(Math.min(rows, WINDOW), embeddings.dimension());
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int dimension() {
        return embeddings.dimension();
    }

    @Override
    public int windows() {
        return rows / WINDOW + (rows % WINDOW == 0 ? 0 : 1);
    }

    @Override
    public int first(int window) {
        return window * WINDOW;
    }

    @Override
    public RowBlocks window(int window) {
        int first = first(window);
        buffer.fill(embeddings, i -> number.applyAsInt(first + i), Math.min(WINDOW, rows - first));
        buffer.prepare(distance, origin);
        return buffer;
    }

    @Override
    public void get(int row, float[] target) {
        embeddings.readFully(number.applyAsInt(row), 1, java.nio.FloatBuffer.wrap(target));
        distance.prepare(target, origin);
    }

    @Override
    public void close() {
        buffer.close();
    }
}
