// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;

/**
 * The gated unit (Shazeer, 2020): {@code h = silu(gate) · up} with {@code silu(a) = a·σ(a)}. A row of {@code gateUp}
 * holds all gates, then all ups. Backward: {@code dup = dh · silu(gate)}, {@code dgate = dh · up · σ(gate)·(1 + gate·(1
 * − σ(gate)))}; along a tangent, {@code dh} is the sum of what both make of it.
 */
final class SwiGlu {
    private SwiGlu() {}

    static void forward(Floats gateUp, Floats h, int from, int count, int width) {
        float[] gate = new float[width];
        float[] up = new float[width];
        float[] sigma = new float[width];
        for (int i = from; i < from + count; i++) {
            gateUp.get(i * 2 * width, gate, 0, width);
            gateUp.get(i * 2 * width + width, up, 0, width);
            Exponential.logistic(gate, sigma, width);
            for (int j = 0; j < width; j++) {
                up[j] *= gate[j] * sigma[j];
            }
            h.set(i * width, up, 0, width);
        }
    }

    static void backward(Floats dh, Floats gateUp, Floats dGateUp, int from, int count, int width) {
        float[] gate = new float[width];
        float[] up = new float[width];
        float[] sigma = new float[width];
        float[] gradient = new float[width];
        for (int i = from; i < from + count; i++) {
            gateUp.get(i * 2 * width, gate, 0, width);
            gateUp.get(i * 2 * width + width, up, 0, width);
            dh.get(i * width, gradient, 0, width);
            Exponential.logistic(gate, sigma, width);
            for (int j = 0; j < width; j++) {
                up[j] *= gradient[j] * sigma[j] * (1f + gate[j] * (1f - sigma[j]));
                gradient[j] *= gate[j] * sigma[j];
            }
            dGateUp.set(i * 2 * width, up, 0, width);
            dGateUp.set(i * 2 * width + width, gradient, 0, width);
        }
    }

    /** The tangent of h from that of gates and ups. */
    static void tangent(Floats gateUp, Floats dGateUp, Floats dh, int from, int count, int width) {
        float[] gate = new float[width];
        float[] up = new float[width];
        float[] sigma = new float[width];
        float[] dGate = new float[width];
        float[] dUp = new float[width];
        for (int i = from; i < from + count; i++) {
            int at = i * 2 * width;
            gateUp.get(at, gate, 0, width);
            gateUp.get(at + width, up, 0, width);
            dGateUp.get(at, dGate, 0, width);
            dGateUp.get(at + width, dUp, 0, width);
            Exponential.logistic(gate, sigma, width);
            for (int j = 0; j < width; j++) {
                dUp[j] = dGate[j] * up[j] * sigma[j] * (1f + gate[j] * (1f - sigma[j])) + dUp[j] * gate[j] * sigma[j];
            }
            dh.set(i * width, dUp, 0, width);
        }
    }
}
