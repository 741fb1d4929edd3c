// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RmsNormTest {
    private static final int D = 5;
    private static final int ROWS = 4;
    private static final double EPSILON = 0.01;

    private final RandomGenerator random = new Seed(1).stream("norm");
    private final float[] x = gaussians(ROWS * D);
    private final float[] gain = gaussians(D);
    private final float[] up = gaussians(ROWS * D);
    private final float[] around = gaussians(ROWS * D);

    private float[] gaussians(int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** One entry by the formula in double precision. */
    private static double norm(double[] row, double[] gain, int j) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        return row[j] * gain[j] / Math.sqrt(squares / row.length + EPSILON);
    }

    private static double[] part(float[] values, int row) {
        double[] part = new double[D];
        for (int j = 0; j < D; j++) {
            part[j] = values[row * D + j];
        }
        return part;
    }

    /** {@code Σ up · norm(x)} of a row with one coordinate of x or of the gain moved. */
    private double moved(int row, int of, double xBy, double gainBy) {
        double[] values = part(x, row);
        double[] gains = part(gain, 0);
        values[of] += xBy;
        gains[of] += gainBy;
        double sum = 0;
        for (int j = 0; j < D; j++) {
            sum += up[row * D + j] * norm(values, gains, j);
        }
        return sum;
    }

    private static float[] forward(float[] x, float[] gain, float[] scales, int from, int count) {
        float[] offset = new float[gain.length + 3];
        System.arraycopy(gain, 0, offset, 3, gain.length);
        try (Floats in = Floats.of(x);
                Floats gains = Floats.of(offset);
                Floats y = Floats.allocate(x.length);
                Floats r = Floats.of(scales)) {
            RmsNorm.forward(in, gains, 3, EPSILON, y, r, from, count, D);
            r.get(0, scales, 0, scales.length);
            return y.toArray();
        }
    }

    @Test
    void forward_rowsAskedFor_equalTheFormula() {
        float[] scales = new float[ROWS];
        float[] y = forward(x, gain, scales, 1, 2);
        for (int row = 0; row < ROWS; row++) {
            double squares = 0;
            for (double value : part(x, row)) {
                squares += value * value;
            }
            boolean inside = row == 1 || row == 2;
            assertThat((double) scales[row]).isCloseTo(inside ? 1 / Math.sqrt(squares / D + EPSILON) : 0, within(1e-6));
            for (int j = 0; j < D; j++) {
                double expected = inside ? norm(part(x, row), part(gain, 0), j) : 0;
                assertThat((double) y[row * D + j]).isCloseTo(expected, within(1e-6));
            }
        }
    }

    @Test
    void forward_zerosAndHugeNumbers_areFinite() {
        float[] y = forward(new float[] {0, 0, 0, 0, 0, 1e30f, -1e30f, 0, 0, 1e30f}, gain, new float[2], 0, 2);
        for (int j = 0; j < D; j++) {
            assertThat(Math.abs(y[j])).isZero();
        }
        assertThat((double) y[5]).isCloseTo(gain[0] * Math.sqrt(5.0 / 3), within(1e-5));
        assertThat((double) y[6]).isCloseTo(-gain[1] * Math.sqrt(5.0 / 3), within(1e-5));
    }

    @Test
    void backward_equalsDifferences() {
        float[] scales = new float[ROWS];
        forward(x, gain, scales, 0, ROWS);
        float[] gainGradient = {100, 0, 0, 0, 0};
        float[] dx;
        try (Floats dy = Floats.of(up);
                Floats in = Floats.of(x);
                Floats r = Floats.of(scales);
                Floats gains = Floats.of(gain);
                Floats residual = Floats.of(around);
                Floats result = Floats.allocate(ROWS * D)) {
            RmsNorm.backward(dy, in, r, gains, 0, residual, result, gainGradient, 1, 3, D);
            dx = result.toArray();
        }
        double step = 1e-5;
        for (int j = 0; j < D; j++) {
            double gainSum = j == 0 ? 100 : 0;
            for (int row = 0; row < ROWS; row++) {
                int at = row * D + j;
                double expected = around[at] + (moved(row, j, step, 0) - moved(row, j, -step, 0)) / (2 * step);
                assertThat((double) dx[at]).isCloseTo(row == 0 ? 0 : expected, within(1e-5));
                gainSum += row == 0 ? 0 : (moved(row, j, 0, step) - moved(row, j, 0, -step)) / (2 * step);
            }
            assertThat((double) gainGradient[j]).isCloseTo(gainSum, within(2e-5));
        }
    }
}
