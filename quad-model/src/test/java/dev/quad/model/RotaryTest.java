// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RotaryTest {
    private static final int H = 6;
    private static final double THETA = 100;
    /** Two query heads, one key head and one value head: rows of four times six. */
    private static final DecoderConfig CONFIG = DecoderConfig.builder(9)
            .width(2 * H)
            .layers(1)
            .heads(2)
            .keyValueHeads(1)
            .mlpWidth(4)
            .maxLength(40)
            .ropeTheta(THETA)
            .tiedHead(true)
            .build();

    private static final int STRIDE = 4 * H;

    private static float[] gaussians(int size) {
        RandomGenerator random = new Seed(1).stream("rotary");
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] turned(float[] rows, int[] positions, int direction, int from, int count) {
        try (Floats x = Floats.of(rows)) {
            Rotary rotary = new Rotary(CONFIG);
            rotary.upTo(5);
            rotary.upTo(40);
            rotary.turn(x, STRIDE, 3, positions, direction, from, count);
            return x.toArray();
        }
    }

    @Test
    void turn_pairs_areTurnedByTheAngle() {
        int[] positions = {0, 1, 17, 39};
        float[] rows = gaussians(4 * STRIDE);
        float[] found = turned(rows, positions, 1, 0, 4);
        for (int row = 0; row < 4; row++) {
            for (int head = 0; head < 3; head++) {
                for (int j = 0; j < H / 2; j++) {
                    double angle = positions[row] * Math.pow(THETA, -2.0 * j / H);
                    int a = row * STRIDE + head * H + j;
                    int b = a + H / 2;
                    assertThat((double) found[a])
                            .isCloseTo(rows[a] * Math.cos(angle) - rows[b] * Math.sin(angle), within(1e-6));
                    assertThat((double) found[b])
                            .isCloseTo(rows[a] * Math.sin(angle) + rows[b] * Math.cos(angle), within(1e-6));
                }
            }
        }
    }

    @Test
    void turn_valuesAndOtherRows_areLeftAlone() {
        float[] rows = gaussians(5 * STRIDE);
        float[] found = turned(rows, new int[] {3, 4, 5, 6, 7}, 1, 1, 3);
        for (int row = 0; row < 5; row++) {
            boolean inside = row >= 1 && row < 4;
            for (int j = 0; j < STRIDE; j++) {
                int at = row * STRIDE + j;
                assertThat(found[at] == rows[at]).as("row %s, %s", row, j).isEqualTo(!inside || j >= 3 * H);
            }
        }
    }

    @Test
    void turn_positionZero_changesNothing() {
        float[] rows = gaussians(STRIDE);
        assertThat(turned(rows, new int[] {0}, 1, 0, 1)).isEqualTo(rows);
    }

    /** Backward is the transposed turn, which undoes it. */
    @Test
    void turn_thereAndBack_givesTheSame() {
        int[] positions = {1, 2, 3, 38, 39};
        float[] rows = gaussians(5 * STRIDE);
        float[] back = turned(turned(rows, positions, 1, 0, 5), positions, -1, 0, 5);
        assertThat(back).containsExactly(rows, within(1e-5f));
        float[] forth = turned(turned(rows, positions, -1, 0, 5), positions, 1, 0, 5);
        assertThat(forth).containsExactly(rows, within(1e-5f));
    }

    /** Scores of queries and keys see distances only. */
    @Test
    void scores_atEqualDistance_areEqual() {
        float[] row = gaussians(STRIDE);
        double[] scores = new double[30];
        for (int shift = 0; shift < scores.length; shift++) {
            float[] query = turned(row, new int[] {shift + 10}, 1, 0, 1);
            float[] key = turned(row, new int[] {shift}, 1, 0, 1);
            for (int j = 0; j < H; j++) {
                scores[shift] += (double) query[j] * key[2 * H + j];
            }
            assertThat(scores[shift]).isCloseTo(scores[0], within(1e-5));
        }
        float[] far = turned(row, new int[] {11}, 1, 0, 1);
        double other = 0;
        for (int j = 0; j < H; j++) {
            other += (double) far[j] * row[2 * H + j];
        }
        assertThat(Math.abs(other - scores[0])).isGreaterThan(1e-3);
    }
}
