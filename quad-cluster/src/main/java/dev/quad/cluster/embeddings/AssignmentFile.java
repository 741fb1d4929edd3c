// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.files.Checksum;
import dev.quad.files.FileFailure;
import dev.quad.files.Npy;
import dev.quad.files.PartFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The cluster of each row in an NPY file of 32-bit integers ({@code np.load} reads it), written as it is found. Goes on
 * after a kill as {@link EmbeddingsWriter} does. For use by one thread.
 */
public final class AssignmentFile implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final PartFile file;
    private final int rows;
    private final Consumer<String> beforeComplete;
    private boolean closed;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private AssignmentFile(PartFile file, int rows, Consumer<String> beforeComplete) {
        this.file = file;
        this.rows = rows;
        this.beforeComplete = beforeComplete;
    }

    /**
     * Starts a file, or goes on with one of the same identity.
     *
     * @param rows rows in all
     * @param identity what the assignment is made from, centres and rows
     * @throws InputException if the target is there
     * @throws dev.quad.MismatchException if another writer has the unfinished file open
     * @throws UncheckedIOException if it cannot be written
     */
    public static AssignmentFile open(Path target, int rows, String identity) {
        return open(target, rows, identity, checksum -> {});
    }

    /**
     * As the other.
     *
     * @param beforeComplete told the checksum of the whole file before it gets its name, for {@link #read(Path,
     *     String)}
     */
    public static AssignmentFile open(Path target, int rows, String identity, Consumer<String> beforeComplete) {
        Objects.requireNonNull(identity, "the identity is null; it tells these rows from others");
        Objects.requireNonNull(target, "the file is null");
        Objects.requireNonNull(beforeComplete, "beforeComplete is null; give checksum -> {} to do nothing");
        try {
            String fingerprint =
                    Fingerprint.of("assignment").add(rows).add(identity).hex();
            return new AssignmentFile(
                    PartFile.open(target, Npy.header("<i4", rows), Integer.BYTES, rows, fingerprint),
                    rows,
                    beforeComplete);
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    /** How many rows are in the file. */
    public int rowsDone() {
        return file.done();
    }

    /** Copies the clusters of the rows that are in the file to the start of an array. */
    public void read(int[] target) {
        Objects.requireNonNull(target, "the target is null");
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(rowsDone(), Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        file.read(bytes);
        bytes.asIntBuffer().get(target, 0, rowsDone());
    }

    /** Appends the clusters of the next rows. */
    public void write(int[] clusters, int from, int count) {
        Objects.requireNonNull(clusters, "the clusters are null");
        if (count > rows - rowsDone()) {
            throw new IllegalArgumentException(
                    count + " clusters were given after row " + rowsDone() + " of " + rows + "; give no more");
        }
        for (int at = 0; at < count; at += CHUNK) {
            int length = Math.min(CHUNK, count - at);
            chunk.clear();
            chunk.asIntBuffer().put(clusters, from + at, length);
            file.write(chunk.position(length * Integer.BYTES));
        }
    }

    /** Completes the file if all rows are there; else leaves what is done for another time. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean noted = rowsDone() < rows;
        try {
            if (!noted) {
                beforeComplete.accept(file.checksum());
                noted = true;
            }
        } finally {
            if (noted) {
                file.close();
            } else {
                file.leave();
            }
        }
    }

    /**
     * Reads a complete file that must have a checksum.
     *
     * @param checksum what was told before it was complete
     * @throws InputException if it is missing, or other bytes than were written
     * @throws UncheckedIOException if it cannot be read
     */
    public static int[] read(Path source, String checksum) {
        Objects.requireNonNull(source, "the file is null");
        Objects.requireNonNull(checksum, "the checksum is null");
        String found;
        try {
            found = Checksum.of(source);
            PartFile.clean(source);
        } catch (NoSuchFileException e) {
            throw new InputException(source + " is not there", e);
        } catch (IOException e) {
            throw FileFailure.reading(source, e);
        }
        if (!found.equals(checksum)) {
            throw new InputException(source + " was damaged or changed since it was written: its bytes have the"
                    + " checksum " + found + ", and " + checksum + " is noted beside it; remove it and go on with"
                    + " the run, which makes it again");
        }
        return read(source);
    }

    /**
     * Reads a complete file.
     *
     * @throws InputException if it is missing, damaged, or not a vector of 32-bit integers
     * @throws UncheckedIOException if it cannot be read
     */
    public static int[] read(Path source) {
        Objects.requireNonNull(source, "the file is null");
        if (!Files.isRegularFile(source)) {
            throw new InputException(source + " is not there, or not a file; give an NPY file of 32-bit integers");
        }
        try (RandomAccessFile in = new RandomAccessFile(source.toFile(), "r")) {
            if (!Npy.begins(in)) {
                throw new InputException(source + " is not an NPY file: it does not begin with \\x93NUMPY");
            }
            int rows = Npy.vector(source, in, "<i4");
            int[] result = new int[rows];
            if (in.length() - in.getFilePointer() != 4L * rows) {
                throw new InputException(source + " has " + (in.length() - in.getFilePointer())
                        + " bytes of data, but its header announces " + rows + " integers; write it again");
            }
            in.getChannel()
                    .map(FileChannel.MapMode.READ_ONLY, in.getFilePointer(), 4L * rows)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asIntBuffer()
                    .get(result);
            return result;
        } catch (EOFException e) {
            throw new InputException(source + " ends inside its header; it was not written to its end", e);
        } catch (IOException e) {
            throw FileFailure.reading(source, e);
        }
    }
}
