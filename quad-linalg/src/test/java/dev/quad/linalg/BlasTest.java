// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** BLAS against plain loops in double precision. */
class BlasTest {
    private static final double TOLERANCE = 2e-5;

    @Property(tries = 300)
    void multiply_anyViews_equalsPlainLoops(
            @ForAll boolean transA,
            @ForAll boolean transB,
            @ForAll @IntRange(min = 0, max = 20) int m,
            @ForAll @IntRange(min = 0, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 40) int k,
            @ForAll @IntRange(min = 0, max = 5) int padding,
            @ForAll @IntRange(min = 0, max = 7) int offset,
            @ForAll long seed) {
        Random random = new Random(seed);
        Strided a = Strided.random(random, transA ? k : m, transA ? m : k, padding, offset);
        Strided b = Strided.random(random, transB ? n : k, transB ? k : n, padding, offset);
        Strided c = Strided.random(random, m, n, padding, offset);
        float alpha = random.nextFloat() - 0.5f;
        float beta = random.nextBoolean() ? 0 : random.nextFloat();
        float[] expected = c.values.clone();
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) (transA ? a.get(l, i) : a.get(i, l)) * (transB ? b.get(j, l) : b.get(l, j));
                }
                expected[c.index(i, j)] = (float) (alpha * sum + beta * c.get(i, j));
            }
        }
        try (Floats left = Floats.of(a.values);
                Floats right = Floats.of(b.values);
                Floats result = Floats.of(c.values)) {
            Matrix first = Matrix.of(left, offset, transA ? k : m, transA ? m : k, a.stride);
            Matrix second = Matrix.of(right, offset, transB ? n : k, transB ? k : n, b.stride);
            Blas.multiply(
                    alpha,
                    transA ? first.transposed() : first,
                    transB ? second.transposed() : second,
                    beta,
                    Matrix.of(result, offset, m, n, c.stride));
            assertClose(result.toArray(), expected);
        }
    }

    @Property(tries = 100)
    void gram_anyShape_isTheLowerTriangleAndLeavesTheUpper(
            @ForAll @IntRange(min = 1, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 40) int k,
            @ForAll @IntRange(min = 0, max = 5) int padding,
            @ForAll @IntRange(min = 0, max = 7) int offset,
            @ForAll long seed) {
        Random random = new Random(seed);
        Strided a = Strided.random(random, k, n, padding, offset);
        Strided c = Strided.random(random, n, n, padding, offset);
        float[] expected = c.values.clone();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) a.get(l, i) * a.get(l, j);
                }
                expected[c.index(i, j)] = (float) (0.5 * sum + 2 * (double) c.get(i, j));
            }
        }
        try (Floats left = Floats.of(a.values);
                Floats result = Floats.of(c.values)) {
            Blas.gram(0.5, Matrix.of(left, offset, k, n, a.stride), 2, Matrix.of(result, offset, n, n, c.stride));
            assertClose(result.toArray(), expected);
        }
    }

    @Property(tries = 100)
    void dotAndAxpy_anyLengthAndOffset_equalPlainLoops(
            @ForAll @IntRange(min = 0, max = 100) int n,
            @ForAll @IntRange(min = 0, max = 7) int xAt,
            @ForAll @IntRange(min = 0, max = 7) int yAt,
            @ForAll long seed) {
        Random random = new Random(seed);
        Strided x = Strided.random(random, 1, n, 3, xAt);
        Strided y = Strided.random(random, 1, n, 3, yAt);
        double dot = 0;
        float[] expected = y.values.clone();
        for (int i = 0; i < n; i++) {
            dot += (double) x.get(0, i) * y.get(0, i);
            expected[yAt + i] = (float) (y.get(0, i) - 0.75 * x.get(0, i));
        }
        try (Floats left = Floats.of(x.values);
                Floats right = Floats.of(y.values)) {
            assertThat((double) Blas.dot(n, left, xAt, right, yAt)).isCloseTo(dot, within(TOLERANCE));
            Blas.axpy(n, -0.75f, left, xAt, right, yAt);
            assertClose(right.toArray(), expected);
        }
    }

    @Property(tries = 100)
    void multiply_anyShapeAndTransposition_equalsPlainLoops(
            @ForAll boolean transA,
            @ForAll boolean transB,
            @ForAll @IntRange(min = 1, max = 20) int m,
            @ForAll @IntRange(min = 1, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 20) int k,
            @ForAll long seed) {
        double[] a = new Random(seed).doubles((long) m * k, -1, 1).toArray();
        double[] b = new Random(seed + 1).doubles((long) k * n, -1, 1).toArray();
        double[] c = Blas.multiply(transA, transB, m, n, k, a, b);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += a[transA ? l * m + i : i * k + l] * b[transB ? j * k + l : l * n + j];
                }
                assertThat(c[i * n + j]).isCloseTo(sum, within(1e-13));
            }
        }
    }

    @Test
    void multiply_arrayOfAnotherShape_namesShapeAndLengths() {
        assertThatThrownBy(() -> Blas.multiply(false, false, 2, 2, 3, new double[6], new double[5]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 × 3")
                .hasMessageContaining("3 × 2")
                .hasMessageContaining("6 and 5");
    }

    @Test
    void multiply_shapesThatDoNotFit_namesThem() {
        try (Floats memory = Floats.allocate(12);
                Doubles exact = Doubles.allocate(12)) {
            Matrix a = Matrix.of(memory, 2, 3);
            Matrix c = Matrix.of(memory, 2, 2);
            assertThatThrownBy(() -> Blas.multiply(1, a, Matrix.of(memory, 4, 2), 0, c))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("A is 2 × 3, B 4 × 2 and C 2 × 2; needed are m × k, k × n and m × n");
            assertThatThrownBy(() -> Blas.multiply(1, a, Matrix.of(memory, 3, 4), 0, c))
                    .hasMessageContaining("A is 2 × 3, B 3 × 4 and C 2 × 2");
            assertThatThrownBy(() -> Blas.multiply(1, a, Matrix.of(memory, 3, 2), 0, c.transposed()))
                    .hasMessageContaining("C 2 × 2, a transpose");
            assertThatThrownBy(() -> Blas.gram(1, a, 0, c)).hasMessageContaining("A is 2 × 3 and C 2 × 2");
            assertThatThrownBy(() -> Blas.multiply(1, a, Matrix.of(exact, 3, 2), 0, c))
                    .hasMessageContaining("mixed");
        }
    }

    @Test
    void matrix_partsOfATranspose_areTransposesOfParts() {
        try (Floats memory = Floats.of(0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);
                Floats result = Floats.allocate(2, 2);
                Floats one = Floats.of(1, 0, 0, 1)) {
            Matrix whole = Matrix.of(memory, 3, 4);
            Matrix identity = Matrix.of(one, 2, 2);
            Matrix target = Matrix.of(result, 2, 2);
            Blas.multiply(1, whole.transposed().rows(1, 2).columns(1, 2), identity, 0, target);
            assertThat(result.toArray()).containsExactly(11, 21, 12, 22);
            Blas.multiply(1, whole.rows(1, 2).columns(2, 2), identity, 0, target);
            assertThat(result.toArray()).containsExactly(12, 13, 22, 23);
        }
    }

    @Test
    void matrix_outsideTheMemory_saysWhere() {
        try (Floats memory = Floats.allocate(12)) {
            assertThatThrownBy(() -> Matrix.of(memory, 1, 3, 4, 4))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("3 × 4", "12 elements from index 1 on");
            assertThatThrownBy(() -> Matrix.of(memory, 3, 4).rows(2, 2))
                    .hasMessageContaining("2 rows from number 2 on");
            assertThatThrownBy(() -> Matrix.of(memory, 0, 3, 4, 3)).hasMessageContaining("3 elements from row to row");
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void core_onLinuxAmd64_isKnown() {
        assertThat(Blas.core()).isNotEqualTo("unknown");
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).as("element %d", i).isCloseTo(expected[i], within(TOLERANCE));
        }
    }

    /** A matrix inside an array, with other values around it. */
    private static final class Strided {
        final float[] values;
        final int stride;
        final int offset;

        Strided(float[] values, int stride, int offset) {
            this.values = values;
            this.stride = stride;
            this.offset = offset;
        }

        static Strided random(Random random, int rows, int columns, int padding, int offset) {
            int stride = Math.max(1, columns + padding);
            float[] values = new float[offset + rows * stride];
            for (int i = 0; i < values.length; i++) {
                values[i] = 2 * random.nextFloat() - 1;
            }
            return new Strided(values, stride, offset);
        }

        int index(int row, int column) {
            return offset + row * stride + column;
        }

        float get(int row, int column) {
            return values[index(row, column)];
        }
    }
}
