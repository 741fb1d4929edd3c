// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of type F32, F16 or BF16 that stays in its memory-mapped file and is turned to single precision as it is
 * read, which is exact. The file must not change. Immutable; safe for use by several threads.
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

    /** Reads elements from {@code from} on, as many as the target has room for from its position on. */
    public void read(long from, FloatBuffer target) {
        int count = target.remaining();
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
                boolean half = type.equals("F16");
                for (int i = 0; i < n; i++) {
                    values[i] = half ? Halves.fromHalf(halves[i]) : Halves.fromBrain(halves[i]);
                }
            }
            target.put(values, 0, n);
            done += n;
        }
    }
}
