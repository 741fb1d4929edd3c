// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.linalg.Floats;
import dev.quad.linalg.SymmetricEigen;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KroneckerInverseTest {

    @ParameterizedTest
    @CsvSource({"130, 2", "2, 130", "257, 1"})
    void solve_moreRowsThanABlock_equalsTheDenseSolve(int outputs, int inputs) {
        KroneckerCase c = KroneckerCase.random(outputs, inputs, 40, 0.1, 1);
        double[] v = c.vector(2);
        assertThat(Dense.distance(c.solve(v), c.denseSolve(v))).isLessThan(1e-5 * c.bound(v));
    }

    @Test
    void solve_twoByOne_isWhatPaperAndPencilGive() {
        // G = diag(1, 3), A = (2), λ = 4: eigenvalues 2 + 4 and 6 + 4
        KroneckerCase c = new KroneckerCase(2, 1, new double[] {1, 0, 0, 3}, new double[] {2}, 4);
        double[] result = c.solve(new double[] {6, 20});
        assertThat(Dense.distance(result, new double[] {1, 2})).isLessThan(1e-6);
    }

    @Test
    void solve_factoredDampingInstead_isAnotherMatrix() {
        KroneckerCase c = KroneckerCase.random(2, 3, 20, 0.1, 3);
        double[] v = c.vector(4);
        double[] exact = c.solve(v);
        double[] factored = c.factoredSolve(v);
        assertThat(Dense.distance(exact, factored))
                .as(
                        "G = %s, A = %s, lambda = %s, V = %s: exact damping gives %s, factored damping %s",
                        Arrays.toString(c.g()),
                        Arrays.toString(c.a()),
                        c.lambda(),
                        Arrays.toString(v),
                        Arrays.toString(exact),
                        Arrays.toString(factored))
                .isGreaterThan(0.05 * Dense.largest(exact));
    }

    @Test
    void meanEigenvalue_anyFactors_isTheMeanOfTheGrid() {
        KroneckerCase c = KroneckerCase.random(3, 4, 20, 0.1, 5);
        double mean = LayerCurvature.product(
                        new LayerShape("layer", 4, 3),
                        SymmetricEigen.of(c.g(), 3, "G"),
                        SymmetricEigen.of(c.a(), 4, "A"),
                        1)
                .meanEigenvalue();
        assertThat(mean).isCloseTo(Dense.trace(Dense.kron(c.g(), 3, c.a(), 4), 12) / 12, within(1e-12 * mean));
    }

    @Test
    void of_singularWithoutDamping_saysWhatToDo() {
        KroneckerCase c = KroneckerCase.random(4, 3, 2, 0, 6);
        assertThatThrownBy(() -> c.inverse(Precision.SINGLE))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("singular")
                .hasMessageContaining("its smallest eigenvalue is 0.00")
                .hasMessageContaining("use a larger damping");
    }

    @Test
    void of_zeroFactors_isSingularUnlessDamped() {
        KroneckerCase zero = new KroneckerCase(2, 2, new double[4], new double[4], 0);
        assertThatThrownBy(() -> zero.inverse(Precision.SINGLE)).isInstanceOf(NumericalException.class);
        KroneckerCase damped = new KroneckerCase(2, 2, new double[4], new double[4], 0.5);
        assertThat(damped.solve(new double[] {1, 2, 3, 4})).containsExactly(2, 4, 6, 8);
    }

    @Test
    void of_notANumberAsDamping_isRefused() {
        KroneckerCase c = new KroneckerCase(1, 1, new double[] {1}, new double[] {1}, Double.NaN);
        assertThatThrownBy(() -> c.inverse(Precision.SINGLE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }

    @Test
    void close_afterSolves_returnsAllMemory() {
        long before = Floats.liveBytes();
        KroneckerCase c = KroneckerCase.random(5, 4, 9, 0.1, 8);
        for (int repeat = 0; repeat < 3; repeat++) {
            c.solve(c.vector(repeat));
        }
        LayerInverse inverse = c.inverse(Precision.SINGLE);
        assertThat(Floats.liveBytes()).isGreaterThan(before);
        inverse.close();
        inverse.close();
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }
}
