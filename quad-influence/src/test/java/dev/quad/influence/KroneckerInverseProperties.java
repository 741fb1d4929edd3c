// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The damped inverse is an inverse: it equals elimination on the dense matrix, is linear, symmetric and positive. Bounds
 * are those of single precision, 1e-5 of {@code |V|/λ}, beyond which no rounding of V can be magnified.
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
    void solve_anyFactors_equalsTheDenseSolve(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        double[] v = c.vector(seed);
        assertThat(Dense.distance(c.solve(v), c.denseSolve(v))).isLessThan(1e-5 * c.bound(v));
    }

    @Property(tries = 50)
    void solve_sumOfMatrices_isTheSumOfTheSolutions(
            @ForAll("cases") KroneckerCase c, @ForAll long seed, @ForAll long other) {
        double[] u = c.vector(seed);
        double[] v = Dense.scaled(c.vector(other), -2.5);
        double[] together = c.solve(Dense.sum(u, v));
        double[] apart = Dense.sum(c.solve(u), c.solve(v));
        assertThat(Dense.distance(together, apart)).isLessThan(1e-5 * (c.bound(u) + c.bound(v)));
    }

    @Property(tries = 50)
    void solve_twoMatrices_isSymmetric(@ForAll("cases") KroneckerCase c, @ForAll long seed, @ForAll long other) {
        double[] u = c.vector(seed);
        double[] v = c.vector(other);
        assertThat(Math.abs(Dense.dot(u, c.solve(v)) - Dense.dot(c.solve(u), v)))
                .isLessThan(1e-5 * c.bound(u) * Dense.norm(v));
    }

    @Property(tries = 50)
    void solve_anyMatrix_hasAPositiveProductWithIt(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        double[] v = c.vector(seed);
        assertThat(Dense.dot(v, c.solve(v))).isPositive();
    }

    @Property(tries = 50)
    void solve_hugeDamping_isTheMatrixOverLambda(@ForAll("cases") KroneckerCase c, @ForAll long seed) {
        KroneckerCase huge = new KroneckerCase(c.o(), c.i(), c.g(), c.a(), 1e8 * c.lambda());
        double[] v = c.vector(seed);
        assertThat(Dense.distance(Dense.scaled(huge.solve(v), huge.lambda()), v))
                .isLessThan(1e-5 * Dense.norm(v));
    }
}
