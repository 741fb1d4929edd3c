// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;

/** Chosen rows in native memory, in blocks of {@link #BLOCK} rows; work on them is cut by these blocks. Close it. */
final class RowBlocks implements AutoCloseable {
    /** Rows of a block: enough for matrix products at full speed, few enough to stay in a core's cache. */
    static final int BLOCK = 512;
    /** Squared norms above it could overflow single precision in a product. */
    private static final double LARGEST_SQUARE = 1e36;

    private final int rows;
    private final int dimension;
    private final Floats[] blocks;

    private RowBlocks(int rows, int dimension) {
        this.rows = rows;
        this.dimension = dimension;
        this.blocks = new Floats[rows / BLOCK + (rows % BLOCK == 0 ? 0 : 1)];
        try {
            for (int block = 0; block < blocks.length; block++) {
                blocks[block] = Floats.allocate(rowsIn(block), dimension);
            }
        } catch (OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    /**
     * Reads rows.
     *
     * @param numbers the numbers of the rows, ascending
     * @throws NumericalException if a value is not finite or too large
     */
    static RowBlocks read(Embeddings embeddings, int[] numbers) {
        RowBlocks result = new RowBlocks(numbers.length, embeddings.dimension());
        try {
            Workers.forEach(result.blocks.length, block -> {
                int from = block * BLOCK;
                int count = result.rowsIn(block);
                readRuns(embeddings, numbers, from, count, result.blocks[block]);
                check(result.blocks[block], count, result.dimension, i -> numbers[from + i]);
            });
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    /** Reads each run of consecutive row numbers at once. */
    private static void readRuns(Embeddings embeddings, int[] numbers, int from, int count, Floats target) {
        int dimension = embeddings.dimension();
        int start = 0;
        while (start < count) {
            int end = start + 1;
            while (end < count && numbers[from + end] == numbers[from + end - 1] + 1) {
                end++;
            }
            embeddings.read(
                    numbers[from + start], end - start, target.slice(start * dimension, (end - start) * dimension));
            start = end;
        }
    }

    /** Throws if a row holds NaN, an infinity or a value too large to work with. */
    static void check(Floats block, int rows, int dimension, java.util.function.IntUnaryOperator number) {
        float[] row = new float[dimension];
        for (int i = 0; i < rows; i++) {
            block.get(i * dimension, row, 0, dimension);
            if (!(Distance.squaredNorm(row) < LARGEST_SQUARE)) {
                throw new NumericalException("row " + number.applyAsInt(i) + " of the embeddings has "
                        + describe(row) + "; k-means needs finite values and a norm below 1e18: check the embedder"
                        + " and what it was given for this row");
            }
        }
    }

    private static String describe(float[] row) {
        for (int j = 0; j < row.length; j++) {
            if (!Float.isFinite(row[j])) {
                return row[j] + " in column " + j;
            }
        }
        return "the norm " + Math.sqrt(Distance.squaredNorm(row));
    }

    /** Puts the rows of a block into the form that is clustered. */
    static void prepare(Floats block, int rows, Distance distance, double[] origin) {
        float[] row = new float[origin.length];
        for (int i = 0; i < rows; i++) {
            block.get(i * row.length, row, 0, row.length);
            distance.prepare(row, origin);
            block.set(i * row.length, row, 0, row.length);
        }
    }

    /** Puts all rows into the form that is clustered. */
    void prepare(Distance distance, double[] origin) {
        Workers.forEach(blocks.length, block -> prepare(blocks[block], rowsIn(block), distance, origin));
    }

    /** The mean of all rows. */
    double[] mean() {
        double[][] sums = new double[blocks.length][dimension];
        Workers.forEach(blocks.length, block -> {
            float[] row = new float[dimension];
            for (int i = 0; i < rowsIn(block); i++) {
                blocks[block].get(i * dimension, row, 0, dimension);
                for (int j = 0; j < dimension; j++) {
                    sums[block][j] += row[j];
                }
            }
        });
        double[] mean = new double[dimension];
        for (double[] sum : sums) {
            for (int j = 0; j < dimension; j++) {
                mean[j] += sum[j] / rows;
            }
        }
        return mean;
    }

    /** Copies some of the rows. */
    RowBlocks subset(int[] indices) {
        RowBlocks result = new RowBlocks(indices.length, dimension);
        for (int i = 0; i < indices.length; i++) {
            int index = indices[i];
            result.blocks[i / BLOCK].copy(
                    i % BLOCK * dimension, blocks[index / BLOCK], index % BLOCK * dimension, dimension);
        }
        return result;
    }

    int rows() {
        return rows;
    }

    int dimension() {
        return dimension;
    }

    int blockCount() {
        return blocks.length;
    }

    Floats block(int block) {
        return blocks[block];
    }

    int rowsIn(int block) {
        return Math.min(BLOCK, rows - block * BLOCK);
    }

    void get(int row, float[] target) {
        blocks[row / BLOCK].get(row % BLOCK * dimension, target, 0, dimension);
    }

    @Override
    public void close() {
        Arrays.stream(blocks).filter(java.util.Objects::nonNull).forEach(Floats::close);
    }
}
