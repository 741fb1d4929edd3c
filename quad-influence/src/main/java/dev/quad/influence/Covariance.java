// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Reals;

/**
 * The sum of outer products of rows, {@code Σ_t x_t x_tᵀ}, in double precision whatever that of the captures: their
 * rounding makes eigenvalues of 1e-15 of the largest out of zeros, a sum in single precision would make some of 1e-7.
 * The lower triangle is computed in tiles that can run in parallel. Owns native memory: close it.
 */
final class Covariance implements AutoCloseable {
    /** Rows and columns of a tile at most; small matrices are cut in two. Small tiles read the rows again and again. */
    private static final int TILE = 768;

    final int size;
    private final Reals sum;

    Covariance(int size) {
        this.size = size;
        this.sum = Reals.allocate(Precision.DOUBLE, size, size);
    }

    private int tile() {
        return size <= 2048 ? (size + 1) / 2 : TILE;
    }

    private int tilesOfASide() {
        return (size + tile() - 1) / tile();
    }

    /** Tiles of the lower triangle. */
    int tiles() {
        return tilesOfASide() * (tilesOfASide() + 1) / 2;
    }

    /**
     * Adds one tile of the batch {@code x}, row-major {@code rows × size}, in double precision; those off the diagonal,
     * the larger, first.
     */
    void add(int tile, Reals x, int rows) {
        int side = tilesOfASide();
        int off = tile - side * (side - 1) / 2;
        int i = off >= 0 ? off : rowOf(tile);
        int j = off >= 0 ? off : tile - i * (i - 1) / 2;
        int from = i * tile();
        int column = j * tile();
        int height = Math.min(tile(), size - from);
        int width = i == j ? height : tile();
        Matrix left = Matrix.of(x, from, rows, height, size);
        Matrix target = Matrix.of(sum, from * size + column, height, width, size);
        if (i == j) {
            Blas.gram(1, left, 1, target);
        } else {
            Blas.multiply(1, left.transposed(), Matrix.of(x, column, rows, width, size), 1, target);
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
        for (int i = 0; i < size; i++) {
            sum.read(i * size, result, i * size, i + 1);
            for (int j = 0; j <= i; j++) {
                result[i * size + j] /= count;
                result[j * size + i] = result[i * size + j];
            }
        }
        return result;
    }

    @Override
    public void close() {
        sum.close();
    }
}
