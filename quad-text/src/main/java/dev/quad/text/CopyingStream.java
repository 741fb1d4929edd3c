// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import dev.quad.files.FileFailure;
import java.io.IOException;
import java.io.InputStream;

/** Copies into a file what is read through it. */
final class CopyingStream extends BlockStream {
    private final InputStream in;
    private final AtomicFile copy;

    CopyingStream(InputStream in, AtomicFile copy) {
        this.in = in;
        this.copy = copy;
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
            throw FileFailure.writing(copy.unfinished(), e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
