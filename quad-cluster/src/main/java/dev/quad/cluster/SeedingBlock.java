// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A block of rows in {@link KMeansPlusPlus}: how far each is from the nearest centre so far, and which would come
 * nearer to which candidate.
 */
final class SeedingBlock {
    /**
     * Below this share of what it is the difference of, a squared distance is rounding: the rows are taken as equal.
     */
    private static final double EQUAL = 1e-6;
    /** A unit in the last place of 1. */
    private static final double ROUNDING = 0x1p-23;

    private final Floats rows;
    private final @Nullable QuantizedVectors rounded;
    private final Vectors multiplied;
    private final int count;
    private final int dimension;
    private final double[] exactSquares;
    private final float[] squares;
    /** Squared distances; the largest value while there is no centre. */
    private final float[] nearest;
    /** What products are multiplied with, and what bounds their error. */
    private final float[] step;

    private final float[] length;
    private final float[] error;
    /** Row and candidate of those that come nearer, in turn, and how near. */
    private int[] pairs = new int[64];

    private float[] found = new float[32];
    private int pairCount;

    /** Of measured rows, which have been rounded if they are to be multiplied with eight bits. */
    SeedingBlock(RowBlocks blocks, int block, Distance distance, boolean quantized) {
        this.rows = blocks.block(block);
        this.rounded = quantized ? blocks.rounded(block) : null;
        this.dimension = blocks.dimension();
        this.multiplied = Vectors.view(rows, rounded, dimension);
        this.count = blocks.rowsIn(block);
        this.exactSquares = new double[count];
        this.squares = new float[count];
        this.nearest = new float[count];
        this.step = rounded == null ? new float[count] : Arrays.copyOf(rounded.step, count);
        this.length = rounded == null ? new float[count] : Arrays.copyOf(rounded.length, count);
        this.error = rounded == null ? new float[count] : Arrays.copyOf(rounded.error, count);
        for (int i = 0; i < count; i++) {
            exactSquares[i] = blocks.square(block * RowBlocks.BLOCK + i);
            squares[i] = (float) exactSquares[i];
            nearest[i] = distance.counts(exactSquares[i]) ? Float.MAX_VALUE : 0;
            if (rounded == null) {
                step[i] = 1;
                length[i] = Math.nextUp((float) Math.sqrt(exactSquares[i]));
            }
        }
    }

    /** The squared distance of a row to its nearest centre. */
    float nearest(int row) {
        return nearest[row];
    }

    /**
     * Finds what comes nearer to which candidate.
     *
     * @param masses how often a row counts, from {@code first} on
     * @param totals receives, but for a summand that all have in common, the total of squared distances with each
     */
    void measure(Candidates candidates, Floats product, float[] masses, int first, double[] totals) {
        pairCount = 0;
        multiplied.multiply(candidates.multiplied, 0, totals.length, 0, count, product, 0, count);
        float[] row = new float[dimension];
        float[] gains = new float[count];
        for (int c = 0; c < totals.length; c++) {
            product.get(c * count, gains, 0, count);
            bound(gains, candidates, c);
            for (int i = 0; i < count; i++) {
                if (gains[i] > 0) {
                    rows.get(i * dimension, row, 0, dimension);
                    float square = square(row, exactSquares[i], candidates, c);
                    if (square < nearest[i]) {
                        add(i, c, square);
                        totals[c] += masses[first + i]
                                * (nearest[i] == Float.MAX_VALUE ? square : (double) square - nearest[i]);
                    }
                }
            }
        }
    }

    /** Makes of products how much nearer, at most, rows come to a candidate. */
    private void bound(float[] products, Candidates candidates, int c) {
        QuantizedVectors them = candidates.rounded;
        double norm = them == null ? Math.sqrt(candidates.squares[c]) : them.length[c];
        double off = (them == null ? 0 : them.error[c]) + ROUNDING * (dimension + 16) * norm;
        bound(
                products,
                multiplied.zero(),
                2 * (them == null ? 1 : them.step[c]),
                step,
                nearest,
                squares,
                (float) candidates.squares[c],
                length,
                Math.nextUp((float) (2.0001 * off)),
                error,
                Math.nextUp((float) (2.0001 * norm)));
    }

    /** On its own and from index 0 on, so that the compiler vectorises it. */
    private static void bound(
            float[] gains,
            float zero,
            float unit,
            float[] step,
            float[] nearest,
            float[] squares,
            float square,
            float[] length,
            float off,
            float[] error,
            float norm) {
        for (int i = 0; i < gains.length; i++) {
            gains[i] = nearest[i]
                    - (squares[i] + square) * (1 - 1e-6f)
                    + (gains[i] - zero) * (step[i] * unit)
                    + (length[i] * off + error[i] * norm);
        }
    }

    private static float square(float[] row, double norm, Candidates candidates, int c) {
        double sum = norm + candidates.squares[c];
        double square = sum - 2 * Distance.dot(row, candidates.vectors[c], 0);
        return square > EQUAL * sum ? (float) square : 0;
    }

    private void add(int row, int candidate, float square) {
        if (pairCount == found.length) {
            pairs = Arrays.copyOf(pairs, 4 * pairCount);
            found = Arrays.copyOf(found, 2 * pairCount);
        }
        pairs[2 * pairCount] = row;
        pairs[2 * pairCount + 1] = candidate;
        found[pairCount++] = square;
    }

    /** Makes a candidate of the last measure a centre. */
    void take(int candidate) {
        for (int p = 0; p < pairCount; p++) {
            if (pairs[2 * p + 1] == candidate) {
                nearest[pairs[2 * p]] = found[p];
            }
        }
    }

    /** Makes a row a centre. */
    void takeRow(int row) {
        nearest[row] = 0;
    }
}
