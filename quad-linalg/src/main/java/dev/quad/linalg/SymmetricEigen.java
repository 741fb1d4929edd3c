// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.NumericalException;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

/**
 * The eigendecomposition {@code S = Q·diag(values)·Qᵀ} of a symmetric matrix: Householder reduction to tridiagonal form,
 * divide and conquer (LAPACK {@code stedc}; Cuppen, 1981), back transformation. Up to 9·n³ floating-point operations;
 * the reduction and the back transformation are shared out to {@link Workers}. The bits do not depend on the number of
 * threads. Immutable.
 *
 * <p>In single precision an eigenvalue is off by some 1e-7 of the largest one, which is also what the rounding of a
 * matrix in single precision does to it; in double precision by 1e-16.
 */
public final class SymmetricEigen {
    private static final int COLUMN_MAJOR = 102;

    private final double[] values;
    private final Reals.Precision precision;
    private final Object rows; // float[] or double[], row i is the eigenvector of value i

    private SymmetricEigen(double[] values, Reals vectors) {
        this.values = values;
        this.precision = vectors.precision();
        this.rows = vectors instanceof Floats floats ? floats.toArray() : vectors.toDoubles();
    }

    /** {@link #of(double[], int, String, Reals.Precision)} in double precision. */
    public static SymmetricEigen of(double[] matrix, int n, String name) {
        return of(matrix, n, name, Reals.Precision.DOUBLE);
    }

    /**
     * Decomposes a matrix.
     *
     * @param matrix row-major, {@code n × n}; only the lower triangle is read; not changed
     * @param n {@code >= 1}
     * @param name what the matrix is, for messages
     * @param precision that of the computation; single takes half the time and memory
     * @throws NumericalException if an element is not finite or LAPACK does not converge
     */
    public static SymmetricEigen of(double[] matrix, int n, String name, Reals.Precision precision) {
        double largest = 0;
        for (double x : matrix) {
            if (!Double.isFinite(x)) {
                throw new NumericalException(name + " holds the value " + x
                        + "; an eigendecomposition needs finite values: check the captures it was made from");
            }
            largest = Math.max(largest, Math.abs(x));
        }
        // a power of two, so that scaling is exact, and squares of tiny or huge values stay in range
        double scale = largest == 0 ? 1 : Math.scalb(1.0, Math.getExponent(largest));
        double[] values = new double[n];
        try (Reals vectors = Reals.allocate(precision, n, n)) {
            // inside Workers, where BLAS calls take one thread each
            Workers.forEach(1, one -> decompose(upper(matrix, n, scale, precision), values, vectors, name));
            for (int i = 0; i < n; i++) {
                values[i] *= scale;
            }
            return new SymmetricEigen(values, vectors);
        }
    }

    /** Takes over {@code matrix}. */
    private static void decompose(Reals matrix, double[] values, Reals vectors, String name) {
        try (Tridiagonal reduced = new Tridiagonal(matrix, values.length)) {
            int info = divideAndConquer(reduced, values, vectors);
            if (info != 0) {
                throw new NumericalException("LAPACK stedc gave up on " + name + " (info " + info
                        + "); check the captures it was made from for extreme values");
            }
            reduced.back(vectors);
        }
    }

    /** The matrix over {@code scale}, with its lower triangle mirrored to the upper one. */
    private static Reals upper(double[] matrix, int n, double scale, Reals.Precision precision) {
        Reals result = Reals.allocate(precision, n, n);
        double[] row = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                row[j] = matrix[j * n + i] / scale;
            }
            result.write(i * n + i, row, i, n - i);
        }
        return result;
    }

    /** Eigenvalues of the tridiagonal matrix, ascending, and its eigenvectors as rows; what LAPACK says. */
    private static int divideAndConquer(Tridiagonal matrix, double[] values, Reals vectors) {
        int n = values.length;
        try (Reals diagonal = Reals.of(vectors.precision(), matrix.diagonal());
                Reals beside = Reals.of(vectors.precision(), matrix.beside())) {
            int info = vectors.precision() == Reals.Precision.SINGLE
                    ? openblas.LAPACKE_sstedc(
                            COLUMN_MAJOR,
                            (byte) 'I',
                            n,
                            (FloatPointer) diagonal.at(0),
                            (FloatPointer) beside.at(0),
                            (FloatPointer) vectors.at(0),
                            n)
                    : openblas.LAPACKE_dstedc(
                            COLUMN_MAJOR,
                            (byte) 'I',
                            n,
                            (DoublePointer) diagonal.at(0),
                            (DoublePointer) beside.at(0),
                            (DoublePointer) vectors.at(0),
                            n);
            diagonal.read(0, values, 0, n);
            return info;
        }
    }

    /** The number of eigenvalues. */
    public int size() {
        return values.length;
    }

    /** The eigenvalues, ascending; a copy. */
    public double[] values() {
        return values.clone();
    }

    /** The precision that it was computed in. */
    public Reals.Precision precision() {
        return precision;
    }

    /** Q, row-major: column j is the eigenvector of value j; a copy. */
    public double[] vectors() {
        int n = values.length;
        double[] result = new double[n * n];
        try (Reals transposed = rows(Reals.Precision.DOUBLE)) {
            double[] row = new double[n];
            for (int i = 0; i < n; i++) {
                transposed.read(i * n, row, 0, n);
                for (int j = 0; j < n; j++) {
                    result[j * n + i] = row[j];
                }
            }
        }
        return result;
    }

    /** Qᵀ, row-major: row i is the eigenvector of value i; new memory, the caller's to close. */
    public Reals rows(Reals.Precision wanted) {
        if (rows instanceof float[] single) {
            if (wanted == Reals.Precision.SINGLE) {
                return Floats.of(single);
            }
            Doubles result = Doubles.allocate(single.length);
            for (int i = 0; i < single.length; i++) {
                result.set(i, single[i]);
            }
            return result;
        }
        return Reals.of(wanted, (double[]) rows);
    }
}
