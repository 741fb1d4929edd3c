// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.Locale;

/**
 * The inverse of a Kronecker product whose factors are damped one by one, {@code ((G + λ_G I) ⊗ (A + λ_A I))⁻¹ vec(V)},
 * by their Cholesky decompositions:
 *
 * <pre>{@code
 * G + λ_G I = L_G L_Gᵀ,  A + λ_A I = L_A L_Aᵀ
 * X = (G + λ_G I)⁻¹ V (A + λ_A I)⁻¹ = L_G⁻ᵀ (L_G⁻¹ V L_A⁻ᵀ) L_A⁻¹
 * }</pre>
 *
 * <p>(Martens and Grosse, 2015, section 6.3; row-major vec.) V is {@code outputs × inputs}. Preparing takes {@code (o³
 * + i³)/3} floating-point operations in double precision, a twentieth of what eigendecompositions take, and a solve
 * {@code 2·o·i·(o + i)}, half of what {@link LayerInverse} takes. But the damping is fixed when it is prepared, and
 * {@code G ⊗ A + λI} has no such form: this is {@link Damping#factored}. No run uses it; the benchmark measures it
 * beside the one that runs. Results do not depend on the number of threads. Safe for use by several threads at once.
 * Owns native memory: close it.
 */
final class KroneckerCholesky implements AutoCloseable {
    /** Rows or columns of a task. */
    private static final int BLOCK = 256;

    private final int outputs;
    private final int inputs;
    private final Precision precision;
    private final Reals outputSide;
    private final Reals inputSide;

    private KroneckerCholesky(int outputs, int inputs, Reals outputSide, Reals inputSide, Precision precision) {
        this.outputs = outputs;
        this.inputs = inputs;
        this.outputSide = outputSide;
        this.inputSide = inputSide;
        this.precision = precision;
    }

    /**
     * Prepares the inverse of {@code (G + √λ/π·I) ⊗ (A + π√λ·I)} with {@code π = √(mean eigenvalue of A / mean
     * eigenvalue of G)}, as {@link Damping#factored} splits λ; π is 1 where a factor is zero.
     *
     * @param lambda λ {@code >= 0}
     * @see #of
     */
    static KroneckerCholesky factored(
            String name, double[] g, int outputs, double[] a, int inputs, double lambda, Precision precision) {
        double split = Damping.split(trace(g, outputs) / outputs, trace(a, inputs) / inputs);
        double root = Math.sqrt(lambda);
        return of(name, g, outputs, root / split, a, inputs, root * split, precision);
    }

    /**
     * Prepares the inverse of {@code (G + λ_G I) ⊗ (A + λ_A I)}.
     *
     * @param name what the factors belong to, such as a layer, for messages
     * @param g G, row-major, {@code outputs × outputs}, symmetric: only the lower triangle is read; not changed
     * @param outputDamping λ_G {@code >= 0}
     * @param a A, row-major, {@code inputs × inputs}, likewise
     * @param inputDamping λ_A {@code >= 0}
     * @param precision that of the matrices to solve for; the decompositions are made in double precision
     * @throws NumericalException if a factor holds a value that is not finite, or is singular under its damping: a
     *     pivot is not positive, or so small that dividing by it has no accuracy left
     */
    static KroneckerCholesky of(
            String name,
            double[] g,
            int outputs,
            double outputDamping,
            double[] a,
            int inputs,
            double inputDamping,
            Precision precision) {
        check("output", name, g, outputs, outputDamping);
        check("input", name, a, inputs, inputDamping);
        Reals[] sides = new Reals[2];
        try (Owned parts = new Owned()) {
            Workers.forEach(
                    2,
                    side -> sides[side] = parts.add(
                            side == 0
                                    ? decomposed("output factor of " + name, g, outputs, outputDamping, precision)
                                    : decomposed("input factor of " + name, a, inputs, inputDamping, precision)));
            return parts.release(new KroneckerCholesky(outputs, inputs, sides[0], sides[1], precision));
        }
    }

    private static void check(String which, String name, double[] matrix, int n, double damping) {
        if (n < 1 || matrix.length != (long) n * n) {
            throw new IllegalArgumentException("the " + which + " factor of " + name + " has " + matrix.length
                    + " values; " + n + " × " + n + " are needed");
        }
        if (!(damping >= 0 && damping < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "the damping of the " + which + " factor of " + name + " is " + damping + "; allowed is [0, ∞)");
        }
    }

    private static double trace(double[] matrix, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += matrix[i * n + i];
        }
        return sum;
    }

    /** L, its upper triangle anything. */
    private static Reals decomposed(String name, double[] matrix, int n, double damping, Precision precision) {
        double[] l = matrix.clone();
        double largest = 0;
        for (int i = 0; i < n; i++) {
            l[i * n + i] += damping;
            largest = Math.max(largest, l[i * n + i]);
            for (int j = 0; j <= i; j++) {
                if (!Double.isFinite(l[i * n + j])) {
                    throw new NumericalException("the " + name + " holds the value " + l[i * n + j] + " at row " + i
                            + ", column " + j + "; check the captures it was made from");
                }
            }
        }
        int failed = Blas.cholesky(n, l);
        double pivot = failed < 0 ? Double.POSITIVE_INFINITY : l[failed * n + failed];
        int at = failed;
        for (int i = 0; i < n && failed < 0; i++) {
            double square = l[i * n + i] * l[i * n + i];
            if (square < pivot) {
                pivot = square;
                at = i;
            }
        }
        if (failed >= 0 || !(pivot > largest * 1e-14)) {
            throw new NumericalException(String.format(
                    Locale.ROOT,
                    "the %s is singular under the damping %s: pivot %d of %d is %.3g, its largest diagonal value %.3g;"
                            + " use a larger damping, such as relative(0.1), or more data for the factors",
                    name,
                    damping,
                    at + 1,
                    n,
                    pivot,
                    largest));
        }
        return Reals.of(precision, l);
    }

    /**
     * {@code ((G + λ_G I) ⊗ (A + λ_A I))⁻¹ vec(V)}.
     *
     * @param v row-major, {@code outputs × inputs}; not changed
     * @return new memory of the same shape, the caller's to close
     */
    Reals solve(Reals v) {
        if (v.length() != outputs * inputs || v.precision() != precision) {
            throw new IllegalArgumentException("the matrix has " + v.length() + " elements in " + v.precision()
                    + " precision; this inverse takes " + outputs + " × " + inputs + " in " + precision);
        }
        Reals x = Reals.allocate(precision, outputs, inputs);
        Workers.forBlocks(outputs, BLOCK, (from, rows) -> {
            int at = from * inputs;
            x.copy(at, v, at, rows * inputs);
            Blas.solveTriangular(true, true, rows, inputs, inputSide, inputs, x, at, inputs);
            Blas.solveTriangular(true, false, rows, inputs, inputSide, inputs, x, at, inputs);
        });
        Workers.forBlocks(inputs, BLOCK, (from, columns) -> {
            Blas.solveTriangular(false, false, outputs, columns, outputSide, outputs, x, from, inputs);
            Blas.solveTriangular(false, true, outputs, columns, outputSide, outputs, x, from, inputs);
        });
        return x;
    }

    @Override
    public void close() {
        outputSide.close();
        inputSide.close();
    }
}
