// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
    private final @Nullable QuantizedVectors[] rounded;
    private boolean isRounded;
    /** The numbers of the rows by their place in memory, and the other way round; null while both are the same. */
    private int @Nullable [] order;

    private int[] place = {};

    private RowBlocks(int rows, int dimension) {
        this.rows = rows;
        this.dimension = dimension;
        this.blocks = new Floats[blockCount()];
        this.rounded = new QuantizedVectors[blocks.length];
        try {
            for (int block = 0; block < blocks.length; block++) {
                blocks[block] = Floats.scratch(rowsIn(block) * dimension);
            }
        } catch (OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    /** Memory for rows, whose values are whatever they were. */
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
        order = null;
        isRounded = false;
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
            embeddings.readFully(first, end - start, target.slice(start * dimension, (end - start) * dimension));
            start = end;
        }
    }

    /** Throws if a row holds NaN, an infinity or a value too large to work with. */
    static void check(Floats block, int rows, int dimension, IntUnaryOperator number) {
        for (int i = 0; i < rows; i++) {
            if (!(Blas.dot(dimension, block, i * dimension, block, i * dimension) < LARGEST_SQUARE)) {
                float[] row = new float[dimension];
                block.get(i * dimension, row, 0, dimension);
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
    static void prepare(Floats block, int rows, Distance distance, float[] origin) {
        float[] row = new float[origin.length];
        for (int i = 0; i < rows; i++) {
            block.get(i * row.length, row, 0, row.length);
            distance.prepare(row, origin);
            block.set(i * row.length, row, 0, row.length);
        }
    }

    /** Puts all rows into the form that is clustered, and measures them. */
    void prepare(Distance distance, float[] origin) {
        isRounded = false;
        double[] result = new double[rows];
        Workers.forEach(blockCount(), block -> {
            float[] row = new float[dimension];
            for (int i = 0; i < rowsIn(block); i++) {
                blocks[block].get(i * dimension, row, 0, dimension);
                distance.prepare(row, origin);
                blocks[block].set(i * dimension, row, 0, dimension);
                result[block * BLOCK + i] = Distance.squaredNorm(row);
            }
        });
        squares = result;
    }

    /** Sees to it that {@link #rounded} has the rows as they are now: a quarter more memory. */
    void round() {
        if (!isRounded) {
            Workers.forEach(blockCount(), block -> {
                QuantizedVectors target = rounded[block];
                if (target == null) {
                    target = new QuantizedVectors(blocks[block].length() / dimension, dimension);
                    rounded[block] = target;
                }
                target.set(blocks[block], rowsIn(block));
            });
            isRounded = true;
        }
    }

    /** The rows of a block rounded; null unless they were. */
    @Nullable
    QuantizedVectors rounded(int block) {
        return isRounded ? rounded[block] : null;
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

    /** What raw rows span. */
    static final class Extent {
        /** Of all rows. */
        final double[] mean;
        /** The largest magnitude in each column. */
        final double[] largest;

        private Extent(double[] mean, double[] largest) {
            this.mean = mean;
            this.largest = largest;
        }
    }

    /** Reads all rows once. */
    static Extent extent(Rows rows) {
        Extent result = new Extent(new double[rows.dimension()], new double[rows.dimension()]);
        for (int w = 0; w < rows.windows(); w++) {
            for (Extent part : rows.window(w).extents()) {
                for (int j = 0; j < rows.dimension(); j++) {
                    result.mean[j] += part.mean[j] / rows.rows();
                    result.largest[j] = Math.max(result.largest[j], part.largest[j]);
                }
            }
        }
        return result;
    }

    /** Of each block, with the sum in place of the mean. */
    private Extent[] extents() {
        Extent[] result = new Extent[blockCount()];
        Workers.forEach(blockCount(), block -> {
            float[] sum = new float[dimension]; // of so few rows it will do, and the compiler vectorises it
            float[] largest = new float[dimension];
            float[] row = new float[dimension];
            for (int i = 0; i < rowsIn(block); i++) {
                blocks[block].get(i * dimension, row, 0, dimension);
                for (int j = 0; j < dimension; j++) {
                    sum[j] += row[j];
                }
                for (int j = 0; j < dimension; j++) {
                    largest[j] = Math.max(largest[j], Math.abs(row[j]));
                }
            }
            result[block] = new Extent(doubles(sum), doubles(largest));
        });
        return result;
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(j -> values[j]).toArray();
    }

    /** Copies some of the rows; the caller closes them. */
    static RowBlocks copy(Rows rows, int[] indices) {
        RowBlocks result = new RowBlocks(indices.length, rows.dimension());
        float[] row = new float[rows.dimension()];
        for (int i = 0; i < indices.length; i++) {
            rows.get(indices[i], row);
            result.setAt(i, row);
        }
        result.measure();
        return result;
    }

    /** Puts values at a place. */
    void setAt(int place, float[] values) {
        blocks[place / BLOCK].set(place % BLOCK * dimension, values, 0, dimension);
        if (isRounded) {
            rounded[place / BLOCK].set(
                    place % BLOCK, values, Distance.squaredNorm(values), new QuantizedVectors.Pen(dimension));
        }
    }

    /** Moves the rows in memory, so that the blocks hold them in this order; their numbers stay. Keeps the array. */
    void arrange(int[] wanted) {
        if (Arrays.equals(wanted, order)) {
            return;
        }
        int[] from = order == null
                ? wanted
                : Arrays.stream(wanted).map(number -> place[number]).toArray();
        new Permutation(from).apply(this);
        int[] places = new int[rows];
        for (int p = 0; p < rows; p++) {
            places[wanted[p]] = p;
        }
        order = wanted;
        place = places;
    }

    /** Copies what lies at a place. */
    void getAt(int place, float[] target) {
        blocks[place / BLOCK].get(place % BLOCK * dimension, target, 0, dimension);
    }

    /** Copies from one place to another. */
    void copyAt(int target, int source) {
        blocks[target / BLOCK].copy(
                target % BLOCK * dimension, blocks[source / BLOCK], source % BLOCK * dimension, dimension);
        if (isRounded) {
            rounded[target / BLOCK].copy(target % BLOCK, rounded[source / BLOCK], source % BLOCK);
        }
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
        getAt(order == null ? row : place[row], target);
    }

    @Override
    public void close() {
        Arrays.stream(blocks).filter(Objects::nonNull).forEach(Floats::close);
        Arrays.stream(rounded).filter(Objects::nonNull).forEach(QuantizedVectors::close);
    }
}
