// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.files.Halves;
import dev.quad.linalg.Floats;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * How the values of a row lie in a {@link GradientStore}. What is lost is rounding alone: at most the step below for
 * each value, so that an inner product with v is off by at most {@code Σ |v_i| step_i / 2}, and by much less where
 * errors cancel.
 */
public enum RowForm {
    /** Single precision, as it was computed: 4 bytes a value. */
    SINGLE("F32", 4) {
        @Override
        void put(double[] rows, int at, int[] ends, ByteBuffer target) {
            for (int i = 0; i < ends[ends.length - 1]; i++) {
                target.putFloat((float) rows[at + i]);
            }
        }

        @Override
        void get(ByteBuffer source, int[] ends, float[] target) {
            source.asFloatBuffer().get(target);
        }
    },
    /** Brain floats: 2 bytes a value, and a step of 2⁻⁷ of it. */
    BFLOAT16("BF16", 2) {
        @Override
        void put(double[] rows, int at, int[] ends, ByteBuffer target) {
            for (int i = 0; i < ends[ends.length - 1]; i++) {
                target.putShort(Halves.toBrain((float) rows[at + i]));
            }
        }

        @Override
        void get(ByteBuffer source, int[] ends, float[] target) {
            short[] halves = new short[target.length];
            source.asShortBuffer().get(halves);
            for (int i = 0; i < halves.length; i++) {
                target[i] = Halves.fromBrain(halves[i]);
            }
        }
    },
    /**
     * Bytes, of each layer with a scale of its own (of all layers with one, by a {@link RandomProjection}): 1 byte a
     * value, 4 a scale, and a step of 1/127 of the largest value of the layer. A row is the scales in single precision
     * and then the bytes; value = scale × byte.
     */
    INT8("U8", 1) {
        @Override
        int rowBytes(int[] ends) {
            return Math.addExact(ends[ends.length - 1], 4 * ends.length);
        }

        @Override
        void put(double[] rows, int at, int[] ends, ByteBuffer target) {
            float[] scales = new float[ends.length];
            for (int part = 0; part < ends.length; part++) {
                double largest = 0;
                for (int i = start(part, ends); i < ends[part]; i++) {
                    largest = Math.max(largest, Math.abs(rows[at + i]));
                }
                scales[part] = (float) (largest / LARGEST);
                target.putFloat(scales[part]);
            }
            for (int part = 0; part < ends.length; part++) {
                for (int i = start(part, ends); i < ends[part]; i++) {
                    double steps = scales[part] == 0 ? 0 : Math.rint(rows[at + i] / scales[part]);
                    target.put((byte) Math.max(-LARGEST, Math.min(LARGEST, steps)));
                }
            }
        }

        @Override
        void get(ByteBuffer source, int[] ends, float[] target) {
            byte[] bytes = new byte[target.length];
            source.get(source.position() + 4 * ends.length, bytes);
            for (int part = 0; part < ends.length; part++) {
                float scale = source.getFloat(source.position() + 4 * part);
                for (int i = start(part, ends); i < ends[part]; i++) {
                    target[i] = scale * bytes[i];
                }
            }
        }
    };

    private static final int LARGEST = 127;

    private final String type;
    private final int size;

    RowForm(String type, int size) {
        this.type = type;
        this.size = size;
    }

    /** Where a part of a row begins. */
    private static int start(int part, int... ends) {
        return part == 0 ? 0 : ends[part - 1];
    }

    /** The type of the elements, in the words of safetensors. */
    String type() {
        return type;
    }

    /** Bytes of an element of the file. */
    int size() {
        return size;
    }

    /**
     * Bytes of a row.
     *
     * @param ends where the part of each layer ends
     */
    int rowBytes(int[] ends) {
        return Math.multiplyExact(size, ends[ends.length - 1]);
    }

    /** Appends a row, little-endian; one that has a value which is not finite becomes one of NaN. */
    final void append(double[] rows, int at, int[] ends, ByteBuffer target) {
        boolean finite = true;
        for (int i = 0; i < ends[ends.length - 1]; i++) {
            finite &= Float.isFinite((float) rows[at + i]);
        }
        if (finite) {
            put(rows, at, ends, target);
            return;
        }
        double[] nothing = new double[ends[ends.length - 1]];
        java.util.Arrays.fill(nothing, Double.NaN);
        put(nothing, 0, ends, target);
    }

    abstract void put(double[] rows, int at, int[] ends, ByteBuffer target);

    /** Reads the row that begins at the position of a buffer. */
    abstract void get(ByteBuffer source, int[] ends, float[] target);

    /** Some rows in single precision: the mapped memory where that is what they are. Close it. */
    final Floats floats(ByteBuffer rows, int count, int[] ends) {
        if (this == SINGLE) {
            return Floats.of(rows.asFloatBuffer());
        }
        int width = ends[ends.length - 1];
        int stride = rowBytes(ends);
        Floats result = Floats.scratch(Math.multiplyExact(count, width));
        FloatBuffer target = result.buffer();
        float[] row = new float[width];
        for (int i = 0; i < count; i++) {
            get(rows.slice(rows.position() + i * stride, stride).order(rows.order()), ends, row);
            target.put(i * width, row);
        }
        return result;
    }
}
