// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code (G ⊗ A + λI)⁻¹ vec(V)} for matrices in arrays, without a model: with {@code G = Q_G·diag(g)·Q_Gᵀ} and A alike,
 *
 * <pre>{@code X = Q_G·((Q_Gᵀ·V·Q_A) ⊘ (g·aᵀ + λ))·Q_Aᵀ}</pre>
 *
 * <p>vec takes rows, so that G acts on the rows of V, which has {@code outputs × inputs}, and A on its columns. The
 * kernel is the one that preconditions a {@link ReferenceDirection}. Made at {@code 9·(o³ + i³)} operations; a solve
 * takes {@code 4·o·i·(o + i)}. Safe for use by several threads. Owns native memory: close it, after which it refuses to
 * solve.
 */
public final class KroneckerInverse implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KroneckerInverse.class);

    private final LayerShape shape;
    private final Precision precision;
    private final LayerInverse inverse;
    private volatile boolean closed;

    private KroneckerInverse(double[] g, double[] a, Damping damping, Precision precision) {
        Objects.requireNonNull(damping, "the damping is null; Damping.absolute(0) is none");
        this.shape = new LayerShape("G ⊗ A", side("A", a.length), side("G", g.length));
        this.precision = Objects.requireNonNull(precision, "the precision is null");
        LayerArrays.requireCovariance("G", g, shape.outputs());
        LayerArrays.requireCovariance("A", a, shape.inputs());
        LayerCurvature curvature = LayerCurvature.product(
                shape,
                SymmetricEigen.of(g, shape.outputs(), "G").in(precision),
                SymmetricEigen.of(a, shape.inputs(), "A").in(precision),
                1);
        curvature.warn(LOG, damping, new AtomicBoolean(), new AtomicBoolean());
        this.inverse = new LayerInverse(curvature, damping, precision);
    }

    /**
     * In double precision.
     *
     * @param g symmetric and positive semidefinite, row-major, {@code outputs × outputs}
     * @param a likewise, {@code inputs × inputs}
     * @param damping λ; {@link Damping#absolute} is the one of the formula
     * @throws IllegalArgumentException if a matrix is not square or not symmetric; names it and the place
     * @throws NumericalException if a value is not finite, a matrix has a negative eigenvalue, or {@code G ⊗ A + λI} is
     *     singular
     */
    public static KroneckerInverse of(double[] g, double[] a, Damping damping) {
        return of(g, a, damping, Precision.DOUBLE);
    }

    /** {@link #of(double[], double[], Damping)} in a precision of choice. */
    public static KroneckerInverse of(double[] g, double[] a, Damping damping, Precision precision) {
        Objects.requireNonNull(g, "G is null");
        Objects.requireNonNull(a, "A is null");
        return new KroneckerInverse(g, a, damping, precision);
    }

    /** {@link #of(double[], double[], Damping)} for one array a row. */
    public static KroneckerInverse of(double[][] g, double[][] a, Damping damping) {
        Objects.requireNonNull(g, "G is null");
        Objects.requireNonNull(a, "A is null");
        return of(RowMajor.of("G", g, g.length, g.length), RowMajor.of("A", a, a.length, a.length), damping);
    }

    /** {@link #of(double[][], double[][], Damping)} in single precision. */
    public static KroneckerInverse of(float[][] g, float[][] a, Damping damping) {
        Objects.requireNonNull(g, "G is null");
        Objects.requireNonNull(a, "A is null");
        return of(
                RowMajor.of("G", g, g.length, g.length),
                RowMajor.of("A", a, a.length, a.length),
                damping,
                Precision.SINGLE);
    }

    private static int side(String name, int values) {
        int side = (int) Math.round(Math.sqrt(values));
        if (values == 0 || (long) side * side != values) {
            throw new IllegalArgumentException(name + " has " + values + " values; allowed is a square of 1 or more");
        }
        return side;
    }

    /** The number of rows of V. */
    public int outputs() {
        return shape.outputs();
    }

    /** The number of columns of V. */
    public int inputs() {
        return shape.inputs();
    }

    /**
     * X for V.
     *
     * @param v row-major, {@code outputs × inputs}; not changed
     * @return row-major, in a new array
     * @throws IllegalArgumentException if it is of another size
     * @throws NumericalException if a value of V or of X is not finite
     * @throws IllegalStateException if this was closed
     */
    public double[] solve(double[] v) {
        if (closed) {
            throw new IllegalStateException("the inverse was closed; solve before it is");
        }
        try (Reals values = Reals.of(precision, RowMajor.checked("V", v, outputs(), inputs()));
                Reals solved = inverse.solve(values)) {
            return RowMajor.checked("the solution", solved.toDoubles(), outputs(), inputs());
        }
    }

    /** {@link #solve(double[])} for one array a row. */
    public double[][] solve(double[][] v) {
        return RowMajor.rows(solve(RowMajor.of("V", v, outputs(), inputs())), inputs());
    }

    /** {@link #solve(double[])} for one array a row, rounded to single precision. */
    public float[][] solve(float[][] v) {
        return RowMajor.floatRows(solve(RowMajor.of("V", v, outputs(), inputs())), inputs());
    }

    @Override
    public void close() {
        closed = true;
        inverse.close();
    }

    @Override
    public String toString() {
        return "inverse of a Kronecker product, " + outputs() + " × " + inputs();
    }
}
