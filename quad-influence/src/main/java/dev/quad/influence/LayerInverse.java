// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code (H+λI)⁻¹} of one layer, for one or more dampings: rotate once, then weight and rotate back for each. A whole
 * block, which is small, in double precision. Safe for use by several threads. Owns native memory: close it.
 */
final class LayerInverse implements AutoCloseable {
    private static final int ROWS = 64;

    private final LayerCurvature curvature;
    private final List<LayerCurvature.Weights> weights;
    private final Precision precision;
    private final Eigenbasis basis;

    LayerInverse(LayerCurvature curvature, Damping damping, Precision precision) {
        this(curvature, List.of(damping), precision);
    }

    LayerInverse(LayerCurvature curvature, List<Damping> dampings, Precision precision) {
        this.curvature = curvature;
        this.weights = dampings.stream().map(curvature::weights).toList();
        this.precision = curvature.isBlock() ? Precision.DOUBLE : precision;
        this.basis = new Eigenbasis(
                this.precision, curvature.outputs, curvature.columns, curvature.outputSide, curvature.inputSide);
    }

    /** The damped inverse times a gradient of {@code outputs × columns}, in new memory. */
    Reals solve(Reals v) {
        return solveAll(v).get(0);
    }

    /** {@link #solve} for each damping, in their order. */
    List<Reals> solveAll(Reals v) {
        List<Reals> solved = new ArrayList<>();
        try (Owned parts = new Owned()) {
            if (v.precision() != precision) {
                try (Reals exact = Reals.of(precision, v.toDoubles())) {
                    for (Reals part : solveAll(exact)) {
                        solved.add(parts.add(Reals.of(v.precision(), part.toDoubles())));
                        part.close();
                    }
                }
            } else if (weights.size() == 1) {
                solved.add(
                        parts.add(basis.rotate(v, (matrix, from, rows) -> weigh(weights.get(0), matrix, from, rows))));
                basis.back(solved.get(0));
            } else {
                try (Reals rotated = basis.rotate(v, (matrix, from, rows) -> {})) {
                    for (LayerCurvature.Weights some : weights) {
                        Reals weighted = parts.add(Reals.scratch(precision, v.length()));
                        solved.add(weighted);
                        Workers.forBlocks(curvature.outputs, ROWS, (from, rows) -> {
                            int at = from * curvature.columns;
                            weighted.copy(at, rotated, at, rows * curvature.columns);
                            weigh(some, weighted, from, rows);
                        });
                        basis.back(weighted);
                    }
                }
            }
            return parts.release(solved);
        }
    }

    /**
     * {@code Σ r²·w} over some rows of a rotated gradient, which start at row {@code from} of the whole; first damping.
     * {@code Σ (r·w)²} where the length of what is solved is wanted.
     */
    double squares(Reals rotated, int from, int count, boolean ofSolved) {
        double sum = 0;
        double[] row = new double[curvature.columns];
        double[] weight = new double[curvature.columns];
        for (int i = 0; i < count; i++) {
            rotated.read(i * row.length, row, 0, row.length);
            weights.get(0).row(from + i, weight);
            for (int j = 0; j < row.length; j++) {
                sum += row[j] * row[j] * weight[j] * (ofSolved ? weight[j] : 1);
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

    private void weigh(LayerCurvature.Weights some, Reals matrix, int from, int rows) {
        double[] row = new double[curvature.columns];
        double[] weight = new double[curvature.columns];
        for (int i = from; i < from + rows; i++) {
            matrix.read(i * row.length, row, 0, row.length);
            some.row(i, weight);
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
