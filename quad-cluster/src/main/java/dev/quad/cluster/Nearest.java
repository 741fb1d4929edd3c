// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;

/**
 * Finds the nearest centre of each row by blocked matrix products: {@code ‖x − c‖² = ‖x‖² − 2x·c + ‖c‖²}, so the nearest
 * centre is the one with the largest {@code x·c − ½‖c‖²}. Equal ones go to the lower number. Centres are taken in tiles,
 * so that the products of a block of rows stay in a core's cache. Safe for use by several threads at once. Close it.
 */
final class Nearest implements AutoCloseable {
    private static final int TILE = 256;

    private final Floats centres;
    private final int count;
    private final int dimension;
    private final float[] offsets;
    private final Scratch products;

    /** For these centres, {@code count × dimension}, which must not change nor be closed while this is in use. */
    Nearest(Floats centres, int count, Distance distance) {
        this.centres = centres;
        this.count = count;
        this.dimension = centres.length() / count;
        this.offsets = new float[count];
        this.products = new Scratch(RowBlocks.BLOCK * Math.min(TILE, count));
        Workers.forBlocks(count, TILE, (from, length) -> {
            float[] centre = new float[dimension];
            for (int c = from; c < from + length; c++) {
                centres.get(c * dimension, centre, 0, dimension);
                offsets[c] = distance.offset(centre);
            }
        });
    }

    /**
     * Assigns the rows of a block.
     *
     * @param rows prepared rows, {@code rowCount × dimension}, {@code rowCount} at most {@link RowBlocks#BLOCK}
     * @param assignment receives the nearest centres from index {@code at} on
     * @return how many of these entries changed
     */
    int assign(Floats rows, int rowCount, int[] assignment, int at) {
        int[] nearest = new int[rowCount];
        float[] best = new float[rowCount];
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        Floats product = products.borrow();
        try {
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
                improve(product, tile, width, best, nearest);
            }
        } finally {
            products.giveBack(product);
        }
        int changed = 0;
        for (int i = 0; i < rowCount; i++) {
            changed += assignment[at + i] == nearest[i] ? 0 : 1;
            assignment[at + i] = nearest[i];
        }
        return changed;
    }

    /** Lets the centres of a tile compete with the best so far. */
    private void improve(Floats product, int tile, int width, float[] best, int[] nearest) {
        float[] line = new float[width];
        for (int i = 0; i < best.length; i++) {
            product.get(i * width, line, 0, width);
            float highest = best[i];
            int winner = nearest[i];
            for (int j = 0; j < width; j++) {
                float score = line[j] - offsets[tile + j];
                if (score > highest) {
                    highest = score;
                    winner = tile + j;
                }
            }
            best[i] = highest;
            nearest[i] = winner;
        }
    }

    @Override
    public void close() {
        products.close();
    }
}
