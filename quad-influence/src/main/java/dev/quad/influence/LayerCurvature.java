// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.linalg.SymmetricEigen;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The curvature of one layer in its eigenbasis: eigenvalues ℓ on a grid of the gradient's shape. Where the grid is
 * {@code scale·g aᵀ} it is not written out. Immutable.
 *
 * <p>An exact block is the case of one output and as many columns as the layer has weights.
 */
final class LayerCurvature {
    final LayerShape shape;
    final int outputs;
    final int columns;
    final @Nullable SymmetricEigen outputSide;
    final @Nullable SymmetricEigen inputSide;
    private final double[] outputValues;
    private final double[] inputValues;
    private final double @Nullable [] grid;
    final double scale;

    private LayerCurvature(
            LayerShape shape,
            int outputs,
            int columns,
            @Nullable SymmetricEigen outputSide,
            @Nullable SymmetricEigen inputSide,
            double @Nullable [] grid,
            double scale) {
        this.shape = shape;
        this.outputs = outputs;
        this.columns = columns;
        this.outputSide = outputSide;
        this.inputSide = inputSide;
        this.outputValues = outputSide == null ? new double[0] : clamped(shape, outputSide.values());
        this.inputValues = inputSide == null ? new double[0] : clamped(shape, inputSide.values());
        this.grid = grid;
        this.scale = scale;
    }

    /** {@code ℓ_ij = scale·g_i·a_j}. */
    static LayerCurvature product(LayerShape shape, SymmetricEigen outputs, SymmetricEigen inputs, double scale) {
        return new LayerCurvature(shape, shape.outputs(), shape.columns(), outputs, inputs, null, scale);
    }

    /** {@code ℓ_ij} as measured in the basis of the factors; none for the basis of the weights themselves. */
    static LayerCurvature measured(
            LayerShape shape, @Nullable SymmetricEigen outputs, @Nullable SymmetricEigen inputs, double[] grid) {
        return new LayerCurvature(shape, shape.outputs(), shape.columns(), outputs, inputs, grid, 1);
    }

    /** {@code ℓ = 1}, never damped. */
    static LayerCurvature identity(LayerShape shape) {
        return new LayerCurvature(shape, shape.outputs(), shape.columns(), null, null, null, Double.NaN);
    }

    /** Whether it is a matrix over the weights as they are. */
    boolean isBlock() {
        return outputSide == null && inputSide != null;
    }

    private boolean isIdentity() {
        return outputSide == null && inputSide == null && grid == null;
    }

    /** Whether both have the same eigenvectors, to the bit. */
    boolean hasBasisOf(LayerCurvature other) {
        return same(outputSide, other.outputSide) && same(inputSide, other.inputSide);
    }

    private static boolean same(@Nullable SymmetricEigen side, @Nullable SymmetricEigen other) {
        if (side == null || other == null) {
            return side == other;
        }
        return side.hasVectorsOf(other);
    }

    /** The whole matrix over the layer's weights. */
    static LayerCurvature block(LayerShape shape, SymmetricEigen whole) {
        return new LayerCurvature(shape, 1, shape.weights(), null, whole, clamped(shape, whole.values()), 1);
    }

    /** Below zero only by rounding, in half precision at most. */
    private static double[] clamped(LayerShape shape, double[] values) {
        double[] result = values.clone();
        double largest = Arrays.stream(values).map(Math::abs).max().orElse(0);
        for (int i = 0; i < result.length; i++) {
            if (values[i] < -1e-2 * largest) {
                throw new NumericalException(String.format(
                        Locale.ROOT,
                        "a factor of layer %s has the eigenvalue %.3g, and %.3g in size is its largest; a matrix of"
                                + " second moments has none below 0",
                        shape.name(),
                        values[i],
                        largest));
            }
            result[i] = Math.max(0, result[i]);
        }
        return result;
    }

    /** The measured eigenvalues; null where they are a product. Not to be changed. */
    double @Nullable [] grid() {
        return grid;
    }

    double eigenvalue(int i, int j) {
        if (isIdentity()) {
            return 1;
        }
        return grid == null ? scale * outputValues[i] * inputValues[j] : grid[i * columns + j];
    }

    double meanEigenvalue() {
        if (isIdentity()) {
            return 1;
        }
        if (grid == null) {
            return scale * mean(outputValues) * mean(inputValues);
        }
        return mean(grid);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** What row i of a rotated gradient is multiplied by, under a damping. */
    interface Weights {
        void row(int i, double[] target);
    }

    /**
     * The weights under a damping.
     *
     * @throws NumericalException if one is infinite or has no accuracy left; names the layer and the smallest
     *     eigenvalue
     */
    Weights weights(Damping damping) {
        if (isIdentity()) {
            return (i, target) -> Arrays.fill(target, 1);
        }
        boolean product = grid == null;
        Damping.Rule rule = damping.rule(
                meanEigenvalue(),
                product ? mean(outputValues) : Double.NaN,
                product ? scale * mean(inputValues) : Double.NaN);
        Weights weights = (i, target) -> {
            for (int j = 0; j < columns; j++) {
                target[j] = rule.weight(
                        eigenvalue(i, j),
                        product ? outputValues[i] : Double.NaN,
                        product ? scale * inputValues[j] : Double.NaN);
            }
        };
        check(weights);
        return weights;
    }

    private void check(Weights weights) {
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        double heaviest = 0;
        double[] row = new double[columns];
        for (int i = 0; i < outputs; i++) {
            weights.row(i, row);
            for (int j = 0; j < columns; j++) {
                double eigenvalue = eigenvalue(i, j);
                smallest = Math.min(smallest, eigenvalue);
                largest = Math.max(largest, eigenvalue);
                heaviest = Math.max(heaviest, row[j]);
            }
        }
        if (!(heaviest * Math.max(largest, Double.MIN_NORMAL) < 1e14)) {
            throw new NumericalException(String.format(
                    Locale.ROOT,
                    "the curvature of layer %s is singular with its damping too: its smallest eigenvalue is %.3g, its"
                            + " largest %.3g; use a larger damping or more data for the factors, and where all are 0 check"
                            + " the weights of the model",
                    shape.name(),
                    smallest,
                    largest));
        }
    }
}
