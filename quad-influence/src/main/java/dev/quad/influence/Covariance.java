// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sum of outer products of rows, {@code Σ_t x_t x_tᵀ}, in double precision whatever that of the captures: their
 * rounding makes eigenvalues of 1e-15 of the largest out of zeros, a sum in single precision would make some of 1e-7.
 * The lower triangle is computed in tiles; where it is one tile, in slices of the rows, whose sums are added in their
 * order. A task turns the rows that it needs to double precision itself, right before it multiplies them. Owns native
 * memory: close it.
 */
final class Covariance implements AutoCloseable {
    /** Rows and columns of a tile at most: with fewer, products are slower. */
    private static final int TILE = 768;
    /** Rows of a batch that a task takes at least, where the matrix is one tile. */
    private static final int SLICE = 1024;
    /** Rows that are multiplied at once, and are near the processor then. */
    private static final int ROWS = 512;

    /** Rows of the sum that a task adds up or mirrors. */
    private static final int BLOCK = 64;

    final int size;
    private final int side; // tiles of a side
    private final Reals sum;
    private @Nullable Reals[] slices = {}; // what tasks other than the first sum up

    Covariance(int size) {
        this.size = size;
        this.side = (size + TILE - 1) / TILE;
        this.sum = Reals.allocate(Precision.DOUBLE, size, size);
    }

    /** Begins a batch of rows; the number of its tasks, which may run at once. */
    int begin(int rows) {
        slices = new @Nullable Reals[side == 1 ? Math.max(1, rows / SLICE) : 0];
        return side == 1 ? slices.length : side * (side + 1) / 2;
    }

    /** Adds what a task has of a batch, row-major {@code rows × size}. Tasks of tiles off the diagonal come first. */
    void add(int task, Reals x, int rows) {
        if (side == 1) {
            int from = (int) ((long) rows * task / slices.length);
            int to = (int) ((long) rows * (task + 1) / slices.length);
            slices[task] = task == 0 ? sum : Reals.allocate(Precision.DOUBLE, size, size);
            tile(Matrix.of(x, rows, size).rows(from, to - from), 0, 0, slices[task]);
        } else {
            int off = task - side * (side - 1) / 2;
            int i = off >= 0 ? off : rowOf(task);
            tile(Matrix.of(x, rows, size), i, off >= 0 ? off : task - i * (i - 1) / 2, sum);
        }
    }

    /** The row of the strict lower triangle that its n-th tile is in: the last i with i(i−1)/2 ≤ n. */
    private static int rowOf(int n) {
        int i = 1;
        while ((i + 1) * i / 2 <= n) {
            i++;
        }
        return i;
    }

    private void tile(Matrix x, int i, int j, Reals target) {
        int height = Math.min(TILE, size - i * TILE);
        int width = Math.min(TILE, size - j * TILE);
        Matrix to = Matrix.of(target, i * TILE * size + j * TILE, height, width, size);
        int room = Math.min(ROWS, x.rows());
        try (Reals ofRows = Reals.scratch(Precision.DOUBLE, room * height);
                Reals ofColumns = Reals.scratch(Precision.DOUBLE, i == j ? 0 : room * width)) {
            for (int from = 0; from < x.rows(); from += room) {
                Matrix some = x.rows(from, Math.min(room, x.rows() - from));
                Matrix left = some.columns(i * TILE, height).copy(ofRows);
                if (i == j) {
                    Blas.gram(1, left, 1, to);
                } else {
                    Blas.multiply(
                            1, left.transposed(), some.columns(j * TILE, width).copy(ofColumns), 1, to);
                }
            }
        }
    }

    /** Ends a batch, after all of its tasks. */
    void end() {
        if (slices.length > 1) {
            Workers.forBlocks(size, BLOCK, (from, count) -> {
                double[] row = new double[size];
                for (int i = from; i < from + count; i++) {
                    sum.read(i * size, row, 0, i + 1);
                    for (int slice = 1; slice < slices.length; slice++) {
                        Objects.requireNonNull(slices[slice]).addTo(i * size, row, 0, i + 1);
                    }
                    sum.write(i * size, row, 0, i + 1);
                }
            });
        }
        free();
    }

    private void free() {
        for (Reals slice : slices) {
            if (slice != null && slice != sum) {
                slice.close();
            }
        }
        slices = new @Nullable Reals[0];
    }

    /** Whether every diagonal element is finite, which holds exactly while every row was. */
    boolean isFinite() {
        for (int i = 0; i < size; i++) {
            if (!Double.isFinite(sum.value(i * size + i))) {
                return false;
            }
        }
        return true;
    }

    /** The symmetric mean over {@code count} rows. */
    double[] mean(long count) {
        double[] result = new double[size * size];
        Workers.forBlocks(size, BLOCK, (from, rows) -> {
            for (int i = from; i < from + rows; i++) {
                sum.read(i * size, result, i * size, i + 1);
                for (int j = 0; j <= i; j++) {
                    result[i * size + j] /= count;
                }
            }
            for (int column = 0; column < from + rows; column += BLOCK) { // in blocks, for the cache
                for (int i = from; i < from + rows; i++) {
                    for (int j = column; j < Math.min(column + BLOCK, i); j++) {
                        result[j * size + i] = result[i * size + j];
                    }
                }
            }
        });
        return result;
    }

    @Override
    public void close() {
        free();
        sum.close();
    }
}
