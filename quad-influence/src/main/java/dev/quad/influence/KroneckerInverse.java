// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.SymmetricEigen;
import dev.quad.linalg.Workers;

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
 * single precision. Safe for use by several threads at once. Owns native memory: close it.
 */
public final class KroneckerInverse implements AutoCloseable {
    private static final int BLOCK = 128;

    private final int outputs;
    private final int inputs;
    private final double[] outputValues;
    private final double[] inputValues;
    private final double lambda;
    private final Floats outputVectors;
    private final Floats inputVectors;

    private KroneckerInverse(SymmetricEigen outputs, SymmetricEigen inputs, double lambda) {
        this.outputs = outputs.size();
        this.inputs = inputs.size();
        this.outputValues = outputs.values();
        this.inputValues = inputs.values();
        this.lambda = lambda;
        this.outputVectors = floats(outputs.vectors());
        this.inputVectors = floats(inputs.vectors());
    }

    /**
     * Prepares the inverse of {@code G ⊗ A + λI}.
     *
     * @param outputs eigendecomposition of G, {@code outputs × outputs}
     * @param inputs eigendecomposition of A, {@code inputs × inputs}
     * @param lambda λ {@code >= 0}
     * @throws NumericalException if the smallest damped eigenvalue is zero, or so small that dividing the largest by it
     *     has no accuracy left
     */
    public static KroneckerInverse of(SymmetricEigen outputs, SymmetricEigen inputs, double lambda) {
        double smallest = Math.max(0, outputs.values()[0]) * Math.max(0, inputs.values()[0]) + lambda;
        double largest = outputs.values()[outputs.size() - 1] * inputs.values()[inputs.size() - 1] + lambda;
        if (!(smallest > largest * 1e-14)) {
            throw new NumericalException("the curvature is singular: its smallest eigenvalue with damping " + lambda
                    + " is " + smallest + ", its largest " + largest
                    + "; use a larger damping, such as relative(0.1), or more data for the factors");
        }
        return new KroneckerInverse(outputs, inputs, lambda);
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
    public Floats solve(Floats v) {
        if (v.length() != outputs * inputs) {
            throw new IllegalArgumentException(
                    "the matrix has " + v.length() + " elements; this inverse takes " + outputs + " × " + inputs);
        }
        Floats result = Floats.allocate(outputs, inputs);
        try (Floats rotated = Floats.allocate(outputs, inputs)) {
            // rotated = Q_Gᵀ V, then result = rotated Q_A, scaled
            Workers.forBlocks(outputs, BLOCK, (from, rows) -> {
                Blas.gemm(
                        true,
                        false,
                        rows,
                        inputs,
                        outputs,
                        1,
                        outputVectors,
                        from,
                        outputs,
                        v,
                        0,
                        inputs,
                        0,
                        rotated,
                        from * inputs,
                        inputs);
                Blas.gemm(
                        false,
                        false,
                        rows,
                        inputs,
                        inputs,
                        1,
                        rotated,
                        from * inputs,
                        inputs,
                        inputVectors,
                        0,
                        inputs,
                        0,
                        result,
                        from * inputs,
                        inputs);
                scale(result, from, rows);
            });
            // rotated = result Q_Aᵀ, then result = Q_G rotated
            Workers.forBlocks(
                    outputs,
                    BLOCK,
                    (from, rows) -> Blas.gemm(
                            false,
                            true,
                            rows,
                            inputs,
                            inputs,
                            1,
                            result,
                            from * inputs,
                            inputs,
                            inputVectors,
                            0,
                            inputs,
                            0,
                            rotated,
                            from * inputs,
                            inputs));
            Workers.forBlocks(
                    outputs,
                    BLOCK,
                    (from, rows) -> Blas.gemm(
                            false,
                            false,
                            rows,
                            inputs,
                            outputs,
                            1,
                            outputVectors,
                            from * outputs,
                            outputs,
                            rotated,
                            0,
                            inputs,
                            0,
                            result,
                            from * inputs,
                            inputs));
        }
        return result;
    }

    private void scale(Floats matrix, int from, int rows) {
        float[] row = new float[inputs];
        for (int i = from; i < from + rows; i++) {
            double g = Math.max(0, outputValues[i]);
            matrix.get(i * inputs, row, 0, inputs);
            for (int j = 0; j < inputs; j++) {
                row[j] = (float) (row[j] / (g * Math.max(0, inputValues[j]) + lambda));
            }
            matrix.set(i * inputs, row, 0, inputs);
        }
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += Math.max(0, value);
        }
        return sum / values.length;
    }

    private static Floats floats(double[] values) {
        Floats result = Floats.allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            result.set(i, (float) values[i]);
        }
        return result;
    }

    @Override
    public void close() {
        outputVectors.close();
        inputVectors.close();
    }
}
