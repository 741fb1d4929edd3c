// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;

/**
 * Rotary position embedding (Su et al., 2021), in the layout of Hugging Face checkpoints: coordinates j and {@code j +
 * h/2} of a head form a pair that is turned by {@code position · f_j}, where {@code f_j = θ^(−2j/h)}, or what
 * {@link RopeScaling} makes of it. The gradient is turned back.
 */
final class Rotary {
    private final int headWidth;
    private final double[] frequencies;
    private float[] cosines = {};
    private float[] sines = {};

    Rotary(DecoderConfig config) {
        this.headWidth = config.headWidth();
        this.frequencies = new double[headWidth / 2];
        for (int j = 0; j < frequencies.length; j++) {
            double plain = Math.pow(config.ropeTheta(), -2.0 * j / headWidth);
            frequencies[j] = config.ropeScaling().map(s -> s.scaled(plain)).orElse(plain);
        }
    }

    /** Makes the angles of the positions below {@code length} ready. */
    void upTo(int length) {
        int half = headWidth / 2;
        int known = cosines.length / half;
        if (length <= known) {
            return;
        }
        int wanted = Math.max(length, 2 * known);
        cosines = java.util.Arrays.copyOf(cosines, wanted * half);
        sines = java.util.Arrays.copyOf(sines, wanted * half);
        for (int position = known; position < wanted; position++) {
            for (int j = 0; j < half; j++) {
                double angle = position * frequencies[j];
                cosines[position * half + j] = (float) Math.cos(angle);
                sines[position * half + j] = (float) Math.sin(angle);
            }
        }
    }

    /**
     * Turns the first {@code heads} heads of each row.
     *
     * @param stride distance between rows
     * @param direction +1 forward, −1 for gradients
     */
    void turn(Floats x, int stride, int heads, int[] positions, int direction, int from, int count) {
        int half = headWidth / 2;
        float[] row = new float[heads * headWidth];
        for (int i = from; i < from + count; i++) {
            x.get(i * stride, row, 0, row.length);
            int angle = positions[i] * half;
            for (int head = 0; head < row.length; head += headWidth) {
                for (int j = 0; j < half; j++) {
                    float cos = cosines[angle + j];
                    float sin = sines[angle + j] * direction;
                    float a = row[head + j];
                    float b = row[head + half + j];
                    row[head + j] = a * cos - b * sin;
                    row[head + half + j] = b * cos + a * sin;
                }
            }
            x.set(i * stride, row, 0, row.length);
        }
    }
}
