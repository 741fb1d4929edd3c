// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter, 2019):
 *
 * <pre>{@code
 * m = β₁m + (1−β₁)g,   v = β₂v + (1−β₂)g²
 * θ = θ − η ( m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε) + decay·θ )
 * }</pre>
 *
 * <p>Norm gains and biases are not decayed.
 */
final class AdamW implements AutoCloseable {
    private static final int BLOCK = 1 << 14;
    static final float BETA1 = 0.9f;
    static final float BETA2 = 0.95f;
    static final float EPSILON = 1e-8f;

    final Floats m;
    final Floats v;
    private final boolean[] decayed;

    AdamW(DecoderConfig config) {
        Layout at = new Layout(config);
        this.m = Floats.allocate(at.size());
        this.v = Floats.allocate(at.size());
        this.decayed = new boolean[at.size()];
        for (CheckpointFolder.Slot slot : CheckpointFolder.slots(config, at).values()) {
            java.util.Arrays.fill(decayed, slot.position(), slot.position() + slot.size(), slot.isMatrix());
        }
    }

    /**
     * One step.
     *
     * @param scale what the gradient is multiplied with first (mean over tokens, clipping)
     * @param step from 1
     */
    void step(Floats parameters, Floats gradient, float scale, int step, double rate, double decay) {
        float correction1 = (float) (1 / (1 - Math.pow(BETA1, step)));
        float correction2 = (float) (1 / (1 - Math.pow(BETA2, step)));
        float eta = (float) rate;
        float shrink = (float) (rate * decay);
        Workers.forBlocks(parameters.length(), BLOCK, (from, count) -> {
            float[] theta = new float[count];
            float[] g = new float[count];
            float[] first = new float[count];
            float[] second = new float[count];
            parameters.get(from, theta, 0, count);
            gradient.get(from, g, 0, count);
            m.get(from, first, 0, count);
            v.get(from, second, 0, count);
            for (int i = 0; i < count; i++) {
                float x = g[i] * scale;
                first[i] = BETA1 * first[i] + (1 - BETA1) * x;
                second[i] = BETA2 * second[i] + (1 - BETA2) * x * x;
                g[i] = eta * (first[i] * correction1) / ((float) Math.sqrt(second[i] * correction2) + EPSILON);
            }
            for (int i = 0; i < count; i++) {
                theta[i] -= g[i] + (decayed[from + i] ? shrink * theta[i] : 0f);
            }
            parameters.set(from, theta, 0, count);
            m.set(from, first, 0, count);
            v.set(from, second, 0, count);
        });
    }

    @Override
    public void close() {
        m.close();
        v.close();
    }
}
