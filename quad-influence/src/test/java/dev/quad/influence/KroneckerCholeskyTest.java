// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import java.util.concurrent.ForkJoinPool;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KroneckerCholeskyTest {

    private static double[] solve(KroneckerCholesky inverse, Precision precision, double... v) {
        try (inverse;
                Reals matrix = Reals.of(precision, v);
                Reals solved = inverse.solve(matrix)) {
            return solved.toDoubles();
        }
    }

    private static double[] solve(KroneckerCase c, double output, double input, double... v) {
        return solve(
                KroneckerCholesky.of("test", c.g(), c.o(), output, c.a(), c.i(), input, Precision.DOUBLE),
                Precision.DOUBLE,
                v);
    }

    private static double[] dense(KroneckerCase c, double output, double input, double... v) {
        return Dense.solve(
                Dense.kron(
                        Dense.plusDiagonal(c.g(), c.o(), output),
                        c.o(),
                        Dense.plusDiagonal(c.a(), c.i(), input),
                        c.i()),
                v);
    }

    @Property(tries = 100)
    void solve_anyFactors_equalsTheDenseSolve(
            @ForAll @IntRange(min = 1, max = 9) int outputs,
            @ForAll @IntRange(min = 1, max = 9) int inputs,
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @DoubleRange(min = 0.01, max = 10) double output,
            @ForAll @DoubleRange(min = 0.01, max = 10) double input,
            @ForAll long seed) {
        KroneckerCase c = KroneckerCase.random(outputs, inputs, rows, 0, seed);
        double[] v = c.vector(seed);
        // Both solves: n u κ of the solution, which is at most |v| over the smallest eigenvalue.
        double condition = (1 + Dense.trace(c.g(), outputs) / output) * (1 + Dense.trace(c.a(), inputs) / input);
        assertThat(Dense.distance(solve(c, output, input, v), dense(c, output, input, v)))
                .isLessThan(10 * v.length * Math.ulp(1.0) * condition * Dense.norm(v) / (output * input));
    }

    @Test
    void solve_moreThanABlock_equalsTheDenseSolveInBothPrecisions() {
        for (int[] shape : new int[][] {{300, 2}, {2, 300}, {1, 1}}) {
            KroneckerCase c = KroneckerCase.random(shape[0], shape[1], 40, 0, 1);
            double[] v = c.vector(2);
            double[] expected = dense(c, 0.1, 0.2, v);
            assertThat(Dense.distance(solve(c, 0.1, 0.2, v), expected)).isLessThan(1e-11 * Dense.largest(expected));
            double[] single = solve(
                    KroneckerCholesky.of("test", c.g(), c.o(), 0.1, c.a(), c.i(), 0.2, Precision.SINGLE),
                    Precision.SINGLE,
                    v);
            assertThat(Dense.distance(single, expected)).isLessThan(1e-4 * Dense.largest(expected));
        }
    }

    /** It is what the eigenbasis gives under factored damping, and not {@code G ⊗ A + λI}. */
    @Test
    void factored_isFactoredDampingAndNotTheExactOne() {
        KroneckerCase c = KroneckerCase.random(7, 5, 30, 0.1, 3);
        double[] v = c.vector(4);
        double[] found = solve(
                KroneckerCholesky.factored("test", c.g(), 7, c.a(), 5, c.lambda(), Precision.DOUBLE),
                Precision.DOUBLE,
                v);
        LayerCurvature curvature = LayerCurvature.product(
                new LayerShape("test", 5, 7), SymmetricEigen.of(c.g(), 7, "G"), SymmetricEigen.of(c.a(), 5, "A"), 1);
        try (LayerInverse inverse = new LayerInverse(
                        curvature, java.util.List.of(Damping.factored(Damping.relative(0.1))), Precision.DOUBLE);
                Reals matrix = Reals.of(Precision.DOUBLE, v);
                Reals solved = inverse.solve(matrix)) {
            assertThat(Dense.distance(found, solved.toDoubles())).isLessThan(1e-10 * Dense.largest(found));
        }
        assertThat(Dense.distance(found, c.denseSolve(v))).isGreaterThan(0.02 * Dense.largest(found));
    }

    @Test
    void factored_zeroFactor_splitsEvenly() {
        double[] found = solve(
                KroneckerCholesky.factored("test", new double[4], 2, new double[4], 2, 0.25, Precision.DOUBLE),
                Precision.DOUBLE,
                1,
                2,
                3,
                4);
        assertThat(Dense.distance(found, new double[] {4, 8, 12, 16})).isLessThan(1e-13);
    }

    @Test
    void solve_onOneThreadOrMany_hasTheSameBits() throws Exception {
        KroneckerCase c = KroneckerCase.random(530, 310, 700, 0, 5);
        double[] v = c.vector(6);
        double[][] found = new double[2][];
        for (int i = 0; i < 2; i++) {
            ForkJoinPool pool = new ForkJoinPool(i == 0 ? 1 : 3);
            found[i] = pool.submit(() -> solve(c, 1e-3, 1e-3, v)).get();
            pool.shutdown();
        }
        assertThat(found[1]).containsExactly(found[0]);
    }

    @Test
    void of_singular_namesFactorPivotDampingAndRemedy() {
        KroneckerCase c = KroneckerCase.random(4, 3, 2, 0, 6);
        assertThatThrownBy(() -> solve(c, 0, 1))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("the output factor of test is singular under the damping 0.0: pivot ")
                .hasMessageContaining(" of 4 is ")
                .hasMessageContaining("relative(0.1)");
        assertThatThrownBy(() -> solve(c, 1, 0))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("the input factor of test is singular under the damping 0.0: pivot 3 of 3 is ");
        KroneckerCase negative = new KroneckerCase(2, 1, new double[] {1, 0, 0, -2}, new double[] {1}, 0);
        assertThatThrownBy(() -> solve(negative, 0.5, 0)).hasMessageContaining("pivot 2 of 2 is -1.5");
    }

    @Test
    void of_badArguments_saysWhatIsAllowed() {
        double[] one = {1};
        assertThatThrownBy(() -> KroneckerCholesky.of("it", one, 2, 0, one, 1, 0, Precision.SINGLE))
                .hasMessageContaining("the output factor of it has 1 values; 2 × 2 are needed");
        assertThatThrownBy(() -> KroneckerCholesky.of("it", one, 1, 0, one, 1, -1, Precision.SINGLE))
                .hasMessageContaining("the damping of the input factor of it is -1.0; allowed is [0, ∞)");
        double[] broken = {Double.NaN};
        assertThatThrownBy(() -> KroneckerCholesky.of("it", broken, 1, 0, one, 1, 0, Precision.SINGLE))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("the output factor of it holds the value NaN at row 0, column 0");
        long before = Floats.liveBytes() + Doubles.liveBytes();
        try (KroneckerCholesky inverse = KroneckerCholesky.of("it", one, 1, 0, one, 1, 0, Precision.SINGLE);
                Floats five = Floats.allocate(5)) {
            assertThatThrownBy(() -> inverse.solve(five)).hasMessageContaining("5 elements");
        }
        assertThatThrownBy(() -> KroneckerCholesky.of("it", one, 1, 0, new double[1], 1, 0, Precision.SINGLE))
                .isInstanceOf(NumericalException.class);
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }
}
