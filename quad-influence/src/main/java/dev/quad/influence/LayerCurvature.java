// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.linalg.SymmetricEigen;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The curvature of one layer in its eigenbasis: eigenvalues ℓ on a grid of the gradient's shape. Where the grid is
 * {@code scale·g aᵀ} it is not written out. Immutable.
 *
 * <p>An exact block is the case of one output and as many columns as the layer has weights.
 */
final class LayerCurvature {
    /**
     * Of the largest eigenvalue: what zeros become in double precision, with room for matrices of thousands of rows.
     */
    private static final double ROUNDING = 0x1p-46;

    /** Of a task. */
    private static final int ROWS = 64;

    final LayerShape shape;
    final int outputs;
    final int columns;
    final @Nullable SymmetricEigen outputSide;
    final @Nullable SymmetricEigen inputSide;
    private final double[] outputValues;
    private final double[] inputValues;
    private final double @Nullable [] grid;
    final double scale;
    private final double mean;
    private final double largest;
    private final boolean rounded; // the eigenvalues of a product are known as well as those of its factors

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
        this.outputValues = outputSide == null ? new double[0] : clamped("output factor G", shape, outputSide.values());
        this.inputValues = inputSide == null ? new double[0] : clamped("input factor A", shape, inputSide.values());
        this.grid = grid;
        this.scale = scale;
        if (isIdentity()) {
            this.mean = 1;
            this.largest = 1;
            this.rounded = false;
        } else if (grid == null) {
            this.mean = scale * mean(outputValues) * mean(inputValues);
            this.largest = scale * largest(outputValues) * largest(inputValues);
            this.rounded = isRounded(outputValues) || isRounded(inputValues);
        } else {
            this.mean = mean(grid);
            this.largest = largest(grid);
            this.rounded = isRounded(grid);
        }
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
        double[] values = clamped("curvature", shape, whole.values());
        return new LayerCurvature(shape, 1, shape.weights(), null, whole, values, 1);
    }

    /** Below zero only by rounding, in half precision at most. */
    private static double[] clamped(String what, LayerShape shape, double[] values) {
        double[] result = values.clone();
        double largest = Arrays.stream(values).map(Math::abs).max().orElse(0);
        for (int i = 0; i < result.length; i++) {
            if (values[i] < -1e-2 * largest) {
                throw new NumericalException(String.format(
                        Locale.ROOT,
                        "the %s of layer %s has the eigenvalue %.3g, and %.3g in size is its largest; a matrix of"
                                + " second moments has none below 0: check its values",
                        what,
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
        return mean;
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
     * The weights under a damping; all 0 where the curvature is 0 and the damping is a part of it, since such a layer
     * has no gradient.
     *
     * @throws NumericalException if one is infinite or has no accuracy left; names the layer and the smallest
     *     eigenvalue
     */
    Weights weights(Damping damping) {
        if (isIdentity()) {
            return (i, target) -> Arrays.fill(target, 1);
        }
        if (isLeftOut(damping)) {
            return (i, target) -> Arrays.fill(target, 0);
        }
        Damping.Rule rule = rule(damping);
        double[] measured = grid;
        Weights weights = measured == null
                ? (i, target) -> {
                    for (int j = 0; j < columns; j++) {
                        target[j] = rule.weight(
                                scale * outputValues[i] * inputValues[j], outputValues[i], scale * inputValues[j]);
                    }
                }
                : (i, target) -> {
                    for (int j = 0; j < columns; j++) {
                        target[j] = rule.weight(measured[i * columns + j], Double.NaN, Double.NaN);
                    }
                };
        check(weights, rule.weight(0, 0, 0) == Double.POSITIVE_INFINITY && rounded);
        return weights;
    }

    private Damping.Rule rule(Damping damping) {
        boolean product = grid == null;
        if (!Double.isFinite(meanEigenvalue())) {
            throw new NumericalException("the curvature of layer " + shape.name()
                    + " has eigenvalues beyond the largest number there is; divide its factors, and λ with them, by a"
                    + " constant, or scale the loss down");
        }
        return damping.rule(
                meanEigenvalue(),
                product ? mean(outputValues) : Double.NaN,
                product ? scale * mean(inputValues) : Double.NaN);
    }

    /** Whether no item had a gradient, so that a damping that is a part of the curvature is nothing. */
    boolean isLeftOut(Damping damping) {
        return !isIdentity()
                && largest == 0
                && rule(damping).weight(0, 0, 0) == Double.POSITIVE_INFINITY
                && damping.rule(1, 1, 1).weight(0, 0, 0) < Double.POSITIVE_INFINITY;
    }

    /** Up to where an eigenvalue may be rounding: of a decomposition of this size, in double precision. */
    double rounding() {
        return ROUNDING * largest;
    }

    /** Whether there are eigenvalues that are known only to be below {@link #rounding()}, and weigh more than that. */
    private boolean isRoundingWeighed(Damping damping) {
        if (isIdentity() || largest == 0 || !rounded) {
            return false;
        }
        double level = rounding();
        return level * rule(damping).weight(level, ROUNDING * largest(outputValues), scale * largest(inputValues))
                > 0.5;
    }

    /** What its eigenvalues say of a damping; sums go over them one by one. */
    Spectrum spectrum(String name, Damping damping) {
        Weights weights = weights(damping);
        double[] row = new double[columns];
        double sum = 0;
        double dimension = 0;
        double heaviest = 0;
        double lightest = Double.POSITIVE_INFINITY;
        double lowest = Double.POSITIVE_INFINITY;
        long roundings = 0;
        double level = isIdentity() ? 0 : rounding();
        double outputLevel = ROUNDING * largest(outputValues); // a product is known as well as its factors
        double inputLevel = ROUNDING * largest(inputValues);
        for (int i = 0; i < outputs; i++) {
            weights.row(i, row);
            for (int j = 0; j < columns; j++) {
                double value = eigenvalue(i, j);
                sum += value;
                dimension += value * row[j];
                heaviest = Math.max(heaviest, row[j]);
                lightest = Math.min(lightest, row[j]);
                lowest = Math.min(lowest, value);
                boolean isRounding = value <= level
                        || (grid == null
                                && !isIdentity()
                                && (outputValues[i] <= outputLevel || inputValues[j] <= inputLevel));
                roundings += isRounding ? 1 : 0;
            }
        }
        return new Spectrum(
                name,
                (long) outputs * columns,
                largest,
                lowest,
                mean,
                level,
                roundings,
                largest == 0 ? 0 : sum / largest,
                dimension,
                isIdentity()
                        ? 1
                        : isLeftOut(damping)
                                ? Double.POSITIVE_INFINITY
                                : 1 / rule(damping).weight(0, 0, 0),
                heaviest == lightest ? 1 : heaviest / lightest);
    }

    /** What to warn of under a damping, each kind once. */
    void warn(Logger log, Damping damping, AtomicBoolean warnedOfZeros, AtomicBoolean warnedOfRounding) {
        if (isLeftOut(damping) && warnedOfZeros.compareAndSet(false, true)) {
            log.warn(
                    "layer {} has no gradient on any item that the curvature was made from, so that a {} is none;"
                            + " it is left out, and counts for nothing in every score",
                    shape.name(),
                    damping);
        }
        if (isRoundingWeighed(damping) && warnedOfRounding.compareAndSet(false, true)) {
            log.warn(
                    "the curvature of layer {} has eigenvalues below {}, where all is rounding, and the damping {} is less"
                            + " than that: scores along them are chance; use a larger damping, or more data",
                    shape.name(),
                    String.format(Locale.ROOT, "%.1e", rounding()),
                    damping);
        }
    }

    private static boolean isRounded(double[] values) {
        return smallest(values) < ROUNDING * largest(values);
    }

    private static double largest(double... values) {
        double largest = values.length == 0 ? 0 : values[0];
        for (double value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private static double smallest(double... values) {
        double smallest = values.length == 0 ? 0 : values[0];
        for (double value : values) {
            smallest = Math.min(smallest, value);
        }
        return smallest;
    }

    private void check(Weights weights, boolean undampedRounding) {
        double[] heaviestOf = new double[(outputs + ROWS - 1) / ROWS];
        Workers.forBlocks(outputs, ROWS, (from, count) -> {
            double[] row = new double[columns];
            for (int i = from; i < from + count; i++) {
                weights.row(i, row);
                heaviestOf[from / ROWS] = Math.max(heaviestOf[from / ROWS], largest(row));
            }
        });
        double heaviest = largest(heaviestOf);
        if (heaviest == Double.POSITIVE_INFINITY || (undampedRounding && heaviest * largest > 1 / ROUNDING)) {
            throw new NumericalException(String.format(
                    Locale.ROOT,
                    "the curvature of layer %s is singular with its damping too: its smallest eigenvalue is %.3g, its"
                            + " largest %.3g; use a larger damping or more data for the factors, and where all are 0 check"
                            + " the weights of the model",
                    shape.name(),
                    grid == null ? scale * smallest(outputValues) * smallest(inputValues) : smallest(grid),
                    largest));
        }
    }
}
