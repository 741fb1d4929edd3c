// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Reals;

/**
 * {@code (H+λI)⁻¹} of one layer: rotate, weight, rotate back. A whole block, which is small, in double precision. Safe for use by several threads. Owns native memory: close
 * it.
 */
final class LayerInverse implements AutoCloseable {
    private final LayerCurvature curvature;
    private final LayerCurvature.Weights weights;
    private final Reals.Precision precision;
    private final Eigenbasis basis;

    LayerInverse(LayerCurvature curvature, Damping damping, Reals.Precision precision) {
        this.curvature = curvature;
        this.weights = curvature.weights(damping);
        this.precision = curvature.isBlock() ? Reals.Precision.DOUBLE : precision;
        this.basis = new Eigenbasis(
                this.precision, curvature.outputs, curvature.columns, curvature.outputSide, curvature.inputSide);
    }

    /** The damped inverse times a gradient of {@code outputs × columns}, in new memory. */
    Reals solve(Reals v) {
        if (v.precision() != precision) {
            try (Reals exact = Reals.of(precision, v.toDoubles());
                    Reals solved = solve(exact)) {
                return Reals.of(v.precision(), solved.toDoubles());
            }
        }
        try (Reals rotated = basis.rotate(v, this::weigh)) {
            return basis.back(rotated);
        }
    }

    /** {@code Σ r²·w} over some rows of a rotated gradient, which start at row {@code from} of the whole. */
    double squares(Reals rotated, int from, int count) {
        double sum = 0;
        double[] row = new double[curvature.columns];
        double[] weight = new double[curvature.columns];
        for (int i = 0; i < count; i++) {
            rotated.read(i * row.length, row, 0, row.length);
            weights.row(from + i, weight);
            for (int j = 0; j < row.length; j++) {
                sum += row[j] * row[j] * weight[j];
            }
        }
        return sum;
    }

    boolean isBlock() {
        return curvature.isBlock();
    }

    Eigenbasis basis() {
        return basis;
    }

    private void weigh(Reals matrix, int from, int rows) {
        double[] row = new double[curvature.columns];
        double[] weight = new double[curvature.columns];
        for (int i = from; i < from + rows; i++) {
            matrix.read(i * row.length, row, 0, row.length);
            weights.row(i, weight);
            for (int j = 0; j < row.length; j++) {
                row[j] *= weight[j];
            }
            matrix.write(i * row.length, row, 0, row.length);
        }
    }

    @Override
    public void close() {
        basis.close();
    }
}
