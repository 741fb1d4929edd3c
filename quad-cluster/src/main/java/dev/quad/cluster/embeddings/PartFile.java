// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import dev.quad.InputException;
import dev.quad.MismatchException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file of equal records that grows under the name {@code NAME.FINGERPRINT.part} and gets its own name when it is
 * whole. Opening it again after a kill finds the whole records that are there. For one thread; one writer at a time.
 */
final class PartFile implements AutoCloseable {
    private final Path target;
    private final Path part;
    private final byte[] header;
    private final long recordBytes;
    private final int records;
    private final RandomAccessFile file;
    private int done;
    private boolean closed;

    private PartFile(Path target, Path part, byte[] header, long recordBytes, int records) throws IOException {
        this.target = target;
        this.part = part;
        this.header = header;
        this.recordBytes = recordBytes;
        this.records = records;
        // not a file channel, which an interrupted thread would close
        this.file = new RandomAccessFile(part.toFile(), "rw");
        try {
            lock();
            if (file.length() < header.length) {
                file.seek(0);
                file.write(header);
            }
            this.done = (int) Math.min(records, (file.length() - header.length) / recordBytes);
            file.setLength(header.length + done * recordBytes);
            file.seek(file.length());
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Held until the file is closed. */
    @SuppressWarnings("resource")
    private void lock() throws IOException {
        try {
            if (file.getChannel().tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            // another writer of this process: said below
        }
        throw new MismatchException(part + " is being written by another writer; wait for it, or end it");
    }

    static PartFile open(Path target, byte[] header, long recordBytes, int records, String fingerprint)
            throws IOException {
        if (Files.exists(target)) {
            throw new InputException(target + " is there already, and what took long to make is not overwritten: delete"
                    + " it, or choose another name");
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Path part = target.resolveSibling(target.getFileName() + "." + fingerprint.substring(0, 16) + ".part");
        return new PartFile(target, part, header, recordBytes, records);
    }

    /** Whole records that are there. */
    int done() {
        return done;
    }

    /** Appends the whole records from the start of a buffer over an array to its position. */
    void write(ByteBuffer bytes) {
        if (closed) {
            throw new IllegalStateException("the writer of " + target + " was closed");
        }
        try {
            file.write(bytes.array(), bytes.arrayOffset(), bytes.position());
            done += (int) (bytes.position() / recordBytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + part + ": " + e, e);
        }
    }

    /** Drops all records and makes place for all, to be put in any order. */
    void restart() throws IOException {
        file.setLength(header.length);
        file.setLength(header.length + records * recordBytes);
        done = 0;
    }

    /** Writes a record that was not yet put since {@link #restart}, of the bytes that {@link #write} would take. */
    void put(int record, ByteBuffer bytes) {
        try {
            file.seek(header.length + record * recordBytes);
            write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + part + ": " + e, e);
        }
    }

    /** Copies the records that are there, from the first on. */
    void read(ByteBuffer target) {
        try {
            file.seek(header.length);
            file.readFully(target.array(), target.arrayOffset(), target.remaining());
            file.seek(file.length());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + part + ": " + e, e);
        }
    }

    /** Gives the file its name if all records are there. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (file) {
            file.getFD().sync();
            if (done == records) {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot complete " + target + ": " + e, e);
        }
    }
}
