// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import java.util.Arrays;

/**
 * The damped inverse of a Kronecker product, {@code (G ⊗ A + λI)⁻¹ vec(V)}, exactly, in its eigenbasis:
 *
 * <pre>{@code
 * G = Q_G diag(g) Q_Gᵀ,  A = Q_A diag(a) Q_Aᵀ
 * (G ⊗ A + λI)⁻¹ vec(V) = vec( Q_G [ (Q_Gᵀ V Q_A) ⊘ (g aᵀ + λ) ] Q_Aᵀ )
 * }</pre>
 *
 * <p>(George et al., 2018, with K-FAC eigenvalues; row-major vec.) V is {@code outputs × inputs}. Eigenvalues below
 * zero, which only rounding makes, count as zero. Cost of a solve: {@code 4·o·i·(o + i)} floating-point operations in
 * either precision. Safe for use by several threads at once. Owns native memory: close it.
 */
public final class KroneckerInverse implements AutoCloseable {
    private final int outputs;
    private final int inputs;
    private final double[] outputValues;
    private final double[] inputValues;
    private final double lambda;
    private final Reals.Precision precision;
    private final Eigenbasis basis;

    private KroneckerInverse(SymmetricEigen outputs, SymmetricEigen inputs, double lambda, Reals.Precision precision) {
        this.outputs = outputs.size();
        this.inputs = inputs.size();
        this.outputValues = clamped(outputs.values());
        this.inputValues = clamped(inputs.values());
        this.lambda = lambda;
        this.precision = precision;
        this.basis = new Eigenbasis(precision, this.outputs, this.inputs, outputs, inputs);
    }

    /** Prepares the inverse for matrices in single precision; see the other. */
    public static KroneckerInverse of(SymmetricEigen outputs, SymmetricEigen inputs, double lambda) {
        return of(outputs, inputs, lambda, Reals.Precision.SINGLE);
    }

    /**
     * Prepares the inverse of {@code G ⊗ A + λI}.
     *
     * @param outputs eigendecomposition of G, {@code outputs × outputs}
     * @param inputs eigendecomposition of A, {@code inputs × inputs}
     * @param lambda λ {@code >= 0}
     * @param precision that of the matrices to solve for
     * @throws NumericalException if the smallest damped eigenvalue is zero, or so small that dividing the largest by it
     *     has no accuracy left
     */
    public static KroneckerInverse of(
            SymmetricEigen outputs, SymmetricEigen inputs, double lambda, Reals.Precision precision) {
        double smallest = Math.max(0, outputs.values()[0]) * Math.max(0, inputs.values()[0]) + lambda;
        double largest = outputs.values()[outputs.size() - 1] * inputs.values()[inputs.size() - 1] + lambda;
        if (!(smallest > largest * 1e-14)) {
            throw new NumericalException("the curvature is singular: its smallest eigenvalue with damping " + lambda
                    + " is " + smallest + ", its largest " + largest
                    + "; use a larger damping, such as relative(0.1), or more data for the factors");
        }
        return new KroneckerInverse(outputs, inputs, lambda, precision);
    }

    /** The mean of the undamped eigenvalue grid {@code g aᵀ}, which relative damping refers to. */
    public static double meanEigenvalue(SymmetricEigen outputs, SymmetricEigen inputs) {
        return mean(outputs.values()) * mean(inputs.values());
    }

    /**
     * {@code (G ⊗ A + λI)⁻¹ vec(V)}.
     *
     * @param v row-major, {@code outputs × inputs}; not changed
     * @return new memory of the same shape, the caller's to close
     */
    public Reals solve(Reals v) {
        if (v.length() != outputs * inputs || v.precision() != precision) {
            throw new IllegalArgumentException("the matrix has " + v.length() + " elements in " + v.precision()
                    + " precision; this inverse takes " + outputs + " × " + inputs + " in " + precision);
        }
        Reals rotated = basis.rotate(v, this::scale);
        basis.back(rotated);
        return rotated;
    }

    private void scale(Reals matrix, int from, int rows) {
        double[] row = new double[inputs];
        for (int i = from; i < from + rows; i++) {
            double g = outputValues[i];
            matrix.read(i * inputs, row, 0, inputs);
            for (int j = 0; j < inputs; j++) {
                row[j] /= g * inputValues[j] + lambda;
            }
            matrix.write(i * inputs, row, 0, inputs);
        }
    }

    private static double mean(double[] values) {
        return Arrays.stream(clamped(values)).average().orElse(0);
    }

    private static double[] clamped(double[] values) {
        return Arrays.stream(values).map(value -> Math.max(0, value)).toArray();
    }

    @Override
    public void close() {
        basis.close();
    }
}
