// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Precision;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The damped inverse is an inverse: it equals elimination on the dense matrix, is linear, symmetric and positive. Names
 * begin with the number of the law. In single precision to 1e-5 of {@code |V|/λ}, beyond which no rounding of V can be
 * magnified; in double to 1e-10 of it.
 */
class KroneckerInverseProperties {

    @Provide
    Arbitrary<KroneckerCase> cases() {
        Arbitrary<Integer> sizes = Arbitraries.integers().between(1, 9);
        Arbitrary<Integer> rows = Arbitraries.integers().between(1, 20);
        Arbitrary<Double> damping = Arbitraries.doubles().between(0.01, 10);
        return Combinators.combine(sizes, sizes, rows, damping, Arbitraries.longs())
                .as(KroneckerCase::random);
    }

    @Property(tries = 100)
    void k1_solve_equalsTheDenseSolve(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        double[] v = c.vector(seed);
        double[] expected = c.denseSolve(v);
        assertThat(Dense.distance(c.solve(v), expected)).isLessThan(1e-5 * c.bound(v));
        assertThat(Dense.distance(c.exactSolve(v), expected)).isLessThan(1e-10 * c.bound(v));
    }

    /** {@code (G ⊗ A)(G⁻¹ ⊗ A⁻¹) = I}, for factors with 1 added, and so a condition of a hundred or two. */
    @Property(tries = 50)
    void k1_productOfTheInverses_isTheInverseOfTheProduct(@ForAll("cases") KroneckerCase c) {
        double[] g = Dense.plusDiagonal(Dense.scaled(c.g(), 1 / Dense.trace(c.g(), c.o())), c.o(), 0.1);
        double[] a = Dense.plusDiagonal(Dense.scaled(c.a(), 1 / Dense.trace(c.a(), c.i())), c.i(), 0.1);
        KroneckerCase regular = new KroneckerCase(c.o(), c.i(), g, a, 0);
        int n = c.o() * c.i();
        double[] product = Dense.kron(g, c.o(), a, c.i());
        double[] inverse = Dense.kron(Dense.inverse(g, c.o()), c.o(), Dense.inverse(a, c.i()), c.i());
        double[] identity = Dense.plusDiagonal(new double[n * n], n, 1);
        double[] v = c.vector(1);

        assertThat(Dense.distance(Dense.product(product, inverse, n), identity)).isLessThan(1e-8);
        assertThat(Dense.distance(regular.exactSolve(v), Dense.product(inverse, v, n)))
                .isLessThan(1e-8 * Dense.norm(v));
    }

    @Property(tries = 50)
    void k2_solveOfTheProduct_isTheMatrix(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        double[] v = c.vector(seed);
        double[] product = Dense.product(c.dense(), v, v.length);
        assertThat(Dense.distance(c.exactSolve(product), v)).isLessThan(1e-10 * c.bound(product));
        assertThat(Dense.distance(Dense.product(c.dense(), c.exactSolve(v), v.length), v))
                .isLessThan(1e-10 * c.bound(v) * Dense.norm(c.dense()));
    }

    @Property(tries = 50)
    void k2_solve_sumOfMatrices_isTheSumOfTheSolutions(
            @ForAll("cases") KroneckerCase c, @ForAll long seed, @ForAll long other) {
        double[] u = c.vector(seed);
        double[] v = Dense.scaled(c.vector(other), -2.5);
        double bound = c.bound(u) + c.bound(v);
        assertThat(Dense.distance(c.solve(Dense.sum(u, v)), Dense.sum(c.solve(u), c.solve(v))))
                .isLessThan(1e-5 * bound);
        assertThat(Dense.distance(c.exactSolve(Dense.sum(u, v)), Dense.sum(c.exactSolve(u), c.exactSolve(v))))
                .isLessThan(1e-10 * bound);
    }

    @Property(tries = 50)
    void k2_solve_twoMatrices_isSymmetric(@ForAll("cases") KroneckerCase c, @ForAll long seed, @ForAll long other) {
        double[] u = c.vector(seed);
        double[] v = c.vector(other);
        double bound = c.bound(u) * Dense.norm(v);
        assertThat(Math.abs(Dense.dot(u, c.solve(v)) - Dense.dot(c.solve(u), v)))
                .isLessThan(1e-5 * bound);
        assertThat(Math.abs(Dense.dot(u, c.exactSolve(v)) - Dense.dot(c.exactSolve(u), v)))
                .isLessThan(1e-10 * bound);
    }

    @Property(tries = 50)
    void k2_solve_anyMatrix_hasAPositiveProductWithIt(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        double[] v = c.vector(seed);
        assertThat(Dense.dot(v, c.solve(v))).isPositive();
    }

    /**
     * False for every λ > 0: the factored product has {@code √λ·π G ⊗ I + (√λ/π) I ⊗ A} on top, and so solves to less.
     */
    @Property(tries = 50)
    void k3_factoredDamping_isNeverTheExactOne(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        double[] v = c.vector(seed);
        LayerCurvature curvature = LayerCurvature.product(
                new LayerShape("k3", c.i(), c.o()),
                SymmetricEigen.of(c.g(), c.o(), "G"),
                SymmetricEigen.of(c.a(), c.i(), "A"),
                1);
        double[] exact = solve(curvature, Damping.absolute(c.lambda()), v);
        double[] factored = solve(curvature, Damping.factored(Damping.absolute(c.lambda())), v);

        assertThat(Dense.distance(exact, c.denseSolve(v))).isLessThan(1e-10 * c.bound(v));
        assertThat(Dense.dot(v, factored)).isLessThan(Dense.dot(v, exact) * (1 - 1e-6));
    }

    private static double[] solve(LayerCurvature curvature, Damping damping, double... v) {
        try (LayerInverse inverse = new LayerInverse(curvature, damping, Precision.DOUBLE);
                Reals input = Reals.of(Precision.DOUBLE, v);
                Reals result = inverse.solve(input)) {
            return result.toDoubles();
        }
    }

    @Example
    void k3_factoredDamping_ofOneWeight_isAnotherNumber() {
        LayerCurvature one = LayerCurvature.product(
                new LayerShape("one", 1, 1),
                SymmetricEigen.of(new double[] {1}, 1, "G"),
                SymmetricEigen.of(new double[] {1}, 1, "A"),
                1);
        double exact = solve(one, Damping.absolute(1), 1)[0];
        double factored = solve(one, Damping.factored(Damping.absolute(1)), 1)[0];

        Shown.counterExample(
                "K3: exact damping equals factored damping",
                "G = A = lambda = V = 1: 1/(1 + 1) = %.2f, but 1/((1 + 1)(1 + 1)) = %.2f",
                exact,
                factored);
        assertThat(exact).isCloseTo(0.5, within(1e-15));
        assertThat(factored).isCloseTo(0.25, within(1e-15));
    }

    @Property(tries = 50)
    void k7_hugeDamping_isTheMatrixOverLambda(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        KroneckerCase huge = new KroneckerCase(c.o(), c.i(), c.g(), c.a(), 1e8 * c.lambda());
        double[] v = c.vector(seed);
        // λ is at least 1e6 times the mean eigenvalue, and the largest at most 81 times the mean
        assertThat(Dense.distance(Dense.scaled(huge.solve(v), huge.lambda()), v))
                .isLessThan(1e-4 * Dense.norm(v));
        assertThat(Dense.distance(Dense.scaled(huge.exactSolve(v), huge.lambda()), v))
                .isLessThan(1e-4 * Dense.norm(v));
    }
}
