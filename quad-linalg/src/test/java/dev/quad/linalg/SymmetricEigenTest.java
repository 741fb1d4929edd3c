// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.NumericalException;
import dev.quad.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SymmetricEigenTest {

    @Property(tries = 50)
    void of_symmetricMatrix_recomposesWithOrthogonalVectors(
            @ForAll @IntRange(min = 1, max = 40) int n, @ForAll long seed) {
        double[] matrix = symmetric(n, new Random(seed));
        SymmetricEigen eigen = SymmetricEigen.of(matrix, n, "S");
        double[] q = eigen.vectors();
        double[] scaled = q.clone();
        for (int i = 0; i < n * n; i++) {
            scaled[i] *= eigen.values()[i % n];
        }
        assertThat(eigen.size()).isEqualTo(n);
        assertThat(eigen.values()).isSorted();
        assertThat(Blas.multiply(false, true, n, n, n, scaled, q)).containsExactly(matrix, within(1e-12 * n));
        assertThat(Blas.multiply(true, false, n, n, n, q, q)).containsExactly(identity(n), within(1e-13 * n));
    }

    /** Sizes on both sides of each change in how the work is cut. Kernels add in other orders; there is room for it. */
    @ParameterizedTest
    @CsvSource({"33,SINGLE", "1024,SINGLE", "1025,SINGLE", "2305,SINGLE", "98,DOUBLE", "1027,DOUBLE"})
    void of_covariance_recomposesToItsPrecision(int n, Precision precision) {
        double[] matrix = covariance(n, 2 * n, new Random(n));
        SymmetricEigen eigen = SymmetricEigen.of(matrix, n, "S", precision);
        double unit = precision == Precision.SINGLE ? 0x1p-24 : 0x1p-53;
        double[] values = eigen.values();
        double[] q = eigen.vectors();
        double[] scaled = q.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= values[i % n];
        }
        assertThat(values).isSorted();
        assertThat(eigen.precision()).isEqualTo(precision);
        assertThat(distance(Blas.multiply(false, true, n, n, n, scaled, q), matrix))
                .isLessThan(100 * unit * values[n - 1]);
        assertThat(distance(Blas.multiply(true, false, n, n, n, q, q), identity(n)))
                .isLessThan((60 + 4 * Math.sqrt(n)) * unit);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void of_sameMatrix_hasTheSameBitsWithAnyNumberOfThreads(Precision precision) throws Exception {
        int n = 1100;
        double[] matrix = covariance(n, n, new Random(5));
        List<SymmetricEigen> found = new ArrayList<>();
        for (int threads : new int[] {1, 2, 5}) {
            ForkJoinPool pool = new ForkJoinPool(threads);
            found.add(pool.submit(() -> SymmetricEigen.of(matrix, n, "S", precision))
                    .get());
            pool.shutdown();
        }
        for (SymmetricEigen other : found) {
            assertThat(Arrays.equals(other.values(), found.get(0).values())).isTrue();
            assertThat(Arrays.equals(other.vectors(), found.get(0).vectors())).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-300, 1e-30, 1, 1e30, 1e300})
    void of_scaledMatrix_scalesTheValuesEvenInSinglePrecision(double scale) {
        double[] matrix = {2 * scale, 0, 0, scale, 2 * scale, 0, 0, 0, 5 * scale};
        double[] values = SymmetricEigen.of(matrix, 3, "S", Precision.SINGLE).values();
        assertThat(values).containsExactly(new double[] {scale, 3 * scale, 5 * scale}, within(1e-6 * scale));
    }

    @Test
    void of_zerosAndRankOne_areDecomposed() {
        assertThat(SymmetricEigen.of(new double[100 * 100], 100, "0").values()).containsOnly(0);
        double[] ones = new double[60 * 60];
        Arrays.fill(ones, 1);
        double[] values = SymmetricEigen.of(ones, 60, "1").values();
        assertThat(values[59]).isCloseTo(60, within(1e-12));
        assertThat(values[58]).isCloseTo(0, within(1e-12));
    }

    @Test
    void of_manyTimes_leavesNativeMemoryWhereItWas() {
        double[] matrix = covariance(40, 80, new Random(1));
        long before = Floats.liveBytes() + Doubles.liveBytes();
        for (int i = 0; i < 100; i++) {
            SymmetricEigen.of(matrix, 40, "S", i % 2 == 0 ? Precision.SINGLE : Precision.DOUBLE);
        }
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }

    private static double[] covariance(int n, int samples, Random random) {
        double[] x = new double[samples * n];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextGaussian() / Math.sqrt(1.0 + i % n);
        }
        return Blas.multiply(true, false, n, n, samples, x, x);
    }

    private static double distance(double[] a, double[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    @Test
    void of_matrix_readsOnlyTheLowerTriangleAndLeavesItAlone() {
        double[] matrix = {2, 99, 1, 2};
        assertThat(SymmetricEigen.of(matrix, 2, "S").values()).containsExactly(new double[] {1, 3}, within(1e-15));
        assertThat(matrix).containsExactly(2, 99, 1, 2);
    }

    @Test
    void valuesAndVectors_whenChanged_leaveTheDecomposition() {
        SymmetricEigen eigen = SymmetricEigen.of(identity(2), 2, "I");
        eigen.values()[0] = 7;
        eigen.vectors()[0] = 7;
        assertThat(eigen.values()).containsExactly(1, 1);
        assertThat(eigen.vectors()).doesNotContain(7);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void of_valueThatIsNotFinite_namesTheMatrixAndTheValue(double value) {
        assertThatThrownBy(() -> SymmetricEigen.of(new double[] {1, 0, value, 1}, 2, "the factor of layer 3"))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("the factor of layer 3")
                .hasMessageContaining(String.valueOf(value));
    }

    private static double[] symmetric(int n, Random random) {
        double[] matrix = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                matrix[i * n + j] = 2 * random.nextDouble() - 1;
                matrix[j * n + i] = matrix[i * n + j];
            }
        }
        return matrix;
    }

    private static double[] identity(int n) {
        double[] matrix = new double[n * n];
        for (int i = 0; i < n; i++) {
            matrix[i * (n + 1)] = 1;
        }
        return matrix;
    }
}
