// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.NumericalException;
import java.util.Arrays;
import org.bytedeco.openblas.global.openblas;

/**
 * The best approximation of a matrix by one of lower rank (Eckart and Young, 1936), as a product {@code LᵀR}.
 *
 * @param rank k, the rows of both factors: what was asked for, or the smaller side of the matrix
 * @param left {@code diag(s_k)·U_kᵀ}, row-major, {@code k × rows}
 * @param right {@code V_kᵀ}, row-major, {@code k × columns}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LowRank(int rank, double[] left, double[] right) {
    private static final int ROW_MAJOR = 101;

    /**
     * The factors, by singular value decomposition (LAPACK {@code dgesdd}) in double precision.
     *
     * @param matrix row-major, {@code rows × columns}; not changed
     * @param rank k {@code >= 1}
     * @param name what the matrix is, for messages
     * @throws NumericalException if LAPACK does not converge
     */
    public static LowRank of(double[] matrix, int rows, int columns, int rank, String name) {
        if (rank < 1) {
            throw new IllegalArgumentException("the rank is " + rank + "; allowed is 1 or more");
        }
        if (rows < 1 || columns < 1 || matrix.length != (long) rows * columns) {
            throw new IllegalArgumentException(
                    name + " is to have " + rows + " × " + columns + " values, and has " + matrix.length);
        }
        int side = Math.min(rows, columns);
        double[] u = new double[rows * side];
        double[] values = new double[side];
        double[] vt = new double[side * columns];
        int info = openblas.LAPACKE_dgesdd(
                ROW_MAJOR, (byte) 'S', rows, columns, matrix.clone(), columns, values, u, side, vt, columns);
        if (info != 0) {
            throw new NumericalException("LAPACK dgesdd gave up on " + name + " (info " + info
                    + "); check it for values that are not finite");
        }
        int kept = Math.min(rank, side);
        double[] left = new double[kept * rows];
        for (int k = 0; k < kept; k++) {
            for (int i = 0; i < rows; i++) {
                left[k * rows + i] = u[i * side + k] * values[k];
            }
        }
        return new LowRank(kept, left, Arrays.copyOf(vt, kept * columns));
    }

    /** {@code LᵀR}, row-major, {@code rows × columns}. */
    public double[] product() {
        return Blas.multiply(true, false, left.length / rank, right.length / rank, rank, left, right);
    }
}
