// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Floats;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of type F32, F16 or BF16 that stays in its memory-mapped file and is turned to single precision as it is read,
 * which is exact. The file must not change. Immutable; safe for use by several threads.
 */
public final class MappedTensor {
    /** Elements of one mapping, of which Java allows less than 2 GiB. */
    private static final int SEGMENT = 1 << 28;

    private static final int PIECE = 1 << 12;

    private final List<ByteBuffer> segments = new ArrayList<>();
    private final String type;
    private final int size;
    private final long length;

    private MappedTensor(String type, long length) {
        this.type = type;
        this.size = type.equals("F32") ? 4 : 2;
        this.length = length;
    }

    /** Maps {@code length} elements from byte {@code position} on. */
    static MappedTensor of(Path file, String type, long position, long length) throws IOException {
        MappedTensor result = new MappedTensor(type, length);
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            for (long at = 0; at < length; at += SEGMENT) {
                long count = Math.min(SEGMENT, length - at);
                result.segments.add(in.getChannel()
                        .map(FileChannel.MapMode.READ_ONLY, position + at * result.size, count * result.size)
                        .order(ByteOrder.LITTLE_ENDIAN));
            }
        }
        return result;
    }

    /** The number of elements. */
    public long length() {
        return length;
    }

    /** Reads {@code count} elements from {@code from} on to {@code target} from {@code at} on. */
    public void read(long from, Floats target, int at, int count) {
        float[] values = new float[Math.min(PIECE, count)];
        short[] halves = new short[size == 2 ? values.length : 0];
        for (int done = 0; done < count; ) {
            long element = from + done;
            int within = (int) (element % SEGMENT);
            int n = Math.min(values.length, Math.min(count - done, SEGMENT - within));
            ByteBuffer bytes = segments.get((int) (element / SEGMENT)).slice(within * size, n * size);
            bytes.order(ByteOrder.LITTLE_ENDIAN);
            if (size == 4) {
                bytes.asFloatBuffer().get(values, 0, n);
            } else {
                bytes.asShortBuffer().get(halves, 0, n);
                if (type.equals("F16")) {
                    fromHalf(halves, values, n);
                } else {
                    fromBrain(halves, values, n);
                }
            }
            target.set(at + done, values, 0, n);
            done += n;
        }
    }

    /** BF16: the upper half of a single. */
    private static void fromBrain(short[] halves, float[] values, int n) {
        for (int i = 0; i < n; i++) {
            values[i] = Float.intBitsToFloat(halves[i] << 16);
        }
    }

    /** F16 (IEEE 754 binary16): moving the bits in place leaves an exponent that is 112 too low. */
    private static void fromHalf(short[] halves, float[] values, int n) {
        for (int i = 0; i < n; i++) {
            int bits = halves[i];
            float size = (bits & 0x7c00) == 0x7c00
                    ? Float.intBitsToFloat(0x7f800000 | (bits & 0x3ff) << 13)
                    : Float.intBitsToFloat((bits & 0x7fff) << 13) * 0x1p112f;
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(size) | (bits & 0x8000) << 16);
        }
    }
}
