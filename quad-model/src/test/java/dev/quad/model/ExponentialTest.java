// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExponentialTest {
    /** The bound the class promises. */
    private static final double ERROR = 5e-7;

    /** Every bit pattern of a negative number in steps of 997, and a dense grid where the curve bends. */
    private static float[] negatives() {
        int coarse = (0x7f80_0000 + 996) / 997;
        int fine = 200_000;
        float[] values = new float[coarse + fine];
        for (int i = 0; i < coarse; i++) {
            values[i] = -Float.intBitsToFloat(997 * i);
        }
        for (int i = 0; i < fine; i++) {
            values[coarse + i] = -i * (100f / fine);
        }
        return values;
    }

    private static void checkAll(float[] x, float[] found, DoubleUnaryOperator function) {
        double worst = 0;
        int at = 0;
        for (int i = 0; i < x.length; i++) {
            double error = Math.abs(found[i] - function.applyAsDouble(x[i]));
            if (!(error <= worst)) {
                worst = error;
                at = i;
            }
            if (!(found[i] >= 0 && found[i] <= 1)) {
                assertThat(found[i]).as("at %s", x[i]).isBetween(0f, 1f);
            }
        }
        assertThat(worst).as("error at %s", x[at]).isLessThan(ERROR);
    }

    @Test
    void exponentials_allNegatives_areWithinTheBound() {
        float[] x = negatives();
        float[] found = x.clone();
        Exponential.exponentials(found, x.length, 0);
        checkAll(x, found, Math::exp);
    }

    /** An absolute error of 1e-8 a word would be a part of 1.5 of what these words, 18 below the best, add up to. */
    @Test
    void exponentials_ofALargeVocabulary_addUpToTheirSum() {
        for (float below : new float[] {-4, -12, -17, -18, -20}) {
            float[] x = new float[128_256];
            Arrays.fill(x, below);
            Exponential.exponentials(x, x.length, 0);
            double sum = 0;
            for (float each : x) {
                sum += each;
            }
            assertThat(sum / (x.length * Math.exp(below)))
                    .as("words %s below", below)
                    .isCloseTo(1, within(1e-4));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {3.75f, -12.5f, 1000f, -1e6f, 1e30f})
    void exponentials_shifted_areThoseOfTheDifference(float shift) {
        float[] x = {shift, shift - 0.5f, shift - 1, shift - 40, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY};
        float[] found = x.clone();
        Exponential.exponentials(found, x.length, shift);
        for (int i = 0; i < x.length; i++) {
            assertThat((double) found[i]).isCloseTo(Math.exp(x[i] - shift), within(ERROR));
        }
        assertThat(found[0]).isEqualTo(1);
    }

    @Test
    void exponentials_farBelow_areZero() {
        float[] x = {-89, -1000, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY};
        Exponential.exponentials(x, x.length, 0);
        assertThat(x).containsOnly(0f);
    }

    @Test
    void exponentials_notANumber_staysOne() {
        float[] x = {Float.NaN, -1};
        Exponential.exponentials(x, 2, 0);
        assertThat(x[0]).isNaN();
        assertThat((double) x[1]).isCloseTo(Math.exp(-1), within(ERROR));
        // what a row of logits with an infinity becomes
        float[] y = {Float.POSITIVE_INFINITY, 0};
        Exponential.exponentials(y, 2, Float.POSITIVE_INFINITY);
        assertThat(y[0]).isNaN();
    }

    @Test
    void logistic_allNumbers_isWithinTheBound() {
        float[] x = negatives();
        float[] found = new float[x.length];
        Exponential.logistic(x, found, x.length);
        checkAll(x, found, ExponentialTest::logistic);
        for (int i = 0; i < x.length; i++) {
            x[i] = -x[i];
        }
        Exponential.logistic(x, found, x.length);
        checkAll(x, found, ExponentialTest::logistic);
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void logistic_extremes_areExact() {
        float[] x = {0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE};
        float[] found = new float[x.length];
        Exponential.logistic(x, found, x.length);
        assertThat(found).containsExactly(0.5f, 0.5f, 0.5f, 0.5f, 1f, 0f);
    }

    /** An infinite gate is a diverged model; NaN reaches the loss, and training stops there. */
    @Test
    void logistic_notFinite_isNotANumber() {
        float[] x = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        float[] found = new float[x.length];
        Exponential.logistic(x, found, x.length);
        assertThat(found).containsOnly(Float.NaN);
    }

    @Test
    void everything_beyondTheCount_isLeftAlone() {
        float[] x = {-1, -2, -3, 7};
        float[] sigma = {9, 9, 9, 9};
        Exponential.logistic(x, sigma, 2);
        assertThat(sigma[2]).isEqualTo(9);
        Exponential.exponentials(x, 2, 0);
        assertThat(x[2]).isEqualTo(-3);
        assertThat(Exponential.max(x, 3)).isEqualTo(x[0]);
        assertThat(Exponential.sum(new float[] {1, 2, 100}, 2)).isEqualTo(3);
        assertThat(Exponential.dot(new float[] {1, 2, 100}, new float[] {3, 4, 100}, 2))
                .isEqualTo(11);
    }

    @Test
    void sums_everyLength_equalPlainOnes() {
        RandomGenerator random = new Seed(1).stream("sums");
        for (int n = 1; n < 40; n++) {
            float[] x = new float[n];
            float[] y = new float[n];
            double sum = 0;
            double dot = 0;
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < n; i++) {
                x[i] = random.nextFloat() - 2;
                y[i] = random.nextFloat();
                sum += x[i];
                dot += (double) x[i] * y[i];
                max = Math.max(max, x[i]);
            }
            assertThat((double) Exponential.sum(x, n)).isCloseTo(sum, within(1e-6 * n));
            assertThat((double) Exponential.dot(x, y, n)).isCloseTo(dot, within(1e-6 * n));
            assertThat(Exponential.max(x, n)).isEqualTo(max);
        }
    }
}
