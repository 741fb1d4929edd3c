// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;

/**
 * The damped inverse of a Kronecker product, {@code (G ⊗ A + λI)⁻¹ vec(V)}, exactly, in its eigenbasis:
 *
 * <pre>{@code
 * G = Q_G diag(g) Q_Gᵀ,  A = Q_A diag(a) Q_Aᵀ
 * (G ⊗ A + λI)⁻¹ vec(V) = vec( Q_G [ (Q_Gᵀ V Q_A) ⊘ (g aᵀ + λ) ] Q_Aᵀ )
 * }</pre>
 *
 * <p>(George et al., 2018, with K-FAC eigenvalues; row-major vec.) V is {@code outputs × inputs}. Other dampings weigh
 * the eigenvalues as {@link Damping} says. This is what {@link ReferenceDirection#precondition} does to each layer, for
 * factors of one's own. Eigenvalues below zero, which only rounding makes, count as zero. Cost of a solve: {@code
 * 4·o·i·(o + i)} floating-point operations in either precision. Safe for use by several threads at once. Owns native
 * memory: close it.
 */
public final class KroneckerInverse implements AutoCloseable {
    private final LayerShape shape;
    private final Reals.Precision precision;
    private final LayerInverse inverse;

    private KroneckerInverse(LayerShape shape, LayerInverse inverse, Reals.Precision precision) {
        this.shape = shape;
        this.inverse = inverse;
        this.precision = precision;
    }

    /** The inverse for matrices in single precision. */
    public static KroneckerInverse of(SymmetricEigen outputs, SymmetricEigen inputs, Damping damping) {
        return of(outputs, inputs, damping, Reals.Precision.SINGLE);
    }

    /**
     * The inverse of {@code G ⊗ A}, damped.
     *
     * @param outputs eigendecomposition of G, {@code outputs × outputs}
     * @param inputs eigendecomposition of A, {@code inputs × inputs}
     * @param precision that of the matrices to solve for
     * @throws NumericalException if the smallest damped eigenvalue is zero, or so small that dividing the largest by it
     *     has no accuracy left
     */
    public static KroneckerInverse of(
            SymmetricEigen outputs, SymmetricEigen inputs, Damping damping, Reals.Precision precision) {
        LayerShape shape = new LayerShape("G ⊗ A", inputs.size(), outputs.size());
        LayerCurvature curvature = LayerCurvature.product(shape, outputs, inputs, 1);
        return new KroneckerInverse(shape, new LayerInverse(curvature, damping, precision), precision);
    }

    /**
     * {@code (G ⊗ A + λI)⁻¹ vec(V)}.
     *
     * @param v row-major, {@code outputs × inputs}; not changed
     * @return new memory of the same shape, the caller's to close
     */
    public Reals solve(Reals v) {
        if (v.length() != shape.weights() || v.precision() != precision) {
            throw new IllegalArgumentException(
                    "the matrix has " + v.length() + " elements in " + v.precision() + " precision; this inverse takes "
                            + shape.outputs() + " × " + shape.inputs() + " in " + precision);
        }
        return inverse.solve(v);
    }

    @Override
    public void close() {
        inverse.close();
    }
}
