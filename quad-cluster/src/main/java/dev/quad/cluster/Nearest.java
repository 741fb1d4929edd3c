// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

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
    /** With {@link #ROWS} rows, products that stay in a core's cache. */
    private static final int TILE = 512;

    private static final int ROWS = 256;
    /** Scores are laid on each other in lines of this length before they are looked at one by one. */
    static final int FOLD = 128;
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
        this.products = new Scratch(ROWS * Math.min(TILE, count));
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

    /** The score of a row of a block in single precision. */
    float score(Floats rows, int row, int centre) {
        return Blas.dot(dimension, rows, row * dimension, centres, centre * dimension) - singleOffsets[centre];
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

    /** Decides between rivals in double precision, and forgets them. */
    void settle(Floats rows, Best best) {
        float[] row = new float[best.rivalCount == 0 ? 0 : dimension];
        for (int i = 0; i < best.rivalCount; i += 2) {
            int at = best.rivals[i];
            int rival = best.rivals[i + 1];
            rows.get(at * dimension, row, 0, dimension);
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
     */
    void assign(Floats rows, int rowCount, int[] assignment, int at) {
        Best best = new Best(rowCount);
        float[] row = new float[dimension];
        for (int i = 0; i < rowCount; i++) {
            rows.get(i * dimension, row, 0, dimension);
            best.doubt[i] = (float) doubt(Math.sqrt(Distance.squaredNorm(row)));
        }
        improve(rows, rowCount, count, best);
        settle(rows, best);
        System.arraycopy(best.nearest, 0, assignment, at, rowCount);
    }

    /** Lets the first {@code some} centres compete with what is known. */
    void improve(Floats rows, int rowCount, int some, Best best) {
        Floats product = products.borrow();
        try {
            for (int from = 0; from < rowCount; from += ROWS) {
                for (int tile = 0; tile < some; tile += TILE) {
                    improve(
                            rows,
                            from,
                            Math.min(ROWS, rowCount - from),
                            tile,
                            Math.min(TILE, some - tile),
                            product,
                            best);
                }
            }
        } finally {
            products.giveBack(product);
        }
    }

    private void improve(Floats rows, int from, int rowCount, int tile, int width, Floats product, Best best) {
        Blas.gemm(
                false,
                true,
                rowCount,
                width,
                dimension,
                1,
                rows,
                from * dimension,
                dimension,
                centres,
                tile * dimension,
                dimension,
                0,
                product,
                0,
                width);
        float[] line = new float[width];
        float[] fold = new float[Math.min(FOLD, width)];
        float[] subtract = Arrays.copyOfRange(singleOffsets, tile, tile + width);
        for (int i = 0; i < rowCount; i++) {
            product.get(i * width, line, 0, width);
            challenge(line, subtract, fold, i + from, j -> tile + j, best);
        }
    }

    /** Makes products scores, and challenges with those above the floor. */
    static void challenge(float[] line, float[] subtract, float[] fold, int row, IntUnaryOperator centre, Best best) {
        int tail = line.length % fold.length;
        for (int j = 0; j < line.length; j++) {
            line[j] -= subtract[j];
        }
        System.arraycopy(line, 0, fold, 0, fold.length);
        for (int at = fold.length; at + fold.length <= line.length; at += fold.length) {
            fold(fold, line, at);
        }
        float floor = best.floor(row);
        for (int j = 0; j < fold.length; j++) {
            if (fold[j] > floor) {
                for (int at = j; at < line.length - tail; at += fold.length) {
                    if (line[at] > floor) {
                        best.challenge(row, centre.applyAsInt(at), line[at]);
                        floor = best.floor(row);
                    }
                }
            }
        }
        for (int j = line.length - tail; j < line.length; j++) {
            if (line[j] > floor) {
                best.challenge(row, centre.applyAsInt(j), line[j]);
                floor = best.floor(row);
            }
        }
    }

    /** On its own, so that the compiler vectorises it. */
    private static void fold(float[] fold, float[] line, int at) {
        for (int j = 0; j < fold.length; j++) {
            fold[j] = Math.max(fold[j], line[at + j]);
        }
    }

    @Override
    public void close() {
        products.close();
    }
}
