// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Fingerprint;

/**
 * {@code w} and {@code b} that make {@code Σ (w·x + b − y)² + λ n ‖w‖²} least over n rows: b lets the plane go through
 * the means, and w solves {@code (XᵀX + λ n I) w = Xᵀy} of what is left, by Cholesky.
 */
final class Ridge {
    private final double[] weights;
    private final double intercept;

    private Ridge(double[] weights, double intercept) {
        this.weights = weights;
        this.intercept = intercept;
    }

    static Ridge fit(float[][] rows, double[] values, double lambda) {
        int dimension = rows[0].length;
        double[] means = new double[dimension];
        double mean = 0;
        for (int i = 0; i < rows.length; i++) {
            mean += values[i] / rows.length;
            for (int j = 0; j < dimension; j++) {
                means[j] += rows[i][j] / (double) rows.length;
            }
        }
        double[][] square = new double[dimension][dimension];
        double[] right = new double[dimension];
        double[] x = new double[dimension];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < dimension; j++) {
                x[j] = rows[i][j] - means[j];
            }
            for (int j = 0; j < dimension; j++) {
                right[j] += x[j] * (values[i] - mean);
                for (int k = 0; k <= j; k++) {
                    square[j][k] += x[j] * x[k];
                }
            }
        }
        for (int j = 0; j < dimension; j++) {
            square[j][j] += lambda * rows.length;
        }
        solve(square, right);
        double intercept = mean;
        for (int j = 0; j < dimension; j++) {
            intercept -= right[j] * means[j];
        }
        return new Ridge(right, intercept);
    }

    /**
     * Of a symmetric matrix, given by its lower half, which becomes its factor; the solution replaces the right side.
     */
    private static void solve(double[][] a, double[] b) {
        for (int j = 0; j < b.length; j++) {
            for (int k = 0; k < j; k++) {
                a[j][k] = (a[j][k] - dot(a[j], a[k], k)) / a[k][k];
            }
            a[j][j] = Math.sqrt(a[j][j] - dot(a[j], a[j], j));
            b[j] = (b[j] - dot(a[j], b, j)) / a[j][j];
        }
        for (int j = b.length - 1; j >= 0; j--) {
            b[j] /= a[j][j];
            for (int k = 0; k < j; k++) {
                b[k] -= a[j][k] * b[j];
            }
        }
    }

    private static double dot(double[] one, double[] other, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += one[i] * other[i];
        }
        return sum;
    }

    double of(float[] row) {
        double sum = intercept;
        for (int j = 0; j < weights.length; j++) {
            sum += weights[j] * row[j];
        }
        return sum;
    }

    void addTo(Fingerprint learned) {
        learned.add(Double.doubleToLongBits(intercept));
        for (double weight : weights) {
            learned.add(Double.doubleToLongBits(weight));
        }
    }
}
