// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * One file of a pool: its text is read through once, and from then on (as far as it was read) at any place, by any
 * thread. Gzip cannot be read at any place; its text is copied into the cache folder on the way, under the digest of
 * the compressed bytes and the length of the text, and taken from there the next time.
 *
 * <p>File channels would close themselves when a reading thread is interrupted, which is how a run is cancelled; so a
 * few {@code RandomAccessFile}s are lent in turn.
 */
final class PoolFile implements AutoCloseable {
    private final Queue<RandomAccessFile> idle = new ConcurrentLinkedQueue<>();
    private final InputStream text;
    private final @Nullable AtomicFile copy;
    private final String digest;
    private volatile Path readable;
    private volatile boolean closed;

    private PoolFile(Path readable, InputStream text, @Nullable AtomicFile copy, String digest) {
        this.readable = readable;
        this.text = text;
        this.copy = copy;
        this.digest = digest;
    }

    static PoolFile open(Path file, Optional<Path> cacheFolder, ReadListener listener) {
        try {
            if (!SourceFile.isGzip(file)) {
                return new PoolFile(file, SourceFile.open(file, listener), null, "");
            }
            Path folder = cacheFolder.orElseThrow(() -> new InputException(file
                    + " is gzip, which cannot be read at any place: give a cache folder for its text (option"
                    + " cacheFolder), or decompress the file"));
            String digest = Digests.ofFile(file);
            Optional<Path> cached = TextCache.find(folder, digest);
            if (cached.isPresent()) {
                ReadListener scaled = TextCache.scaled(listener, Files.size(cached.get()), Files.size(file));
                return new PoolFile(cached.get(), SourceFile.open(cached.get(), scaled), null, digest);
            }
            return copying(folder.resolve(digest), SourceFile.open(file, listener), digest);
        } catch (IOException e) {
            throw SourceFile.unreadable(file, e);
        }
    }

    private static PoolFile copying(Path target, InputStream text, String digest) throws IOException {
        try {
            AtomicFile copy = AtomicFile.create(target);
            return new PoolFile(copy.unfinished(), new CopyingStream(text, copy), copy, digest);
        } catch (UncheckedIOException e) {
            text.close();
            throw e;
        }
    }

    /** The text from the start; read by one thread, once. */
    InputStream text() {
        return text;
    }

    /** Ends the reading of the text: a copy is kept from now on. */
    void complete() {
        if (copy != null) {
            readable = TextCache.commit(copy, digest);
        }
    }

    /** Bytes of the text. */
    byte[] read(long offset, int length) throws IOException {
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
