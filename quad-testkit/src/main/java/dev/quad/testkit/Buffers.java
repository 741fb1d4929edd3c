// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Memory that a caller may hand over. */
final class Buffers {
    private Buffers() {}

    /** Room for so many numbers: in an array, in a part of one, outside the heap, and of both byte orders. */
    static List<FloatBuffer> ofEveryKind(int length) {
        int bytes = length * Float.BYTES;
        return List.of(
                FloatBuffer.allocate(length),
                FloatBuffer.allocate(length + 9).slice(5, length),
                ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer(),
                ByteBuffer.allocate(bytes).order(ByteOrder.BIG_ENDIAN).asFloatBuffer(),
                ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer(),
                ByteBuffer.allocateDirect(bytes).order(ByteOrder.BIG_ENDIAN).asFloatBuffer());
    }
}
