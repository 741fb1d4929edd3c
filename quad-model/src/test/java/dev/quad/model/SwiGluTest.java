// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.linalg.Floats;
import org.junit.jupiter.api.Test;

class SwiGluTest {
    private static final int WIDTH = 7;
    /** Two rows: seven gates, then seven ups. */
    private static final float[] GATE_UP = {
        0, 1.5f, -1.5f, 6, -6, 100, -100, 2, 3, -4, 0.5f, 5, -2, 3, -0.3f, 0.3f, 2, -2, 1e-6f, 30, -30, 1, -1, 0, 2, 7,
        0.1f, 9
    };

    private static final float[] UPSTREAM = {1, -2, 3, 0.5f, 0.1f, -1, 2, 0, 1, 1, -1, 2, 3, -4};

    private static double unit(double gate, double up) {
        return gate / (1 + Math.exp(-gate)) * up;
    }

    private static float[] forward(int from, int count) {
        try (Floats in = Floats.of(GATE_UP);
                Floats h = Floats.allocate(2 * WIDTH)) {
            SwiGlu.forward(in, h, from, count, WIDTH);
            return h.toArray();
        }
    }

    @Test
    void forward_equalsTheFormula() {
        float[] h = forward(0, 2);
        for (int i = 0; i < 2 * WIDTH; i++) {
            int gate = i / WIDTH * 2 * WIDTH + i % WIDTH;
            double expected = unit(GATE_UP[gate], GATE_UP[gate + WIDTH]);
            double size = Math.abs(GATE_UP[gate] * GATE_UP[gate + WIDTH]);
            assertThat((double) h[i]).as("at %s", i).isCloseTo(expected, within(5e-7 * size + 1e-9));
        }
    }

    @Test
    void forward_oneRow_leavesTheOtherAlone() {
        float[] both = forward(0, 2);
        float[] second = forward(1, 1);
        for (int i = 0; i < 2 * WIDTH; i++) {
            assertThat(second[i]).isEqualTo(i < WIDTH ? 0 : both[i]);
        }
    }

    @Test
    void backward_equalsDifferences() {
        float[] gradient;
        try (Floats in = Floats.of(GATE_UP);
                Floats dh = Floats.of(UPSTREAM);
                Floats result = Floats.allocate(4 * WIDTH)) {
            SwiGlu.backward(dh, in, result, 0, 2, WIDTH);
            gradient = result.toArray();
        }
        double step = 1e-5;
        for (int i = 0; i < 2 * WIDTH; i++) {
            int gate = i / WIDTH * 2 * WIDTH + i % WIDTH;
            double a = GATE_UP[gate];
            double b = GATE_UP[gate + WIDTH];
            double dGate = (unit(a + step, b) - unit(a - step, b)) / (2 * step);
            double dUp = (unit(a, b + step) - unit(a, b - step)) / (2 * step);
            double size = 1e-5 * (1 + Math.abs(a)) * (1 + Math.abs(b));
            assertThat((double) gradient[gate])
                    .as("gate %s", i)
                    .isCloseTo(UPSTREAM[i] * dGate, within(Math.abs(UPSTREAM[i]) * size + 1e-9));
            assertThat((double) gradient[gate + WIDTH])
                    .as("up %s", i)
                    .isCloseTo(UPSTREAM[i] * dUp, within(Math.abs(UPSTREAM[i]) * size + 1e-9));
        }
    }
}
