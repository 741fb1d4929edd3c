// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Bytes;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Int8;

/**
 * Vectors rounded to eight bits, each with a step of its own: {@code x̂ = step·q}, with integers {@code |q| ≤ 127}
 * whose products stay below {@link Int8#LIMIT}. By Cauchy and Schwarz {@code |x·c − x̂·ĉ| ≤ ‖x̂‖·‖c − ĉ‖ + ‖x −
 * x̂‖·‖c‖}. Close it.
 */
final class QuantizedVectors implements AutoCloseable {
    private static final int LARGEST = 127;
    /** Products of smaller steps could vanish. */
    private static final float LEAST_STEP = 1e-15f;

    private final int dimension;
    private final double longest;
    final Bytes values;
    final float[] step;
    /** {@code ‖x̂‖}, or a little more. */
    final float[] length;
    /** {@code ‖x − x̂‖}, or a little more. */
    final float[] error;

    QuantizedVectors(int count, int dimension) {
        this.dimension = dimension;
        this.longest = Math.sqrt(Int8.LIMIT) - Math.sqrt(dimension) / 2 - 1;
        this.values = Bytes.scratch(Math.multiplyExact(count, dimension));
        this.step = new float[count];
        this.length = new float[count];
        this.error = new float[count];
    }

    /** What a thread needs to round vectors. */
    static final class Pen {
        private final float[] shifted;
        private final byte[] integers;

        Pen(int dimension) {
            shifted = new float[dimension];
            integers = new byte[dimension];
        }
    }

    /** Rounds a vector, whose squared norm is given. */
    void set(int at, float[] vector, double square, Pen pen) {
        double norm = Math.sqrt(square);
        float unit = Math.max(LEAST_STEP, (float) Math.max(largest(vector) / LARGEST, norm / longest));
        shift(vector, 1 / unit, pen.shifted);
        for (int j = 0; j < dimension; j++) {
            pen.integers[j] = (byte) Float.floatToRawIntBits(pen.shifted[j]);
        }
        values.set(at * dimension, pen.integers, 0, dimension);
        subtract(vector, unit, pen.shifted);
        step[at] = unit;
        // what this loses to its own rounding is far below a thousandth of a step
        double off = Math.sqrt(Distance.squaredNorm(pen.shifted)) * (1 + 1e-4) + norm * 1e-6;
        error[at] = Math.nextUp((float) off);
        length[at] = Math.nextUp((float) (norm + off));
    }

    /** Rounds consecutive vectors from the first on. */
    void set(Floats vectors, int count) {
        Pen pen = new Pen(dimension);
        float[] vector = new float[dimension];
        for (int i = 0; i < count; i++) {
            vectors.get(i * dimension, vector, 0, dimension);
            set(i, vector, Distance.squaredNorm(vector), pen);
        }
    }

    private static float largest(float[] vector) {
        int bits = 0; // of magnitudes, which as integers are in the same order
        for (float x : vector) {
            bits = Math.max(bits, Float.floatToRawIntBits(x) & Integer.MAX_VALUE);
        }
        return Float.intBitsToFloat(bits);
    }

    // at Int8.ZERO the bit pattern counts units, so that adding it rounds;
    // the loops lie on their own and start at 0, so that the compiler vectorises them

    private static void shift(float[] vector, float scale, float[] result) {
        for (int j = 0; j < result.length; j++) {
            result[j] = vector[j] * scale + Int8.ZERO;
        }
    }

    private static void subtract(float[] vector, float step, float[] shifted) {
        for (int j = 0; j < shifted.length; j++) {
            shifted[j] = vector[j] - (shifted[j] - Int8.ZERO) * step;
        }
    }

    void copy(int at, QuantizedVectors source, int sourceAt) {
        values.copy(at * dimension, source.values, sourceAt * dimension, dimension);
        step[at] = source.step[sourceAt];
        length[at] = source.length[sourceAt];
        error[at] = source.error[sourceAt];
    }

    @Override
    public void close() {
        values.close();
    }
}
