// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** A file that is one document. It is opened only while it is read, for there may be a million of them. */
final class WholeFile implements PoolFile {
    private final SourceFile file;
    private final String name;
    private final JsonlOptions options;
    private final InputStream text;

    WholeFile(SourceFile file, String name, JsonlOptions options, ReadListener listener) throws IOException {
        this.file = file;
        this.name = name;
        this.options = options;
        this.text = file.open(name, options, listener);
    }

    @Override
    public InputStream text() {
        return text;
    }

    @Override
    public void complete() {}

    @Override
    public Path path() {
        return file.stored();
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        try (InputStream line = file.open(name, options, ReadListener.NONE)) {
            line.skipNBytes(offset);
            byte[] bytes = line.readNBytes(length);
            if (bytes.length != length || line.read() >= 0) {
                throw new InputException(file.path() + " is not what it was when the pool was opened");
            }
            return bytes;
        }
    }

    @Override
    public void close() throws IOException {
        text.close();
    }
}
