// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;

/**
 * Finds the nearest centre of each row by blocked matrix products: {@code ‖x − c‖² = ‖x‖² − 2x·c + ‖c‖²}, so the nearest
 * centre is the one with the largest score {@code x·c − ½‖c‖²}. Centres are taken in tiles, so that the products of a
 * block of rows stay in a core's cache. Safe for use by several threads at once. Close it.
 *
 * <p>Products are in single precision. Where two scores are closer than {@link #doubt}, which bounds the rounding of
 * both whatever the order of summation, they are taken again in double precision; equal ones go to the lower number. So
 * the answer depends neither on the shape of the products nor on the kernels that make them.
 */
final class Nearest implements AutoCloseable {
    /** Centres at once, at most; with the rows of a block, enough for products at full speed. */
    private static final int TILE = 1024;
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
    private final Scratch products;

    /** For these centres, {@code count × dimension}, which must not change nor be closed while this is in use. */
    Nearest(Floats centres, int count, Distance distance) {
        this.centres = centres;
        this.values = centres.toArray();
        this.count = count;
        this.dimension = values.length / count;
        this.offsets = new double[count];
        this.singleOffsets = new float[count];
        this.products = new Scratch(RowBlocks.BLOCK * Math.min(TILE, count));
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
    }

    /** A score in double precision. */
    double score(float[] row, int centre) {
        int at = centre * dimension;
        double s0 = 0; // four chains, which the processor overlaps
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j + 3 < dimension; j += 4) {
            s0 += (double) row[j] * values[at + j];
            s1 += (double) row[j + 1] * values[at + j + 1];
            s2 += (double) row[j + 2] * values[at + j + 2];
            s3 += (double) row[j + 3] * values[at + j + 3];
        }
        for (; j < dimension; j++) {
            s0 += (double) row[j] * values[at + j];
        }
        return (s0 + s1) + (s2 + s3) - offsets[centre];
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

    /** What to subtract from a product with a centre. */
    double offset(int centre) {
        return offsets[centre];
    }

    /** By how much the difference of two scores of a row can be wrong in single precision, given a bound of its norm. */
    double doubt(double norm) {
        return 2 * ROUNDING * ((dimension + 8) * norm * largestNorm + 8 * largestOffset);
    }

    /** The best score of each row of a block so far, whose it is, and which others cannot be told from it. */
    static final class Best {
        final int[] nearest;
        final float[] first;
        final float[] doubt;
        private int[] rivals = new int[16];
        private int rivalCount;

        /** Nothing known. */
        Best(int rows) {
            nearest = new int[rows];
            first = new float[rows];
            doubt = new float[rows];
            Arrays.fill(nearest, Integer.MAX_VALUE);
            Arrays.fill(first, Float.NEGATIVE_INFINITY);
        }

        /** The score that another centre has to pass to be looked at. */
        float floor(int row) {
            return first[row] - doubt[row];
        }

        /** A score above the floor. */
        void challenge(int row, int centre, float score) {
            if (centre == nearest[row]) {
                return;
            }
            if (score <= first[row] + doubt[row]) {
                rival(row, score > first[row] ? nearest[row] : centre);
            }
            if (score > first[row]) {
                first[row] = score;
                nearest[row] = centre;
            }
        }

        private void rival(int row, int centre) {
            if (rivalCount == rivals.length) {
                rivals = Arrays.copyOf(rivals, 2 * rivalCount);
            }
            rivals[rivalCount++] = row;
            rivals[rivalCount++] = centre;
        }
    }

    /** Decides between rivals in double precision, and forgets them; {@code first} is the row of the best's first. */
    void settle(Floats rows, int first, Best best) {
        float[] row = new float[best.rivalCount == 0 ? 0 : dimension];
        for (int i = 0; i < best.rivalCount; i += 2) {
            int at = best.rivals[i];
            int rival = best.rivals[i + 1];
            rows.get((first + at) * dimension, row, 0, dimension);
            double ahead = score(row, rival) - score(row, best.nearest[at]);
            if (ahead > 0 || (ahead == 0 && rival < best.nearest[at])) {
                best.nearest[at] = rival;
                best.first[at] = (float) score(row, rival);
            }
        }
        best.rivalCount = 0;
    }

    /**
     * Assigns the rows of a block.
     *
     * @param rows prepared rows, {@code rowCount × dimension}, {@code rowCount} at most {@link RowBlocks#BLOCK}
     * @param assignment receives the nearest centres from index {@code at} on
     * @return their scores
     */
    float[] assign(Floats rows, int rowCount, int[] assignment, int at) {
        Best best = new Best(rowCount);
        float[] row = new float[dimension];
        for (int i = 0; i < rowCount; i++) {
            rows.get(i * dimension, row, 0, dimension);
            best.doubt[i] = (float) doubt(Math.sqrt(Distance.squaredNorm(row)));
        }
        improve(rows, rowCount, count, best);
        settle(rows, 0, best);
        System.arraycopy(best.nearest, 0, assignment, at, rowCount);
        return best.first;
    }

    /** Lets the first {@code some} centres compete with what is known. */
    void improve(Floats rows, int rowCount, int some, Best best) {
        int tiles = (some + TILE - 1) / TILE;
        int width = (some + tiles - 1) / tiles;
        Floats product = products.borrow();
        try {
            for (int tile = 0; tile < some; tile += width) {
                improve(rows, rowCount, tile, Math.min(width, some - tile), product, best);
            }
        } finally {
            products.giveBack(product);
        }
    }

    private void improve(Floats rows, int rowCount, int tile, int width, Floats product, Best best) {
        Blas.gemm(
                false,
                true,
                rowCount,
                width,
                dimension,
                1,
                rows,
                0,
                dimension,
                centres,
                tile * dimension,
                dimension,
                0,
                product,
                0,
                width);
        Fold fold = new Fold(Arrays.copyOfRange(singleOffsets, tile, tile + width));
        for (int i = 0; i < rowCount; i++) {
            fold.challenge(product, i * width, tile, i, best);
        }
    }

    /** Looks for scores above the floor in pieces of a line, laid on each other, so that few are looked at one by one. */
    private static final class Fold {
        private static final int PIECE = 128;

        private final float[] offsets;
        private final float[][] subtract;
        private final float[][] pieces;
        private final float[] highest;

        Fold(float[] offsets) {
            int length = Math.min(PIECE, offsets.length);
            int count = (offsets.length + length - 1) / length;
            this.offsets = offsets;
            this.subtract = new float[count][];
            this.pieces = new float[count][length];
            this.highest = new float[length];
            for (int p = 0; p < count; p++) {
                subtract[p] = Arrays.copyOfRange(offsets, p * length, (p + 1) * length);
            }
            Arrays.fill(pieces[count - 1], Float.NEGATIVE_INFINITY); // beyond the end it stays so
        }

        /** The products of one row with the centres of a tile. */
        void challenge(Floats product, int at, int tile, int row, Best best) {
            Arrays.fill(highest, Float.NEGATIVE_INFINITY);
            int length = highest.length;
            for (int p = 0; p < pieces.length; p++) {
                product.get(at + p * length, pieces[p], 0, Math.min(length, offsets.length - p * length));
                raise(highest, pieces[p], subtract[p]);
            }
            float floor = best.floor(row);
            for (int j = 0; j < length; j++) {
                if (highest[j] > floor) {
                    for (int p = 0; p < pieces.length; p++) {
                        float score = pieces[p][j] - subtract[p][j];
                        if (score > floor) {
                            best.challenge(row, tile + p * length + j, score);
                            floor = best.floor(row);
                        }
                    }
                }
            }
        }

        /** On its own and from index 0 on, so that the compiler vectorises it. */
        private static void raise(float[] highest, float[] products, float[] subtract) {
            for (int j = 0; j < highest.length; j++) {
                highest[j] = Math.max(highest[j], products[j] - subtract[j]);
            }
        }
    }

    @Override
    public void close() {
        products.close();
    }
}
