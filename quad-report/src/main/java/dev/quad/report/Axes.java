// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

/**
 * The two directions in which rows differ most: principal components (Pearson, 1901), of the covariance of some rows,
 * by orthogonal iteration in double precision on one thread, so that they are the same on every machine. The sign makes
 * the largest component positive.
 */
final class Axes {
    private static final int STEPS = 200;

    private final int dimension;
    private final double[] mean;
    private final double[][] axes = new double[2][];
    private double share;

    private Axes(int dimension) {
        this.dimension = dimension;
        this.mean = new double[dimension];
    }

    /**
     * Of rows one after another.
     *
     * @param stride every so many is looked at
     */
    static Axes of(float[] rows, int dimension, int stride) {
        Axes axes = new Axes(dimension);
        axes.find(rows, stride);
        return axes;
    }

    private void find(float[] rows, int stride) {
        int count = 0;
        for (int at = 0; at < rows.length; at += stride * dimension) {
            for (int j = 0; j < dimension; j++) {
                mean[j] += rows[at + j];
            }
            count++;
        }
        for (int j = 0; j < dimension; j++) {
            mean[j] /= count;
        }
        double[][] covariance = new double[dimension][dimension];
        double[] row = new double[dimension];
        for (int at = 0; at < rows.length; at += stride * dimension) {
            for (int j = 0; j < dimension; j++) {
                row[j] = rows[at + j] - mean[j];
            }
            for (int i = 0; i < dimension; i++) {
                for (int j = 0; j < dimension; j++) {
                    covariance[i][j] += row[i] * row[j] / count;
                }
            }
        }
        double[] values = new double[2];
        for (int k = 0; k < 2; k++) {
            axes[k] = new double[dimension];
            axes[k][k % dimension] = 1;
        }
        for (int step = 0; step < STEPS; step++) {
            for (int k = 0; k < 2; k++) {
                axes[k] = times(covariance, axes[k]);
                if (k > 0) {
                    subtract(axes[k], axes[0], dot(axes[k], axes[0]));
                }
                values[k] = Math.sqrt(dot(axes[k], axes[k]));
                scale(axes[k], values[k] > 0 ? 1 / values[k] : 0);
            }
        }
        double trace = 0;
        for (int j = 0; j < dimension; j++) {
            trace += covariance[j][j];
        }
        share = trace > 0 ? (values[0] + values[1]) / trace : 0;
        for (double[] axis : axes) {
            int largest = 0;
            for (int j = 0; j < dimension; j++) {
                largest = Math.abs(axis[j]) > Math.abs(axis[largest]) ? j : largest;
            }
            scale(axis, axis[largest] < 0 ? -1 : 1);
        }
    }

    /** Where a row stands on an axis. */
    double place(int axis, float[] rows, int row) {
        double sum = 0;
        for (int j = 0; j < dimension; j++) {
            sum += axes[axis][j] * (rows[row * dimension + j] - mean[j]);
        }
        return sum;
    }

    /** The share of all variance that the two have. */
    double share() {
        return share;
    }

    private static double[] times(double[][] matrix, double[] vector) {
        double[] product = new double[vector.length];
        for (int i = 0; i < vector.length; i++) {
            product[i] = dot(matrix[i], vector);
        }
        return product;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void subtract(double[] from, double[] other, double factor) {
        for (int i = 0; i < from.length; i++) {
            from[i] -= factor * other[i];
        }
    }

    private static void scale(double[] vector, double factor) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= factor;
        }
    }
}
