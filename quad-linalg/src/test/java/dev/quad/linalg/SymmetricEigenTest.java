// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.NumericalException;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
