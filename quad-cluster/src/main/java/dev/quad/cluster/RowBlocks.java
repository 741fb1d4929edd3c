// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/** Chosen rows in native memory, in blocks of {@link #BLOCK} rows; work on them is cut by these blocks. Close it. */
final class RowBlocks implements Rows {
    /** Rows of a block: enough for matrix products at full speed, few enough to stay in a core's cache. */
    static final int BLOCK = 512;
    /** Squared norms above it could overflow single precision in a product. */
    private static final double LARGEST_SQUARE = 1e36;

    private int rows;
    private final int dimension;
    private final Floats[] blocks;
    private double[] squares = {};

    private RowBlocks(int rows, int dimension) {
        this.rows = rows;
        this.dimension = dimension;
        this.blocks = new Floats[blockCount()];
        try {
            for (int block = 0; block < blocks.length; block++) {
                blocks[block] = Floats.allocate(rowsIn(block), dimension);
            }
        } catch (OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    /** Memory for rows, all zeros. */
    static RowBlocks allocate(int rows, int dimension) {
        return new RowBlocks(rows, dimension);
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
            result.fill(embeddings, i -> numbers[i], numbers.length);
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    /** Reads the first {@code count} rows of this, which from now on has no others; {@code number} is ascending. */
    void fill(Embeddings embeddings, IntUnaryOperator number, int count) {
        rows = count;
        Workers.forEach(blockCount(), block -> {
            int from = block * BLOCK;
            readRuns(embeddings, number, from, rowsIn(block), blocks[block]);
            check(blocks[block], rowsIn(block), dimension, i -> number.applyAsInt(from + i));
        });
    }

    /** Reads each run of consecutive row numbers at once. */
    private static void readRuns(Embeddings embeddings, IntUnaryOperator number, int from, int count, Floats target) {
        int dimension = embeddings.dimension();
        int start = 0;
        while (start < count) {
            int end = start + 1;
            int first = number.applyAsInt(from + start);
            while (end < count && number.applyAsInt(from + end) == first + end - start) {
                end++;
            }
            embeddings.read(first, end - start, target.slice(start * dimension, (end - start) * dimension));
            start = end;
        }
    }

    /** Throws if a row holds NaN, an infinity or a value too large to work with. */
    static void check(Floats block, int rows, int dimension, IntUnaryOperator number) {
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

    /** Puts all rows into the form that is clustered, and measures them. */
    void prepare(Distance distance, double[] origin) {
        Workers.forEach(blockCount(), block -> prepare(blocks[block], rowsIn(block), distance, origin));
        measure();
    }

    /** Takes the squared norms of the rows as they are now. */
    void measure() {
        double[] result = new double[rows];
        Workers.forEach(blockCount(), block -> {
            float[] row = new float[dimension];
            for (int i = block * BLOCK; i < block * BLOCK + rowsIn(block); i++) {
                get(i, row);
                result[i] = Distance.squaredNorm(row);
            }
        });
        squares = result;
    }

    /** The squared norm of a row when they were measured last. */
    double square(int row) {
        return squares[row];
    }

    /** The mean of all rows. */
    static double[] mean(Rows rows) {
        double[] mean = new double[rows.dimension()];
        for (int w = 0; w < rows.windows(); w++) {
            for (double[] sum : rows.window(w).sums()) {
                for (int j = 0; j < mean.length; j++) {
                    mean[j] += sum[j] / rows.rows();
                }
            }
        }
        return mean;
    }

    /** The sum of the rows of each block. */
    private double[][] sums() {
        double[][] sums = new double[blockCount()][dimension];
        Workers.forEach(blockCount(), block -> {
            float[] row = new float[dimension];
            for (int i = 0; i < rowsIn(block); i++) {
                blocks[block].get(i * dimension, row, 0, dimension);
                for (int j = 0; j < dimension; j++) {
                    sums[block][j] += row[j];
                }
            }
        });
        return sums;
    }

    /** Copies some of the rows; the caller closes them. */
    static RowBlocks copy(Rows rows, int[] indices) {
        RowBlocks result = new RowBlocks(indices.length, rows.dimension());
        float[] row = new float[rows.dimension()];
        for (int i = 0; i < indices.length; i++) {
            rows.get(indices[i], row);
            result.set(i, row);
        }
        result.measure();
        return result;
    }

    void set(int row, float[] values) {
        blocks[row / BLOCK].set(row % BLOCK * dimension, values, 0, dimension);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int windows() {
        return 1;
    }

    @Override
    public int first(int window) {
        return 0;
    }

    @Override
    public RowBlocks window(int window) {
        return this;
    }

    int blockCount() {
        return rows / BLOCK + (rows % BLOCK == 0 ? 0 : 1);
    }

    Floats block(int block) {
        return blocks[block];
    }

    int rowsIn(int block) {
        return Math.min(BLOCK, rows - block * BLOCK);
    }

    @Override
    public void get(int row, float[] target) {
        blocks[row / BLOCK].get(row % BLOCK * dimension, target, 0, dimension);
    }

    @Override
    public void close() {
        Arrays.stream(blocks).filter(Objects::nonNull).forEach(Floats::close);
    }
}
