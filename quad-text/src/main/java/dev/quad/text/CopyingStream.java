// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Copies into a file what is read through it. */
final class CopyingStream extends FilterInputStream {
    private final AtomicFile copy;

    CopyingStream(InputStream in, AtomicFile copy) {
        super(in);
        this.copy = copy;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = in.read(target, offset, length);
        if (count > 0) {
            write(target, offset, count);
        }
        return count;
    }

    private void write(byte[] bytes, int offset, int count) {
        try {
            copy.stream().write(bytes, offset, count);
        } catch (IOException e) { // must not look like a fault of the file that is read
            throw AtomicFile.failure(copy.unfinished(), e);
        }
    }
}
