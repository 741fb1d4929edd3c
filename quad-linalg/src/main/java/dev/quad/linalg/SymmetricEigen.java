// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.NumericalException;
import org.bytedeco.openblas.global.openblas;

/**
 * The eigendecomposition {@code S = Q·diag(values)·Qᵀ} of a symmetric matrix in double precision (LAPACK
 * {@code dsyevd}, divide and conquer; about 9·n³ floating-point operations). Immutable.
 */
public final class SymmetricEigen {
    private static final int ROW_MAJOR = 101;

    private final double[] values;
    private final double[] vectors;

    private SymmetricEigen(double[] values, double[] vectors) {
        this.values = values;
        this.vectors = vectors;
    }

    /**
     * Decomposes a matrix.
     *
     * @param matrix row-major, {@code n × n}; only the lower triangle is read; not changed
     * @param name what the matrix is, for messages
     * @throws NumericalException if an element is not finite or LAPACK does not converge
     */
    public static SymmetricEigen of(double[] matrix, int n, String name) {
        for (double x : matrix) {
            if (!Double.isFinite(x)) {
                throw new NumericalException(name + " holds the value " + x
                        + "; an eigendecomposition needs finite values: check the captures it was made from");
            }
        }
        double[] vectors = matrix.clone();
        double[] values = new double[n];
        int info = openblas.LAPACKE_dsyevd(ROW_MAJOR, (byte) 'V', (byte) 'L', n, vectors, n, values);
        if (info != 0) {
            throw new NumericalException("LAPACK dsyevd gave up on " + name + " (info " + info
                    + "); check the captures it was made from for extreme values");
        }
        return new SymmetricEigen(values, vectors);
    }

    /** The number of eigenvalues. */
    public int size() {
        return values.length;
    }

    /** The eigenvalues, ascending; a copy. */
    public double[] values() {
        return values.clone();
    }

    /** Q, row-major: column j is the eigenvector of value j; a copy. */
    public double[] vectors() {
        return vectors.clone();
    }
}
