// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Finds the nearest centre of each row by blocked matrix products: {@code ‖x − c‖² = ‖x‖² − 2x·c + ‖c‖²}, so the
 * nearest centre is the one with the largest score {@code x·c − ½‖c‖²}. Centres are taken in tiles, so that the
 * products of a block of rows stay in a core's cache. Safe for use by several threads at once. Close it.
 *
 * <p>Products are of rows and centres as they are, in single precision, or rounded to eight bits; see {@link Vectors}.
 * Where two scores are closer than what both can be wrong by, whatever the order of summation, they are taken again in
 * double precision; equal ones go to the lower number. So the answer depends neither on the precision and the shape of
 * the products nor on the kernels that make them.
 */
final class NearestCentres implements AutoCloseable {
    /** Centres at once, at most; with the rows of a block, enough for products at full speed. */
    private static final int TILE = 1024;
    /** With more rivals a row than this share of the centres, products in single precision cost less. */
    private static final double MANY_RIVALS = 1 / 16.0;
    /** Blocks after which it is asked whether rounding pays, and the share of them for which it may not. */
    private static final int ENOUGH_BLOCKS = 16;

    private static final double OFTEN = 0.25;
    /** Half a unit in the last place of 1. */
    private static final double ROUNDING = 0x1p-24;

    private final Floats centres;
    private final float[] values;
    private final int count;
    private final int dimension;
    private final double[] offsets;
    private final float[] singleOffsets;
    private final double largestNorm;
    private final double largestOffset;
    private final Vectors single;
    private final Vectors multiplied;
    private final double largestLength;
    private final double largestError;
    private final BufferPool<Floats> products;
    private final BufferPool<QuantizedVectors> roundings;
    private final LongAdder blocks = new LongAdder();
    private final LongAdder vainBlocks = new LongAdder();

    /**
     * For these centres, {@code count × dimension}, which must not change nor be closed while this is in use.
     *
     * @param rounded whether to multiply with eight bits
     */
    NearestCentres(Floats centres, int count, Distance distance, boolean rounded) {
        this.centres = centres;
        this.values = centres.toArray();
        this.count = count;
        this.dimension = values.length / count;
        this.offsets = new double[count];
        this.singleOffsets = new float[count];
        this.products = BufferPool.floats(RowBlocks.BLOCK * Math.min(TILE, count));
        this.roundings =
                new BufferPool<>(() -> new QuantizedVectors(RowBlocks.BLOCK, dimension), QuantizedVectors::close);
        double[] squares = new double[count];
        Workers.forBlocks(count, TILE, (from, length) -> {
            float[] centre = new float[dimension];
            for (int c = from; c < from + length; c++) {
                System.arraycopy(values, c * dimension, centre, 0, dimension);
                offsets[c] = distance.offset(centre);
                singleOffsets[c] = (float) offsets[c];
                squares[c] = Distance.squaredNorm(centre);
            }
        });
        this.largestNorm = Math.sqrt(Arrays.stream(squares).max().orElse(0));
        this.largestOffset = Arrays.stream(offsets).max().orElse(0);
        this.single = Vectors.view(centres, null, dimension);
        this.multiplied = rounded ? Vectors.rounded(values, dimension) : single;
        double length = 0;
        double error = 0;
        for (int c = 0; c < count; c++) {
            length = Math.max(length, multiplied.doubt(c, 0, 1));
            error = Math.max(error, multiplied.doubt(c, 1, 0));
        }
        this.largestLength = length;
        this.largestError = error;
    }

    int count() {
        return count;
    }

    int dimension() {
        return dimension;
    }

    /** The centres as they are multiplied; closed with this. */
    Vectors multiplied() {
        return multiplied;
    }

    /** Whether rows must be rounded to be multiplied. */
    boolean isRounded() {
        return multiplied != single;
    }

    /** A score in double precision. */
    double score(float[] row, int centre) {
        return Distance.dot(row, values, centre * dimension) - offsets[centre];
    }

    /** The scores of consecutive rows of a block with one centre, in single precision. */
    void score(Floats rows, int row, int rowCount, int centre, float[] target, int at) {
        Floats product = products.borrow();
        try {
            Blas.gemv(
                    false,
                    rowCount,
                    dimension,
                    1,
                    rows,
                    row * dimension,
                    dimension,
                    centres,
                    centre * dimension,
                    1,
                    0,
                    product,
                    0);
            product.get(0, target, at, rowCount);
        } finally {
            products.giveBack(product);
        }
        for (int i = at; i < at + rowCount; i++) {
            target[i] -= singleOffsets[centre];
        }
    }

    /** The centres in single precision. */
    Vectors single() {
        return single;
    }

    /** Whether rows are often too near to too many centres to be told apart by eight bits. */
    boolean isTooCoarse() {
        long all = blocks.sum();
        return all >= ENOUGH_BLOCKS && vainBlocks.sum() > OFTEN * all;
    }

    /**
     * Tells whether so many rivals are too many to be looked at one by one; those of a block compared with eight bits.
     */
    boolean areTooMany(NearestSoFar best, int width) {
        boolean many = best.rivals() > MANY_RIVALS * width * best.rows();
        blocks.increment();
        if (many) {
            vainBlocks.increment();
        }
        return many;
    }

    /** What to subtract from a product with a centre. */
    double offset(int centre) {
        return offsets[centre];
    }

    /**
     * By how much the difference of two scores of a row can be wrong in single precision, given a bound of its norm.
     */
    double doubt(double norm) {
        return 2 * ROUNDING * ((dimension + 8) * norm * largestNorm + 8 * largestOffset);
    }

    /** What the score of a row with any centre can be wrong by beyond {@link #doubt}; see {@link QuantizedVectors}. */
    double coarseness(double length, double error) {
        return length * largestError + error * largestLength;
    }

    /** A score in single precision. */
    float single(Floats rows, int row, int centre) {
        return Blas.dot(dimension, rows, row * dimension, centres, centre * dimension) - singleOffsets[centre];
    }

    /**
     * Assigns the rows of a block.
     *
     * @param rows prepared rows, {@code rowCount × dimension}, {@code rowCount} at most {@link RowBlocks#BLOCK}
     * @param assignment receives the nearest centres from index {@code at} on
     */
    void assign(Floats rows, int rowCount, int[] assignment, int at) {
        if (!isRounded() || isTooCoarse()) {
            assign(rows, null, rowCount, assignment, at);
            return;
        }
        QuantizedVectors rounded = roundings.borrow();
        try {
            rounded.set(rows, rowCount);
            assign(rows, rounded, rowCount, assignment, at);
        } finally {
            roundings.giveBack(rounded);
        }
    }

    /**
     * As the other.
     *
     * @param rounded the same rows; null for single precision
     * @return their scores; those in eight bits only roughly
     */
    float[] assign(Floats rows, @Nullable QuantizedVectors rounded, int rowCount, int[] assignment, int at) {
        if (rounded != null && isTooCoarse()) {
            return assign(rows, null, rowCount, assignment, at);
        }
        NearestSoFar best = new NearestSoFar(rowCount);
        float[] row = new float[dimension];
        for (int i = 0; i < rowCount; i++) {
            double coarse = 0;
            double norm;
            if (rounded == null) {
                rows.get(i * dimension, row, 0, dimension);
                norm = Math.sqrt(Distance.squaredNorm(row));
            } else {
                norm = rounded.length[i];
                coarse = coarseness(norm, rounded.error[i]);
            }
            best.doubt(i, doubt(norm), 2 * coarse);
        }
        improve(rows, rounded, rowCount, best);
        if (rounded != null && areTooMany(best, count)) {
            return assign(rows, null, rowCount, assignment, at);
        }
        best.settle(this, rows, 0);
        best.get(assignment, at);
        return best.scores();
    }

    /** Lets all centres compete with what is known. */
    private void improve(Floats rows, @Nullable QuantizedVectors rounded, int rowCount, NearestSoFar best) {
        Vectors used = rounded == null ? single : multiplied;
        Vectors block = Vectors.view(rows, rounded, dimension);
        int tiles = (count + TILE - 1) / TILE;
        int width = (count + tiles - 1) / tiles;
        Floats product = products.borrow();
        try {
            for (int tile = 0; tile < count; tile += width) {
                int end = Math.min(tile + width, count);
                used.multiply(block, 0, rowCount, tile, end - tile, product, 0, end - tile);
                float[] units = new float[end - tile];
                for (int c = tile; c < end; c++) {
                    units[c - tile] = used.unit(c);
                }
                CentreScores.Scan scan =
                        new CentreScores.Scan(used.zero(), units, Arrays.copyOfRange(singleOffsets, tile, end));
                for (int i = 0; i < rowCount; i++) {
                    scan.challenge(product, i * (end - tile), block.unit(i), tile, i, best);
                }
            }
        } finally {
            products.giveBack(product);
        }
    }

    @Override
    public void close() {
        products.close();
        roundings.close();
        multiplied.close();
    }
}
