// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.NumericalException;
import dev.quad.Precision;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

/**
 * The eigendecomposition {@code S = Q·diag(values)·Qᵀ} of a symmetric matrix: Householder reduction to tridiagonal
 * form, divide and conquer (Cuppen, 1981), back transformation. Up to 9·n³ floating-point operations. LAPACK does it
 * for up to 1,024 rows; above, the reduction and the back transformation are ours and use all threads. The bits do not
 * depend on the number of threads. Immutable.
 *
 * <p>In single precision an eigenvalue is off by some 1e-7 of the largest one, which is also what the rounding of a
 * matrix in single precision does to it; in double precision by 1e-16.
 */
public final class SymmetricEigen {
    private static final int COLUMN_MAJOR = 102;
    private static final int BLOCK = 64;

    /** Above, several threads on one matrix pay. */
    private static final int SMALL = 1024;

    private final double[] values;
    private final Precision precision;
    private final Object rows; // float[] or double[], row i is the eigenvector of value i

    private SymmetricEigen(double[] values, Precision precision, Object rows) {
        this.values = values;
        this.precision = precision;
        this.rows = rows;
    }

    /** {@link #of(double[], int, String, Precision)} in double precision. */
    public static SymmetricEigen of(double[] matrix, int n, String name) {
        return of(matrix, n, name, Precision.DOUBLE);
    }

    /**
     * Decomposes a matrix.
     *
     * @param matrix row-major, {@code n × n}; only the lower triangle is read; not changed
     * @param n {@code >= 1}
     * @param name what the matrix is, for messages
     * @param precision that of the computation; single takes half the time and memory
     * @throws IllegalArgumentException if the array is no {@code n × n} matrix
     * @throws NumericalException if an element is not finite or LAPACK does not converge
     */
    public static SymmetricEigen of(double[] matrix, int n, String name, Precision precision) {
        if (n < 1 || matrix.length != (long) n * n) {
            throw new IllegalArgumentException(name + " is to have " + n + " × " + n + " values, and has "
                    + matrix.length + "; give a square of 1 or more");
        }
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
        Object[] rows = new Object[1];
        try (Reals upper = upper(matrix, n, scale, precision)) {
            // inside Workers, where a BLAS call takes one thread
            Workers.forEach(1, one -> {
                int info;
                if (n <= SMALL) {
                    info = small(values, upper);
                    rows[0] = rows(upper, n);
                } else {
                    try (Tridiagonal reduced = new Tridiagonal(upper, n, stride(n));
                            Reals vectors = Reals.scratch(precision, n * stride(n))) {
                        int[] said = new int[1];
                        reduced.prepareBack(() -> said[0] = divideAndConquer(reduced, values, vectors));
                        info = said[0];
                        reduced.back(vectors);
                        rows[0] = rows(vectors, n);
                    }
                }
                if (info != 0) {
                    throw new NumericalException("LAPACK gave up on the eigenvalues of " + name + " (info " + info
                            + "); check the captures it was made from for extreme values");
                }
            });
        }
        for (int i = 0; i < n; i++) {
            values[i] *= scale;
        }
        return new SymmetricEigen(values, precision, rows[0]);
    }

    /** From row to row: an odd number of cache lines, so that a column does not fall on few sets of a cache. */
    private static int stride(int n) {
        return ((n + 15) / 16 | 1) * 16;
    }

    /** The rows without what is between them. */
    private static Object rows(Reals matrix, int n) {
        int stride = stride(n);
        if (matrix instanceof Floats floats) {
            float[] rows = new float[n * n];
            Workers.forBlocks(n, BLOCK, (from, count) -> {
                for (int i = from; i < from + count; i++) {
                    floats.get(i * stride, rows, i * n, n);
                }
            });
            return rows;
        }
        double[] rows = new double[n * n];
        Workers.forBlocks(n, BLOCK, (from, count) -> {
            for (int i = from; i < from + count; i++) {
                matrix.read(i * stride, rows, i * n, n);
            }
        });
        return rows;
    }

    /** Overwrites the upper triangle with the eigenvectors as rows; returns what LAPACK says. */
    private static int small(double[] values, Reals matrix) {
        int n = values.length;
        int stride = stride(n);
        try (Reals found = Reals.allocate(matrix.precision(), n)) {
            // row-major upper is column-major lower
            int info = matrix.precision() == Precision.SINGLE
                    ? openblas.LAPACKE_ssyevd(
                            COLUMN_MAJOR, (byte) 'V', (byte) 'L', n, (FloatPointer) matrix.at(0), stride, (FloatPointer)
                                    found.at(0))
                    : openblas.LAPACKE_dsyevd(
                            COLUMN_MAJOR,
                            (byte) 'V',
                            (byte) 'L',
                            n,
                            (DoublePointer) matrix.at(0),
                            stride,
                            (DoublePointer) found.at(0));
            found.read(0, values, 0, n);
            return info;
        }
    }

    /** The matrix over {@code scale}, its lower triangle mirrored to the upper one; in blocks, for the cache. */
    private static Reals upper(double[] matrix, int n, double scale, Precision precision) {
        int stride = stride(n);
        Reals result = Reals.scratch(precision, Math.multiplyExact(n, stride));
        double factor = 1 / scale;
        Workers.forBlocks(n, BLOCK, (from, count) -> {
            double[] rows = new double[count * BLOCK];
            for (int column = from; column < n; column += BLOCK) {
                int columns = Math.min(BLOCK, n - column);
                for (int j = 0; j < columns; j++) {
                    for (int i = 0; i < count; i++) {
                        rows[i * BLOCK + j] = matrix[(column + j) * n + from + i] * factor;
                    }
                }
                for (int i = 0; i < count; i++) {
                    result.write((from + i) * stride + column, rows, i * BLOCK, columns);
                }
            }
        });
        return result;
    }

    /** Eigenvalues of the tridiagonal matrix, ascending, and its eigenvectors as rows; what LAPACK says. */
    private static int divideAndConquer(Tridiagonal matrix, double[] values, Reals vectors) {
        int n = values.length;
        int stride = stride(n);
        try (Reals diagonal = Reals.of(vectors.precision(), matrix.diagonal());
                Reals beside = Reals.of(vectors.precision(), matrix.beside())) {
            int info = vectors.precision() == Precision.SINGLE
                    ? openblas.LAPACKE_sstedc(
                            COLUMN_MAJOR,
                            (byte) 'I',
                            n,
                            (FloatPointer) diagonal.at(0),
                            (FloatPointer) beside.at(0),
                            (FloatPointer) vectors.at(0),
                            stride)
                    : openblas.LAPACKE_dstedc(
                            COLUMN_MAJOR,
                            (byte) 'I',
                            n,
                            (DoublePointer) diagonal.at(0),
                            (DoublePointer) beside.at(0),
                            (DoublePointer) vectors.at(0),
                            stride);
            diagonal.read(0, values, 0, n);
            return info;
        }
    }

    /**
     * A decomposition that was made before, such as one from a file.
     *
     * @param values ascending; copied
     * @param rows Qᵀ, row-major: row i is the eigenvector of value i; copied, in its precision
     */
    public static SymmetricEigen of(double[] values, Reals rows) {
        if (rows.length() != (long) values.length * values.length) {
            throw new IllegalArgumentException(values.length + " eigenvalues with " + rows.length()
                    + " values of eigenvectors; as many vectors of as many values are needed");
        }
        return new SymmetricEigen(
                values.clone(), rows.precision(), rows instanceof Floats floats ? floats.toArray() : rows.toDoubles());
    }

    /** The number of eigenvalues. */
    public int size() {
        return values.length;
    }

    /** The eigenvalues, ascending; a copy. */
    public double[] values() {
        return values.clone();
    }

    /** The precision of the eigenvectors. */
    public Precision precision() {
        return precision;
    }

    /** The same with its eigenvectors rounded, or as they are where they are in that precision. */
    public SymmetricEigen in(Precision wanted) {
        if (wanted == precision) {
            return this;
        }
        try (Reals other = rows(wanted)) {
            return of(values, other);
        }
    }

    /** Q, row-major: column j is the eigenvector of value j; a copy. */
    public double[] vectors() {
        int n = values.length;
        double[] result = new double[n * n];
        try (Reals transposed = rows(Precision.DOUBLE)) {
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
    public Reals rows(Precision wanted) {
        if (rows instanceof float[] single) {
            if (wanted == Precision.SINGLE) {
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

    /** Whether another has the same eigenvectors to the bit, in the same precision. */
    public boolean hasVectorsOf(SymmetricEigen other) {
        return Objects.deepEquals(rows, other.rows);
    }
}
