// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.NumericalException;
import org.bytedeco.openblas.global.openblas;

/** The best approximation of a matrix by one of lower rank (Eckart and Young, 1936), in double precision. */
public final class LowRank {
    private static final int ROW_MAJOR = 101;

    private LowRank() {}

    /**
     * {@code U_k·diag(s_k)·V_kᵀ} of the singular value decomposition (LAPACK {@code dgesdd}).
     *
     * @param matrix row-major, {@code rows × columns}; not changed
     * @param rank k {@code >= 1}; at the smaller side or above, the matrix itself
     * @param name what the matrix is, for messages
     * @return a new matrix
     * @throws NumericalException if LAPACK does not converge
     */
    public static double[] of(double[] matrix, int rows, int columns, int rank, String name) {
        if (rank < 1) {
            throw new IllegalArgumentException("the rank is " + rank + "; allowed is 1 or more");
        }
        int side = Math.min(rows, columns);
        if (rank >= side) {
            return matrix.clone();
        }
        double[] u = new double[rows * side];
        double[] values = new double[side];
        double[] vt = new double[side * columns];
        int info = openblas.LAPACKE_dgesdd(
                ROW_MAJOR, (byte) 'S', rows, columns, matrix.clone(), columns, values, u, side, vt, columns);
        if (info != 0) {
            throw new NumericalException("LAPACK dgesdd gave up on " + name + " (info " + info
                    + "); check it for values that are not finite");
        }
        double[] left = new double[rows * rank];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < rank; k++) {
                left[i * rank + k] = u[i * side + k] * values[k];
            }
        }
        return Blas.multiply(false, false, rows, columns, rank, left, java.util.Arrays.copyOf(vt, rank * columns));
    }
}
