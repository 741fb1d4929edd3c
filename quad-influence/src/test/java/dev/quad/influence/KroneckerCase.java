// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;

/** Random factors G and A with a damping: the inverse under test beside the dense matrix. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record KroneckerCase(int o, int i, double[] g, double[] a, double lambda) {

    /**
     * Factors of random rows.
     *
     * @param rows fewer than o or i make that factor singular
     * @param relative λ over the mean eigenvalue
     */
    static KroneckerCase random(int o, int i, int rows, double relative, long seed) {
        double[] g = Dense.covariance(Dense.gaussian(seed, "G", rows * o), rows, o);
        double[] a = Dense.covariance(Dense.gaussian(seed, "A", rows * i), rows, i);
        return new KroneckerCase(o, i, g, a, relative * Dense.trace(g, o) / o * Dense.trace(a, i) / i);
    }

    double[] vector(long seed) {
        return Dense.gaussian(seed, "V", o * i);
    }

    LayerInverse inverse(Precision precision) {
        return new LayerInverse(
                LayerCurvature.product(
                        new LayerShape("G ⊗ A", i, o), SymmetricEigen.of(g, o, "G"), SymmetricEigen.of(a, i, "A"), 1),
                Damping.absolute(lambda),
                precision);
    }

    /** {@code (G ⊗ A + λI)⁻¹ vec(V)} by the code under test. */
    double[] solve(double[] v) {
        try (LayerInverse inverse = inverse(Precision.SINGLE);
                Floats input = Floats.of(Dense.floats(v));
                Reals result = inverse.solve(input)) {
            return result.toDoubles();
        }
    }

    /** The same in double precision. */
    double[] exactSolve(double[] v) {
        try (LayerInverse inverse = inverse(Precision.DOUBLE);
                Reals input = Reals.of(Precision.DOUBLE, v);
                Reals result = inverse.solve(input)) {
            return result.toDoubles();
        }
    }

    /** {@code G ⊗ A + λI}. */
    double[] dense() {
        return Dense.plusDiagonal(Dense.kron(g, o, a, i), o * i, lambda);
    }

    /** The solution by elimination. */
    double[] denseSolve(double[] v) {
        return Dense.solve(dense(), v);
    }

    /** {@code (G + √λ I)⁻¹ ⊗ (A + √λ I)⁻¹ vec(V)}: factored damping, which is another matrix. */
    double[] factoredSolve(double[] v) {
        double root = Math.sqrt(lambda);
        return Dense.solve(Dense.kron(Dense.plusDiagonal(g, o, root), o, Dense.plusDiagonal(a, i, root), i), v);
    }

    /** What a rounding of V can become at most: {@code |V|/λ}. */
    double bound(double[] v) {
        return Dense.norm(v) / lambda;
    }
}
