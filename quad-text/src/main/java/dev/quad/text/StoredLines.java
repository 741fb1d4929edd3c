// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lines of JSON in a file of the user's, or in a copy that is made while they are read.
 *
 * <p>File channels would close themselves when a reading thread is interrupted, which is how a run is cancelled; so a
 * few {@code RandomAccessFile}s are lent in turn.
 */
final class StoredLines implements PoolFile {
    private final Queue<RandomAccessFile> idle = new ConcurrentLinkedQueue<>();
    private final InputStream text;
    private final @Nullable AtomicFile copy;
    private final String digest;
    private volatile Path readable;
    private volatile boolean closed;

    private StoredLines(Path readable, InputStream text, @Nullable AtomicFile copy, String digest) {
        this.readable = readable;
        this.text = text;
        this.copy = copy;
        this.digest = digest;
    }

    static StoredLines of(Path file, InputStream text) {
        return new StoredLines(file, text, null, "");
    }

    static StoredLines copying(
            Path target, SourceFile file, String name, JsonlOptions options, ReadListener listener, String digest)
            throws IOException {
        AtomicFile copy = AtomicFile.create(target);
        boolean opened = false;
        try {
            InputStream text = file.openCopying(name, options, listener, copy);
            opened = true;
            return new StoredLines(copy.unfinished(), text, copy, digest);
        } finally {
            if (!opened) {
                copy.close();
            }
        }
    }

    @Override
    public InputStream text() {
        return text;
    }

    @Override
    public void complete() {
        if (copy != null) {
            readable = TextCache.commit(copy, digest);
        }
    }

    @Override
    public Path path() {
        return readable;
    }

    @Override
    public byte[] read(long offset, int length) throws IOException {
        if (closed) {
            throw new IOException("the pool is closed");
        }
        if (copy != null && readable.equals(copy.unfinished())) {
            copy.stream().flush();
        }
        RandomAccessFile lent = idle.poll();
        RandomAccessFile file = lent != null ? lent : new RandomAccessFile(readable.toFile(), "r");
        try {
            byte[] bytes = new byte[length];
            file.seek(offset);
            file.readFully(bytes);
            return bytes;
        } catch (EOFException e) {
            throw new InputException(readable + " is shorter than it was when the pool was opened", e);
        } finally {
            idle.add(file);
            if (closed) {
                close();
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        text.close();
        if (copy != null) {
            copy.close();
        }
        for (RandomAccessFile file = idle.poll(); file != null; file = idle.poll()) {
            file.close();
        }
    }
}
