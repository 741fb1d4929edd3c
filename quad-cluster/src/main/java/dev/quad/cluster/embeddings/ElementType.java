// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import dev.quad.NumericalException;
import dev.quad.files.Halves;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** How a number is stored in a file of embeddings; little-endian. Rows are always handed out in single precision. */
public enum ElementType {
    /**
     * IEEE 754 half precision: half the bytes, three decimal digits, up to 65,504. Enough for the distances of
     * embeddings.
     */
    FLOAT16(2, "<f2", "F16"),
    /** The upper half of a single-precision number: two decimal digits, its whole range. Read only. */
    BFLOAT16(2, "", "BF16"),
    /** IEEE 754 single precision, as it is. */
    FLOAT32(4, "<f4", "F32"),
    /** IEEE 754 double precision, rounded to single when read. Read only. */
    FLOAT64(8, "<f8", "F64");

    private static final int CHUNK = 1024;
    /** From here on, rounding to half precision gives infinity. */
    private static final float HALF_OVERFLOW = 65520;

    private final int bytes;
    private final String npy;
    private final String safetensors;

    ElementType(int bytes, String npy, String safetensors) {
        this.bytes = bytes;
        this.npy = npy;
        this.safetensors = safetensors;
    }

    /** Bytes of an element. */
    public int bytes() {
        return bytes;
    }

    String npy() {
        return npy;
    }

    String safetensors() {
        return safetensors;
    }

    /** Reads all remaining bytes of a little-endian buffer. */
    void read(ByteBuffer source, FloatBuffer target) {
        if (this == FLOAT32) {
            target.put(source.asFloatBuffer());
            return;
        }
        int elements = source.remaining() / bytes;
        float[] values = new float[Math.min(CHUNK, elements)];
        for (int at = 0; at < elements; at += values.length) {
            int count = Math.min(values.length, elements - at);
            convert(source.slice(source.position() + at * bytes, count * bytes).order(source.order()), values, count);
            target.put(values, 0, count);
        }
    }

    private void convert(ByteBuffer source, float[] values, int count) {
        if (this == FLOAT64) {
            double[] wide = new double[count];
            source.asDoubleBuffer().get(wide);
            for (int i = 0; i < count; i++) {
                values[i] = (float) wide[i];
            }
            return;
        }
        short[] narrow = new short[count];
        source.asShortBuffer().get(narrow);
        for (int i = 0; i < count; i++) {
            values[i] = this == BFLOAT16 ? Halves.fromBrain(narrow[i]) : Halves.fromHalf(narrow[i]);
        }
    }

    /** The nearest half-precision number, ties to even, of a magnitude below {@link #HALF_OVERFLOW}. */
    static short half(float value) {
        int bits = Float.floatToRawIntBits(value);
        int magnitude = bits & 0x7fff_ffff;
        int half = magnitude < 0x3880_0000
                // adding ½, whose last place is the smallest half-precision number, rounds
                ? Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + 0.5f) - 0x3f00_0000
                : (magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
        return (short) (half | ((bits >>> 16) & 0x8000));
    }

    /**
     * Writes values to a little-endian buffer from its position on.
     *
     * @param firstRow the row of the first value, for messages
     * @throws NumericalException if a value is not finite, or too large for this type; names the row
     */
    void write(float[] values, int count, int dimension, int firstRow, ByteBuffer target) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i]) || (this == FLOAT16 && Math.abs(values[i]) >= HALF_OVERFLOW)) {
                throw new NumericalException("row " + (firstRow + i / dimension) + " of the embeddings has " + values[i]
                        + " in column " + i % dimension + ", which " + this
                        + " cannot hold; check the embedder and what it was given for this row");
            }
            if (this == FLOAT16) {
                target.putShort(half(values[i]));
            } else {
                target.putFloat(values[i]);
            }
        }
    }
}
