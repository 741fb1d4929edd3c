// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Pages compressed with LZ4: in the form of today, one block, and in the older one, for which writers had their own.
 */
final class ParquetLz4 {
    private static final int FRAME = 0x04224D18;

    private ParquetLz4() {}

    /** One block. */
    static byte[] block(byte[] bytes, int size) throws IOException {
        byte[] result = new byte[size];
        try {
            int length = new Lz4Decompressor().decompress(bytes, 0, bytes.length, result, 0, size);
            return length == size ? result : Arrays.copyOf(result, length);
        } catch (MalformedInputException e) {
            throw new IOException("a page cannot be decompressed: " + e.getMessage(), e);
        }
    }

    /** Blocks with their lengths in front, as Hadoop writes them; or, as other writers took it, one bare block. */
    static byte[] hadoop(byte[] bytes, int size) throws IOException {
        if (bytes.length >= 4 && ByteBuffer.wrap(bytes).getInt() == FRAME) {
            throw new UnsupportedFormException("a page is a frame of LZ4, which is not read;"
                    + " allowed are snappy, gzip, zstd, lz4 (LZ4_RAW) and none: write the file again with one of them");
        }
        Optional<byte[]> found = blocks(bytes, size);
        return found.isPresent() ? found.get() : block(bytes, size);
    }

    /** Empty if the lengths do not lead through the bytes to their end. */
    private static Optional<byte[]> blocks(byte[] bytes, int size) {
        ByteBuffer parts = ByteBuffer.wrap(bytes);
        byte[] result = new byte[size];
        int at = 0;
        try {
            while (at < size) {
                int end = Math.addExact(at, positive(parts.getInt()));
                while (at < end) {
                    int packed = positive(parts.getInt());
                    int from = parts.position();
                    parts.position(Math.addExact(from, packed));
                    at += new Lz4Decompressor().decompress(bytes, from, packed, result, at, end - at);
                }
            }
            return parts.hasRemaining() ? Optional.empty() : Optional.of(result);
        } catch (RuntimeException e) { // of the buffers or of the library: no such lengths, or no such block
            return Optional.empty();
        }
    }

    private static int positive(int length) {
        if (length <= 0) {
            throw new IllegalArgumentException("a length is " + length);
        }
        return length;
    }
}
