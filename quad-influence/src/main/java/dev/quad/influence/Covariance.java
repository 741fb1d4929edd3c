// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Reals;

/**
 * The sum of outer products of rows, {@code Σ_t x_t x_tᵀ}: in the precision of the captures within a batch, double across batches. The
 * lower triangle is computed in slices of columns that can run in parallel.
 */
final class Covariance implements AutoCloseable {
    private static final int SLICE = 128;

    final int size;
    private final double[] sum;
    private final Reals batch;

    Covariance(int size, Reals.Precision precision) {
        this.size = size;
        this.sum = new double[size * size];
        this.batch = Reals.allocate(precision, size, size);
    }

    int slices() {
        return (size + SLICE - 1) / SLICE;
    }

    /** Adds one slice of the batch {@code x}, row-major {@code rows × size}. */
    void add(int slice, Reals x, int rows) {
        int from = slice * SLICE;
        int count = Math.min(SLICE, size - from);
        int width = from + count;
        Blas.gemm(true, false, count, width, rows, 1, x, from, size, x, 0, size, 0, batch, from * size, size);
        double[] row = new double[width];
        for (int i = from; i < width; i++) {
            batch.read(i * size, row, 0, i + 1);
            for (int j = 0; j <= i; j++) {
                sum[i * size + j] += row[j];
            }
        }
    }

    /** Whether every diagonal element is finite, which holds exactly while every row was. */
    boolean isFinite() {
        for (int i = 0; i < size; i++) {
            if (!Double.isFinite(sum[i * size + i])) {
                return false;
            }
        }
        return true;
    }

    /** The symmetric mean over {@code count} rows. */
    double[] mean(long count) {
        double[] result = new double[size * size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j <= i; j++) {
                double value = sum[i * size + j] / count;
                result[i * size + j] = value;
                result[j * size + i] = value;
            }
        }
        return result;
    }

    /** The error for a batch that made this sum infinite or NaN. */
    static NumericalException notFinite(LayerShape layer, LayerCapture capture, Reals x, int width, String what) {
        for (int item = 0; item < capture.items(); item++) {
            for (int i = capture.firstRow(item) * width; i < capture.firstRow(item + 1) * width; i++) {
                if (!Double.isFinite(x.value(i))) {
                    return new NumericalException("the " + what + " of layer " + layer.name() + " hold " + x.value(i)
                            + " at item " + item + " of the batch; curvature needs finite captures: leave the item"
                            + " out, or check the model");
                }
            }
        }
        return new NumericalException("the " + what + " of layer " + layer.name()
                + " are so large that their squares overflow; scale the loss down");
    }

    @Override
    public void close() {
        batch.close();
    }
}
