// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;

/**
 * Finds the two nearest centres of each row by blocked matrix products: {@code ‖x − c‖² = ‖x‖² − 2x·c + ‖c‖²}, so the
 * nearest centre is the one with the largest score {@code x·c − ½‖c‖²}. Equal ones go to the lower number. Centres are
 * taken in tiles, so that the products of a block of rows stay in a core's cache. Safe for use by several threads at
 * once. Close it.
 */
final class Nearest implements AutoCloseable {
    private static final int TILE = 256;

    private final Floats centres;
    private final int[] numbers;
    private final int dimension;
    private final float[] offsets;
    private final Scratch products;

    /** For these centres, {@code count × dimension}, which must not change nor be closed while this is in use. */
    Nearest(Floats centres, int count, Distance distance) {
        this(centres, java.util.stream.IntStream.range(0, count).toArray(), centres.length() / count, distance);
    }

    /** For centres that have numbers of their own. */
    Nearest(Floats centres, int[] numbers, int dimension, Distance distance) {
        this.centres = centres;
        this.numbers = numbers;
        this.dimension = dimension;
        this.offsets = new float[numbers.length];
        this.products = new Scratch(RowBlocks.BLOCK * Math.min(TILE, numbers.length));
        Workers.forBlocks(numbers.length, TILE, (from, length) -> {
            float[] centre = new float[dimension];
            for (int c = from; c < from + length; c++) {
                centres.get(c * dimension, centre, 0, dimension);
                offsets[c] = distance.offset(centre);
            }
        });
    }

    /** The two best scores of the rows of a block, and whose the best is. */
    static final class Best {
        final int[] nearest = new int[RowBlocks.BLOCK];
        final float[] first = new float[RowBlocks.BLOCK];
        final float[] second = new float[RowBlocks.BLOCK];

        /** Nothing known. */
        void clear() {
            java.util.Arrays.fill(nearest, Integer.MAX_VALUE);
            java.util.Arrays.fill(first, Float.NEGATIVE_INFINITY);
            java.util.Arrays.fill(second, Float.NEGATIVE_INFINITY);
        }

        private void challenge(int row, int centre, float score) {
            if (centre == nearest[row]) {
                return;
            }
            if (score > first[row] || (score == first[row] && centre < nearest[row])) {
                second[row] = first[row];
                first[row] = score;
                nearest[row] = centre;
            } else {
                second[row] = score;
            }
        }
    }

    /**
     * Assigns the rows of a block.
     *
     * @param rows prepared rows, {@code rowCount × dimension}, {@code rowCount} at most {@link RowBlocks#BLOCK}
     * @param assignment receives the nearest centres from index {@code at} on
     */
    void assign(Floats rows, int rowCount, int[] assignment, int at) {
        Best best = new Best();
        best.clear();
        improve(rows, rowCount, numbers.length, best);
        System.arraycopy(best.nearest, 0, assignment, at, rowCount);
    }

    /** Lets the first {@code count} centres compete with what is known. */
    void improve(Floats rows, int rowCount, int count, Best best) {
        Floats product = products.borrow();
        try {
            float[] line = new float[Math.min(TILE, count)];
            for (int tile = 0; tile < count; tile += TILE) {
                int width = Math.min(TILE, count - tile);
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
                for (int i = 0; i < rowCount; i++) {
                    product.get(i * width, line, 0, width);
                    improve(line, tile, width, best, i);
                }
            }
        } finally {
            products.giveBack(product);
        }
    }

    private void improve(float[] line, int tile, int width, Best best, int row) {
        float second = best.second[row];
        for (int j = 0; j < width; j++) {
            float score = line[j] - offsets[tile + j];
            if (score >= second) {
                best.challenge(row, numbers[tile + j], score);
                second = best.second[row];
            }
        }
    }

    @Override
    public void close() {
        products.close();
    }
}
