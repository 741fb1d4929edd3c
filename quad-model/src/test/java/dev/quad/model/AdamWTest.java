// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class AdamWTest {

    /** The update weight by weight in double precision, with β₁ = 0.9, β₂ = 0.95, ε = 1e-8. */
    static final class Reference {
        private final boolean[] decayed;
        private final double[] m;
        private final double[] v;
        private int step;

        Reference(DecoderConfig config) {
            Layout layout = new Layout(config);
            decayed = new boolean[layout.size()];
            m = new double[layout.size()];
            v = new double[layout.size()];
            CheckpointFolder.slots(config, layout)
                    .forEach((name, slot) -> Arrays.fill(
                            decayed,
                            slot.position(),
                            slot.position() + DecoderCase.size(slot),
                            !name.contains("norm")));
        }

        int size() {
            return m.length;
        }

        double[] step(float[] weights, double[] gradient, double rate, double decay) {
            step++;
            double[] result = new double[weights.length];
            for (int i = 0; i < result.length; i++) {
                m[i] = 0.9 * m[i] + 0.1 * gradient[i];
                v[i] = 0.95 * v[i] + 0.05 * gradient[i] * gradient[i];
                double first = m[i] / (1 - Math.pow(0.9, step));
                double second = v[i] / (1 - Math.pow(0.95, step));
                double shrink = decayed[i] ? decay * weights[i] : 0;
                result[i] = weights[i] - rate * (first / (Math.sqrt(second) + 1e-8) + shrink);
            }
            return result;
        }
    }

    /** More weights than one block of work. */
    private static final DecoderConfig CONFIG = DecoderConfig.builder(300)
            .width(32)
            .layers(2)
            .heads(2)
            .mlpWidth(40)
            .maxLength(8)
            .build();

    private static float[] gaussians(RandomGenerator random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void steps_equalTheFormulas() {
        RandomGenerator random = new Seed(1).stream("adam");
        Reference reference = new Reference(CONFIG);
        assertThat(reference.size()).isGreaterThan(1 << 14);
        double scale = 0.25;
        try (AdamW adam = new AdamW(CONFIG);
                Floats weights = Floats.of(gaussians(random, reference.size()));
                Floats gradient = Floats.allocate(reference.size())) {
            for (int step = 1; step <= 30; step++) {
                float[] g = gaussians(random, reference.size());
                for (int i = 0; i < g.length; i++) {
                    // sizes from 1e-12, below ε, to 1e6; and never any
                    g[i] *= i % 20 == 19 ? 0 : (float) Math.pow(10, i % 19 - 12);
                }
                gradient.set(0, g, 0, g.length);
                float[] before = weights.toArray();
                double[] scaled = new double[g.length];
                Arrays.setAll(scaled, i -> g[i] * scale);
                double rate = 0.01 / step;
                double[] expected = reference.step(before, scaled, rate, 0.3);
                adam.step(weights, gradient, (float) scale, step, rate, 0.3);
                for (int i = 0; i < expected.length; i++) {
                    double tolerance = 1e-5 * rate + 1.2e-7 * Math.abs(before[i]);
                    if (!(Math.abs(weights.get(i) - expected[i]) <= tolerance)) {
                        assertThat((double) weights.get(i))
                                .as("weight %s after step %s", i, step)
                                .isCloseTo(expected[i], within(tolerance));
                    }
                }
            }
        }
    }

    @Test
    void step_noGradient_shrinksAllButGains() {
        Layout at = new Layout(CONFIG);
        try (AdamW adam = new AdamW(CONFIG);
                Floats weights = Floats.allocate(at.size());
                Floats gradient = Floats.allocate(at.size())) {
            for (int i = 0; i < at.size(); i++) {
                weights.set(i, 1);
            }
            adam.step(weights, gradient, 1, 1, 0.5, 0.5);
            int gains = 0;
            for (int i = 0; i < at.size(); i++) {
                assertThat(weights.get(i)).isIn(1f, 0.75f);
                gains += weights.get(i) == 1 ? 1 : 0;
            }
            assertThat(gains).isEqualTo(5 * 32);
            for (int norm : new int[] {
                at.position(0, at.attentionNorm), at.position(1, at.mlpNorm), (int) at.start(at.finalNorm)
            }) {
                assertThat(weights.get(norm)).isEqualTo(1);
                assertThat(weights.get(norm + 31)).isEqualTo(1);
            }
        }
    }

    @Test
    void step_first_movesEveryWeightByTheRate() {
        Layout at = new Layout(CONFIG);
        try (AdamW adam = new AdamW(CONFIG);
                Floats weights = Floats.allocate(at.size());
                Floats gradient = Floats.of(gaussians(new Seed(3).stream("adam"), at.size()))) {
            adam.step(weights, gradient, 1000, 1, 0.125, 0);
            for (int i = 0; i < at.size(); i++) {
                assertThat(weights.get(i)).isCloseTo(-0.125f * Math.signum(gradient.get(i)), within(1e-6f));
            }
        }
    }
}
