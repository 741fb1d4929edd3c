// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;

/**
 * The gated unit (Shazeer, 2020): {@code h = silu(gate) · up} with {@code silu(a) = a·σ(a)}. A row of {@code gateUp}
 * holds all gates, then all ups. Backward: {@code dup = dh · silu(gate)},
 * {@code dgate = dh · up · σ(gate)·(1 + gate·(1 − σ(gate)))}.
 */
final class SwiGlu {
    private SwiGlu() {}

    static void forward(Floats gateUp, Floats h, int from, int count, int width) {
        float[] row = new float[2 * width];
        for (int i = from; i < from + count; i++) {
            gateUp.get(i * 2 * width, row, 0, 2 * width);
            for (int j = 0; j < width; j++) {
                row[j] = row[j] * Exponential.sigmoid(row[j]) * row[width + j];
            }
            h.set(i * width, row, 0, width);
        }
    }

    static void backward(Floats dh, Floats gateUp, Floats dGateUp, int from, int count, int width) {
        float[] row = new float[2 * width];
        float[] up = new float[width];
        for (int i = from; i < from + count; i++) {
            gateUp.get(i * 2 * width, row, 0, 2 * width);
            dh.get(i * width, up, 0, width);
            for (int j = 0; j < width; j++) {
                float gate = row[j];
                float sigma = Exponential.sigmoid(gate);
                row[j] = up[j] * row[width + j] * sigma * (1f + gate * (1f - sigma));
                row[width + j] = up[j] * gate * sigma;
            }
            dGateUp.set(i * 2 * width, row, 0, 2 * width);
        }
    }
}
