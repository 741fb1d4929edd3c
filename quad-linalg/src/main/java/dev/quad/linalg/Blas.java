// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

/**
 * The BLAS calls that Quad uses, on native memory, row-major, through OpenBLAS.
 *
 * <p>Every call runs on the calling thread alone. Work is split by {@link Workers} into pieces that depend on the
 * shapes only, so that results have the same bits with any number of threads; calls belong inside
 * {@link Workers#forEach}.
 *
 * <p>No call reads or writes beyond the memory that it is given: it throws {@link IllegalArgumentException} instead,
 * and {@link IllegalStateException} where the memory was closed.
 */
public final class Blas {
    private static final int ROW_MAJOR = 101;
    private static final int NO = 111;
    private static final int TRANSPOSED = 112;
    private static final int UPPER = 121;
    private static final int LOWER = 122;
    private static final int NOT_UNIT = 131;
    private static final int LEFT = 141;
    private static final int RIGHT = 142;

    private Blas() {}

    /**
     * The name of the kernel set that OpenBLAS chose for this processor, such as {@code SKYLAKEX}; "unknown" where it
     * cannot be told.
     */
    public static String core() {
        Natives.load();
        return OpenBlas.CORE;
    }

    /**
     * {@code C = alpha·A·B + beta·C}, in the precision of the memory, which is one for all.
     *
     * @param c overlaps neither A nor B, and is no transpose
     * @throws IllegalArgumentException if the shapes do not fit; names them
     */
    public static void multiply(double alpha, Matrix a, Matrix b, double beta, Matrix c) {
        int m = c.rows();
        int n = c.columns();
        int k = a.columns();
        if (a.rows() != m || b.rows() != k || b.columns() != n || c.turned) {
            throw new IllegalArgumentException("A is " + a + ", B " + b + " and C " + c
                    + (c.turned ? ", a transpose" : "")
                    + "; needed are m × k, k × n and m × n, C no transpose");
        }
        if (m == 0 || n == 0) {
            return;
        }
        int turnA = a.turned ? TRANSPOSED : NO;
        int turnB = b.turned ? TRANSPOSED : NO;
        if (a.memory instanceof Floats x && b.memory instanceof Floats y && c.memory instanceof Floats z) {
            openblas.cblas_sgemm(
                    ROW_MAJOR,
                    turnA,
                    turnB,
                    m,
                    n,
                    k,
                    (float) alpha,
                    x.at(a.offset),
                    a.stride,
                    y.at(b.offset),
                    b.stride,
                    (float) beta,
                    z.at(c.offset),
                    c.stride);
        } else if (a.memory instanceof Doubles x && b.memory instanceof Doubles y && c.memory instanceof Doubles z) {
            openblas.cblas_dgemm(
                    ROW_MAJOR,
                    turnA,
                    turnB,
                    m,
                    n,
                    k,
                    alpha,
                    x.at(a.offset),
                    a.stride,
                    y.at(b.offset),
                    b.stride,
                    beta,
                    z.at(c.offset),
                    c.stride);
        } else {
            throw mixed();
        }
    }

    static IllegalArgumentException mixed() {
        return new IllegalArgumentException("single and double precision are mixed in one call; use one for all");
    }

    /**
     * The lower triangle of {@code C = alpha·AᵀA + beta·C}, in the precision of the memory.
     *
     * @throws IllegalArgumentException if the shapes do not fit, or one is a transpose; names them
     */
    public static void gram(double alpha, Matrix a, double beta, Matrix c) {
        int n = c.columns();
        if (c.rows() != n || a.columns() != n || a.turned || c.turned) {
            throw new IllegalArgumentException(
                    "A is " + a + " and C " + c + "; needed are k × n and n × n, no transposes");
        }
        if (a.memory instanceof Floats x && c.memory instanceof Floats z) {
            openblas.cblas_ssyrk(
                    ROW_MAJOR,
                    LOWER,
                    TRANSPOSED,
                    n,
                    a.rows(),
                    (float) alpha,
                    x.at(a.offset),
                    a.stride,
                    (float) beta,
                    z.at(c.offset),
                    c.stride);
        } else if (a.memory instanceof Doubles x && c.memory instanceof Doubles z) {
            openblas.cblas_dsyrk(
                    ROW_MAJOR,
                    LOWER,
                    TRANSPOSED,
                    n,
                    a.rows(),
                    alpha,
                    x.at(a.offset),
                    a.stride,
                    beta,
                    z.at(c.offset),
                    c.stride);
        } else {
            throw mixed();
        }
    }

    /**
     * The Cholesky decomposition {@code M = L·Lᵀ} in place (LAPACK {@code dpotrf}), row-major, on the calling thread
     * inside {@link Workers#forEach}.
     *
     * @param matrix {@code n × n}; the lower triangle becomes L, the upper stays as it is
     * @return −1, or the index of the first pivot that is not positive, whose value then stands on the diagonal
     */
    public static int cholesky(int n, double[] matrix) {
        if (n < 1 || matrix.length < (long) n * n) {
            throw new IllegalArgumentException("a matrix of " + n + " × " + n + " is to be decomposed, and there are "
                    + matrix.length + " elements");
        }
        // a row-major lower triangle is an upper one by columns: no copy
        return openblas.LAPACKE_dpotrf(openblas.LAPACK_COL_MAJOR, (byte) 'U', n, matrix, n) - 1;
    }

    /**
     * Solves with a lower triangle, in place: {@code B ← op(L)⁻¹·B}, or {@code B ← B·op(L)⁻¹} where {@code right}.
     *
     * @param transposed whether op(L) = Lᵀ
     * @param l row-major from index 0, {@code ldl} between rows; as many rows as B has, or columns where {@code right}
     * @param b {@code rows × columns} from index {@code bAt}, {@code ldb} between rows
     */
    public static void solveTriangular(
            boolean right, boolean transposed, int rows, int columns, Reals l, int ldl, Reals b, int bAt, int ldb) {
        int side = right ? RIGHT : LEFT;
        int turn = transposed ? TRANSPOSED : NO;
        int n = right ? columns : rows;
        requireFit("L", l, 0, n, n, ldl);
        requireFit("B", b, bAt, rows, columns, ldb);
        if (l instanceof Floats x && b instanceof Floats y) {
            openblas.cblas_strsm(
                    ROW_MAJOR, side, LOWER, turn, NOT_UNIT, rows, columns, 1, x.at(0), ldl, y.at(bAt), ldb);
        } else if (l instanceof Doubles x && b instanceof Doubles y) {
            openblas.cblas_dtrsm(
                    ROW_MAJOR, side, LOWER, turn, NOT_UNIT, rows, columns, 1, x.at(0), ldl, y.at(bAt), ldb);
        } else {
            throw mixed();
        }
    }

    /**
     * {@code y = alpha·op(A)·x + beta·y}, A row-major {@code m × n}, in the precision of the arguments.
     *
     * @param transA whether op(A) = Aᵀ
     * @param stride the distance between elements of x; those of y are consecutive
     */
    public static void gemv(
            boolean transA,
            int m,
            int n,
            double alpha,
            Reals a,
            int aAt,
            int lda,
            Reals x,
            int xAt,
            int stride,
            double beta,
            Reals y,
            int yAt) {
        int op = transA ? TRANSPOSED : NO;
        requireFit("A", a, aAt, m, n, lda);
        requireFit("x", x, xAt, transA ? m : n, 1, stride);
        requireFit("y", y, yAt, transA ? n : m);
        if (a instanceof Floats f && x instanceof Floats g && y instanceof Floats h) {
            openblas.cblas_sgemv(
                    ROW_MAJOR, op, m, n, (float) alpha, f.at(aAt), lda, g.at(xAt), stride, (float) beta, h.at(yAt), 1);
        } else if (a instanceof Doubles f && x instanceof Doubles g && y instanceof Doubles h) {
            openblas.cblas_dgemv(ROW_MAJOR, op, m, n, alpha, f.at(aAt), lda, g.at(xAt), stride, beta, h.at(yAt), 1);
        } else {
            throw mixed();
        }
    }

    /** {@code y = S·x + beta·y}, S symmetric and given by its upper triangle, row-major {@code n × n}. */
    static void symv(int n, Reals s, int sAt, int lds, Reals x, int xAt, double beta, Reals y, int yAt) {
        requireFit("S", s, sAt, n, n, lds);
        requireFit("x", x, xAt, n);
        requireFit("y", y, yAt, n);
        if (s instanceof Floats f && x instanceof Floats g && y instanceof Floats h) {
            openblas.cblas_ssymv(ROW_MAJOR, UPPER, n, 1, f.at(sAt), lds, g.at(xAt), 1, (float) beta, h.at(yAt), 1);
        } else if (s instanceof Doubles f && x instanceof Doubles g && y instanceof Doubles h) {
            openblas.cblas_dsymv(ROW_MAJOR, UPPER, n, 1, f.at(sAt), lds, g.at(xAt), 1, beta, h.at(yAt), 1);
        } else {
            throw mixed();
        }
    }

    /** The inner product of {@code n} consecutive elements of each. */
    public static float dot(int n, Floats a, int aAt, Floats b, int bAt) {
        requireFit("a", a, aAt, n);
        requireFit("b", b, bAt, n);
        return openblas.cblas_sdot(n, a.at(aAt), 1, b.at(bAt), 1);
    }

    /** The inner product of {@code n} consecutive elements of each, in their precision. */
    public static double dot(int n, Reals a, int aAt, Reals b, int bAt) {
        if (a instanceof Floats x && b instanceof Floats y) {
            return dot(n, x, aAt, y, bAt);
        }
        if (a instanceof Doubles x && b instanceof Doubles y) {
            requireFit("a", a, aAt, n);
            requireFit("b", b, bAt, n);
            return openblas.cblas_ddot(n, x.at(aAt), 1, y.at(bAt), 1);
        }
        throw mixed();
    }

    /**
     * Inner products of matching segments of rows: adds {@code Σ_r ⟨a_r, b_r⟩} over the rows {@code [starts[s],
     * starts[s+1])} to {@code sums[s]}, for each s in {@code [from, to)}. Makes no object per segment.
     *
     * @param width the length of a row of a and of b, which are row-major from index 0
     */
    public static void dots(int from, int to, int[] starts, int width, Reals a, Reals b, double[] sums) {
        for (int s = from; s < to; s++) {
            if (starts[s] < 0 || starts[s + 1] < starts[s]) {
                throw new IllegalArgumentException("segment " + s + " has the rows [" + starts[s] + ", " + starts[s + 1]
                        + "); starts ascend from 0 or more");
            }
        }
        requireFit("a", a, 0, starts[to], width, width);
        requireFit("b", b, 0, starts[to], width, width);
        if (a instanceof Floats x && b instanceof Floats y) {
            FloatPointer left = new FloatPointer(x.at(0));
            FloatPointer right = new FloatPointer(y.at(0));
            for (int s = from; s < to; s++) {
                long at = (long) starts[s] * width;
                int count = (starts[s + 1] - starts[s]) * width;
                sums[s] += openblas.cblas_sdot(count, left.position(at), 1, right.position(at), 1);
            }
        } else if (a instanceof Doubles x && b instanceof Doubles y) {
            DoublePointer left = new DoublePointer(x.at(0));
            DoublePointer right = new DoublePointer(y.at(0));
            for (int s = from; s < to; s++) {
                long at = (long) starts[s] * width;
                int count = (starts[s + 1] - starts[s]) * width;
                sums[s] += openblas.cblas_ddot(count, left.position(at), 1, right.position(at), 1);
            }
        } else {
            throw mixed();
        }
    }

    /** {@code y += alpha·x} over {@code n} consecutive elements. */
    public static void axpy(int n, float alpha, Floats x, int xAt, Floats y, int yAt) {
        requireFit("x", x, xAt, n);
        requireFit("y", y, yAt, n);
        openblas.cblas_saxpy(n, alpha, x.at(xAt), 1, y.at(yAt), 1);
    }

    /**
     * {@code op(A)·op(B)} in double precision, row-major, without padding.
     *
     * @return a new {@code m × n} matrix
     */
    public static double[] multiply(boolean transA, boolean transB, int m, int n, int k, double[] a, double[] b) {
        if (m < 0 || n < 0 || k < 0 || a.length != (long) m * k || b.length != (long) k * n) {
            throw new IllegalArgumentException("op(A) is " + m + " × " + k + " and op(B) " + k + " × " + n
                    + ", but the arrays have " + a.length + " and " + b.length + " elements");
        }
        double[] c = new double[Math.multiplyExact(m, n)];
        openblas.cblas_dgemm(
                ROW_MAJOR,
                transA ? TRANSPOSED : NO,
                transB ? TRANSPOSED : NO,
                m,
                n,
                k,
                1,
                a,
                transA ? m : k,
                b,
                transB ? k : n,
                0,
                c,
                n);
        return c;
    }

    private static void requireFit(String name, Reals x, int at, int count) {
        requireFit(name, x, at, 1, count, count);
    }

    /** Refuses what would read or write memory of others. */
    private static void requireFit(String name, Reals x, int at, int rows, int columns, int stride) {
        if (!fits(x.length(), at, rows, columns, stride)) {
            throw new IllegalArgumentException(name + ", " + rows + " × " + columns + " with " + stride
                    + " elements from row to row, does not lie in " + x.length() + " elements from index " + at
                    + " on");
        }
    }

    /** Whether a matrix lies in memory of a length. */
    static boolean fits(int length, int at, int rows, int columns, int stride) {
        return at >= 0
                && rows >= 0
                && columns >= 0
                && stride >= columns
                && at + (rows - 1L) * stride + columns <= length;
    }
}
