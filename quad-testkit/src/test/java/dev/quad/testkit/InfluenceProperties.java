// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** S12 to S14: what is true of {@code U(z) = ∇L(D_r)ᵀ P ∇L(z)} with P positive definite, and not of its cosine. */
class InfluenceProperties {
    private static final int DIMENSION = 4;

    private static double[] vector(RandomGenerator random) {
        double[] values = new double[DIMENSION];
        Arrays.setAll(values, i -> random.nextGaussian());
        return values;
    }

    private static double[][] positiveDefinite(RandomGenerator random) {
        double[][] root = {vector(random), vector(random), vector(random), vector(random)};
        double[][] p = new double[DIMENSION][DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            for (int j = 0; j < DIMENSION; j++) {
                p[i][j] = dot(root[i], root[j]) + (i == j ? 0.1 : 0);
            }
        }
        return p;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[] times(double[][] p, double[] x) {
        return Arrays.stream(p).mapToDouble(row -> dot(row, x)).toArray();
    }

    private static double influence(double[][] p, double[] reference, double[] z) {
        return dot(times(p, reference), z);
    }

    private static double cosine(double[][] p, double[] reference, double[] z) {
        double[] v = times(p, reference);
        return dot(v, z) / Math.sqrt(dot(v, v) * dot(z, z));
    }

    private static double[] mix(double[] a, double[] b, double weight) {
        double[] mixed = new double[a.length];
        Arrays.setAll(mixed, i -> weight * a[i] + (1 - weight) * b[i]);
        return mixed;
    }

    /** S12. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void influence_isLinearInTheReference(@ForAll long key) {
        RandomGenerator random = Numbers.of(key);
        double[][] p = positiveDefinite(random);
        double[] a = vector(random);
        double[] b = vector(random);
        double[] z = vector(random);
        double w = random.nextDouble();
        double one = influence(p, a, z);
        double other = influence(p, b, z);
        assertThat(influence(p, mix(a, b, w), z))
                .isCloseTo(w * one + (1 - w) * other, within(1e-10 * (Math.abs(one) + Math.abs(other) + 1)));
    }

    /** S12 of the cosine is false. */
    @Test
    void cosine_isNotLinearInTheReference() {
        double[][] identity = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
        double[] a = {1, 0, 0, 0};
        double[] b = {0, 1, 0, 0};
        double mixed = cosine(identity, mix(a, b, 0.5), a);
        double mean = 0.5 * cosine(identity, a, a) + 0.5 * cosine(identity, b, a);
        System.out.println("the cosine is linear in the reference is false: half of each gives " + mixed
                + ", the mean of both is " + mean);
        assertThat(mixed).isCloseTo(Math.sqrt(0.5), within(1e-12));
        assertThat(mean).isEqualTo(0.5);
    }

    /** S13. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void influence_ofTheReferenceItself_isNotNegative(@ForAll long key) {
        RandomGenerator random = Numbers.of(key);
        double[][] p = positiveDefinite(random);
        double[] z = vector(random);
        assertThat(influence(p, z, z)).isPositive();
    }

    /** S14. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void influence_isSymmetric(@ForAll long key) {
        RandomGenerator random = Numbers.of(key);
        double[][] p = positiveDefinite(random);
        double[] a = vector(random);
        double[] b = vector(random);
        assertThat(influence(p, a, b))
                .isCloseTo(influence(p, b, a), within(1e-10 * (1 + Math.abs(influence(p, a, b)))));
    }
}
