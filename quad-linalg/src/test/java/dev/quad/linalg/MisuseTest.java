// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.NumericalException;
import dev.quad.Precision;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Calls that would read or write memory of others: refused, whether assertions are on or not. */
class MisuseTest {
    private static final Floats TEN = Floats.allocate(10);
    private static final Floats HUNDRED = Floats.allocate(100);
    private static final Doubles TWOFOLD = Doubles.allocate(100);
    private static final Bytes BYTES = Bytes.scratch(10);

    @AfterAll
    static void close() {
        TEN.close();
        HUNDRED.close();
        TWOFOLD.close();
        BYTES.close();
    }

    private static DynamicTest misuse(String name, ThrowingCallable call, Class<?> type, String... words) {
        return dynamicTest(
                name, () -> assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(words));
    }

    private static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IllegalArgumentException.class, words);
    }

    /** Of a single element, which is read too often to say more. */
    private static DynamicTest outside(String name, ThrowingCallable call) {
        return dynamicTest(name, () -> assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class));
    }

    private static void product(Matrix a, Matrix b, Matrix c) {
        Blas.multiply(1, a, b, 0, c);
    }

    private static void gemv(Reals a, int aAt, int lda, Reals x, int xAt, Reals y, int yAt) {
        Blas.gemv(false, 3, 3, 1, a, aAt, lda, x, xAt, 1, 0, y, yAt);
    }

    private static void int8(int m, int aAt, int cAt) {
        Int8.gemm(m, 2, 2, BYTES, aAt, 2, BYTES, 0, 2, HUNDRED, cAt, 2);
    }

    @TestFactory
    Stream<DynamicTest> matrices() {
        Matrix square = Matrix.of(HUNDRED, 10, 10);
        Matrix small = Matrix.of(TEN, 2, 5);
        return Stream.of(
                argument("rows beyond the memory", () -> Matrix.of(TEN, 4, 3), "4 × 3", "10 elements"),
                argument("a negative place", () -> Matrix.of(TEN, -1, 1, 1, 1), "index -1"),
                argument("negative rows", () -> Matrix.of(TEN, -2, 3), "-2 × 3"),
                argument("rows that overlap", () -> Matrix.of(TEN, 0, 2, 3, 2), "2 × 3 with 2 elements"),
                argument("far rows", () -> Matrix.of(TEN, 0, 2, 2, Integer.MAX_VALUE), "10 elements"),
                misuse(
                        "rows that the matrix has not",
                        () -> small.rows(1, 2),
                        IndexOutOfBoundsException.class,
                        "2 rows from number 1 on",
                        "2 × 5"),
                misuse(
                        "rows that overflow",
                        () -> square.rows(1 << 30, 1),
                        IndexOutOfBoundsException.class,
                        "1 rows from number 1073741824"),
                misuse(
                        "columns that the matrix has not",
                        () -> small.columns(4, 2),
                        IndexOutOfBoundsException.class,
                        "2 columns from number 4 on",
                        "2 × 5"),
                misuse(
                        "columns before the first",
                        () -> square.transposed().columns(-1, 2),
                        IndexOutOfBoundsException.class,
                        "from number -1"),
                argument("products that do not fit", () -> product(small, small, square), "A is 2 × 5", "m × k"),
                argument(
                        "a product into a transpose",
                        () -> product(square, square, square.transposed()),
                        "C no transpose"),
                argument(
                        "a product of two precisions",
                        () -> product(square, Matrix.of(TWOFOLD, 10, 10), square),
                        "single and double precision are mixed"),
                argument("a gram of another shape", () -> Blas.gram(1, small, 0, square), "A is 2 × 5", "n × n"),
                argument(
                        "a gram of two precisions",
                        () -> Blas.gram(1, square, 0, Matrix.of(TWOFOLD, 10, 10)),
                        "precision are mixed"));
    }

    @TestFactory
    Stream<DynamicTest> vectors() {
        int[] falling = {0, 5, 3};
        double[] sums = new double[2];
        return Stream.of(
                argument("a dot beyond a", () -> Blas.dot(11, TEN, 0, HUNDRED, 0), "a, 1 × 11", "10 elements"),
                argument("a dot beyond b", () -> Blas.dot(5, HUNDRED, 0, TEN, 6), "b, 1 × 5", "index 6"),
                argument("a dot before b", () -> Blas.dot(5, HUNDRED, 0, TEN, -1), "b, 1 × 5", "index -1"),
                argument("a dot of less than nothing", () -> Blas.dot(-1, TEN, 0, TEN, 0), "1 × -1"),
                argument(
                        "a dot beyond doubles",
                        () -> Blas.dot(50, TWOFOLD, 0, TWOFOLD, 51),
                        "b, 1 × 50",
                        "100 elements"),
                argument(
                        "a dot of two precisions",
                        () -> Blas.dot(5, TWOFOLD, 0, (Reals) HUNDRED, 0),
                        "precision are mixed"),
                argument("a sum beyond y", () -> Blas.axpy(11, 1, HUNDRED, 0, TEN, 0), "y, 1 × 11"),
                argument("a sum beyond x", () -> Blas.axpy(11, 1, TEN, 0, HUNDRED, 0), "x, 1 × 11"),
                argument(
                        "segments that fall", () -> Blas.dots(0, 2, falling, 1, TEN, TEN, sums), "segment 1", "[5, 3)"),
                argument(
                        "segments from below 0",
                        () -> Blas.dots(0, 1, new int[] {-2, 3}, 1, TEN, TEN, sums),
                        "segment 0",
                        "[-2, 3)"),
                argument(
                        "segments beyond the memory",
                        () -> Blas.dots(0, 1, new int[] {0, 3_000_000}, 4, TEN, TEN, sums),
                        "a, 3000000 × 4",
                        "10 elements"),
                misuse(
                        "more segments than starts",
                        () -> Blas.dots(0, 3, new int[] {0, 1, 2}, 1, TEN, TEN, sums),
                        IndexOutOfBoundsException.class,
                        "3"),
                argument("a matrix beyond the memory", () -> gemv(TEN, 2, 3, TEN, 0, TEN, 0), "A, 3 × 3", "index 2"),
                argument("rows that overlap", () -> gemv(TEN, 0, 2, TEN, 0, TEN, 0), "A, 3 × 3 with 2"),
                argument("an x beyond the memory", () -> gemv(TEN, 0, 3, TEN, 8, TEN, 0), "x, 3 × 1", "index 8"),
                argument("a y beyond the memory", () -> gemv(TEN, 0, 3, TEN, 0, TEN, 9), "y, 1 × 3", "index 9"),
                argument(
                        "a symmetric matrix beyond the memory",
                        () -> Blas.symv(4, TEN, 0, 4, TEN, 0, 0, TEN, 0),
                        "S, 4 × 4"));
    }

    @TestFactory
    Stream<DynamicTest> decompositions() {
        return Stream.of(
                argument("a Cholesky of too little", () -> Blas.cholesky(4, new double[15]), "4 × 4", "15 elements"),
                argument("a Cholesky of nothing", () -> Blas.cholesky(0, new double[1]), "0 × 0"),
                argument("a Cholesky that overflows", () -> Blas.cholesky(1 << 17, new double[1]), "131072 × 131072"),
                argument(
                        "a triangle beyond the memory",
                        () -> Blas.solveTriangular(false, false, 4, 1, TEN, 4, HUNDRED, 0, 1),
                        "L, 4 × 4"),
                argument(
                        "a right side beyond the memory",
                        () -> Blas.solveTriangular(true, true, 4, 3, HUNDRED, 3, TEN, 0, 3),
                        "B, 4 × 3",
                        "10 elements"),
                argument(
                        "a triangle of another precision",
                        () -> Blas.solveTriangular(false, false, 3, 3, TWOFOLD, 3, HUNDRED, 0, 3),
                        "precision are mixed"),
                argument(
                        "arrays that do not fit",
                        () -> Blas.multiply(false, false, 2, 2, 2, new double[3], new double[4]),
                        "2 × 2",
                        "3 and 4 elements"),
                argument(
                        "arrays of a size that overflows",
                        () -> Blas.multiply(false, false, 1 << 16, 1, 1 << 16, new double[0], new double[1 << 16]),
                        "65536 × 65536"),
                argument(
                        "eigenvalues of three values",
                        () -> SymmetricEigen.of(new double[3], 2, "G"),
                        "G is to have 2 × 2 values, and has 3"),
                argument("eigenvalues of nothing", () -> SymmetricEigen.of(new double[0], 0, "G"), "0 × 0"),
                argument(
                        "eigenvalues of too much",
                        () -> SymmetricEigen.of(new double[9], 2, "A of layer 3"),
                        "A of layer 3 is to have 2 × 2",
                        "has 9"),
                misuse(
                        "eigenvalues of NaN",
                        () -> SymmetricEigen.of(new double[] {Double.NaN}, 1, "G"),
                        NumericalException.class,
                        "G holds the value NaN"),
                argument(
                        "vectors that are not square",
                        () -> SymmetricEigen.of(new double[3], TEN),
                        "3 eigenvalues with 10 values"),
                argument("a rank of 0", () -> LowRank.of(new double[4], 2, 2, 0, "V"), "rank is 0"),
                argument("a cut of too little", () -> LowRank.of(new double[3], 2, 2, 1, "V"), "V is to have 2 × 2"));
    }

    @TestFactory
    Stream<DynamicTest> memory() {
        Floats closed = Floats.allocate(9);
        closed.close();
        double[] target = new double[4];
        return Stream.of(
                argument("a negative length", () -> Floats.allocate(-1), "length is -1"),
                argument("a negative length of doubles", () -> Doubles.scratch(-1), "length is -1"),
                argument("a negative length of bytes", () -> Bytes.scratch(-1), "length is -1"),
                argument(
                        "more than an index counts",
                        () -> Reals.allocate(Precision.DOUBLE, 70_000, 70_000),
                        "70000 × 70000",
                        "less at a time"),
                outside("an element too high", () -> TEN.value(10)),
                outside("a negative element", () -> TWOFOLD.set(-1, 1.0)),
                misuse(
                        "a read beyond the end",
                        () -> TEN.read(8, target, 0, 3),
                        IndexOutOfBoundsException.class,
                        "[8, 8 + 3) out of bounds for length 10"),
                misuse(
                        "a read into too little",
                        () -> TEN.read(0, target, 0, 5),
                        IndexOutOfBoundsException.class,
                        "bounds for length 4"),
                misuse(
                        "a write beyond the end",
                        () -> TWOFOLD.write(98, target, 0, 3),
                        IndexOutOfBoundsException.class,
                        "[98, 98 + 3) out of bounds for length 100"),
                misuse(
                        "a clear beyond the end",
                        () -> TEN.clear(9, 2),
                        IndexOutOfBoundsException.class,
                        "[9, 9 + 2) out of bounds for length 10"),
                misuse(
                        "a copy beyond the end",
                        () -> TEN.copy(5, HUNDRED, 0, 6),
                        IndexOutOfBoundsException.class,
                        "[5, 5 + 6) out of bounds for length 10"),
                misuse(
                        "a slice beyond the end",
                        () -> TEN.slice(5, 6),
                        IndexOutOfBoundsException.class,
                        "[5, 5 + 6) out of bounds for length 10"),
                argument("a copy of another precision", () -> TEN.copy(0, TWOFOLD, 0, 1), "precision are mixed"),
                argument("and the other way", () -> TWOFOLD.copy(0, TEN, 0, 1), "precision are mixed"),
                misuse("an element of closed memory", () -> closed.value(0), IllegalStateException.class, "closed"),
                misuse(
                        "a product of closed memory",
                        () -> product(Matrix.of(closed, 3, 3), Matrix.of(TEN, 3, 3), Matrix.of(HUNDRED, 3, 3)),
                        IllegalStateException.class,
                        "closed"),
                misuse(
                        "a dot of closed memory",
                        () -> Blas.dot(9, closed, 0, TEN, 0),
                        IllegalStateException.class,
                        "closed"),
                argument("integers beyond A", () -> int8(6, 0, 0), "A, 6 × 2", "10 elements"),
                argument("integers before A", () -> int8(1, -1, 0), "A, 1 × 2", "index -1"),
                argument("a sum beyond C", () -> int8(2, 0, 99), "C, 2 × 2", "index 99"));
    }
}
