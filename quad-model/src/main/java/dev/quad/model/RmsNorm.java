// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;

/**
 * Root-mean-square normalisation (Zhang and Sennrich, 2019): {@code y_j = x_j · r · g_j} with {@code r = 1/√(mean(x²) +
 * ε)}. Backward, with {@code s = Σ_j dy_j g_j x_j}: {@code dx_j = r·(dy_j g_j − x_j r² s / d)} and {@code dg_j = Σ_rows
 * dy_j x_j r}. Along a tangent, {@code ẏ_j = g_j·r·(ẋ_j − x_j r² Σ_k x_k ẋ_k / d)}.
 */
final class RmsNorm {
    private RmsNorm() {}

    /** {@code y = norm(x)} for rows {@code [from, from + count)}; keeps r of each row. */
    static void forward(
            Floats x, Floats gain, int gainAt, double epsilon, Floats y, Floats r, int from, int count, int d) {
        float[] row = new float[d];
        float[] g = new float[d];
        gain.get(gainAt, g, 0, d);
        for (int i = from; i < from + count; i++) {
            x.get(i * d, row, 0, d);
            double squares = 0;
            for (float value : row) {
                squares += (double) value * value;
            }
            float scale = (float) (1 / Math.sqrt(squares / d + epsilon));
            r.set(i, scale);
            for (int j = 0; j < d; j++) {
                row[j] = row[j] * scale * g[j];
            }
            y.set(i * d, row, 0, d);
        }
    }

    /**
     * {@code dx = dres + backward(dy)} for rows {@code [from, from + count)}, where dres is the gradient that goes
     * around the norm.
     *
     * @param gainGradient receives {@code += Σ dy x r}; of length d
     */
    static void backward(
            Floats dy,
            Floats x,
            Floats r,
            Floats gain,
            int gainAt,
            Floats dres,
            Floats dx,
            float[] gainGradient,
            int from,
            int count,
            int d) {
        float[] row = new float[d];
        float[] up = new float[d];
        float[] result = new float[d];
        float[] g = new float[d];
        gain.get(gainAt, g, 0, d);
        for (int i = from; i < from + count; i++) {
            x.get(i * d, row, 0, d);
            dy.get(i * d, up, 0, d);
            dres.get(i * d, result, 0, d);
            float scale = r.get(i);
            double s = 0;
            for (int j = 0; j < d; j++) {
                gainGradient[j] += up[j] * row[j] * scale;
                up[j] *= g[j];
                s += (double) up[j] * row[j];
            }
            float pull = (float) (s * scale * scale / d);
            for (int j = 0; j < d; j++) {
                result[j] += scale * (up[j] - row[j] * pull);
            }
            dx.set(i * d, result, 0, d);
        }
    }

    /** The tangent of y from that of x, {@code dx}, for rows {@code [from, from + count)}. */
    static void tangent(Floats x, Floats dx, Floats r, Floats gain, int gainAt, Floats dy, int from, int count, int d) {
        float[] row = new float[d];
        float[] moved = new float[d];
        float[] g = new float[d];
        gain.get(gainAt, g, 0, d);
        for (int i = from; i < from + count; i++) {
            x.get(i * d, row, 0, d);
            dx.get(i * d, moved, 0, d);
            double s = 0;
            for (int j = 0; j < d; j++) {
                s += (double) row[j] * moved[j];
            }
            float scale = r.get(i);
            float pull = (float) (s * scale * scale / d);
            for (int j = 0; j < d; j++) {
                moved[j] = (moved[j] - row[j] * pull) * scale * g[j];
            }
            dy.set(i * d, moved, 0, d);
        }
    }
}
