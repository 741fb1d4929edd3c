// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import dev.quad.Embeddings;
import dev.quad.InputException;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * Embeddings in a file, memory-mapped: NPY or safetensors, told apart by their first bytes, of any {@link ElementType}.
 *
 * <p>Opening reads the header only. Rows come from the system's page cache, so that the matrix may be larger than the
 * heap and the memory; the heap holds a few hundred bytes. The file must not be changed or cut while it is open here.
 * The memory is unmapped when this object is garbage. Values are not checked: what uses them says which row is not
 * finite. Immutable and safe for use by several threads at once.
 */
public final class EmbeddingsFile implements Embeddings {
    /** A buffer holds 2 GiB at most; rows are not cut. */
    private static final long WINDOW = 1 << 30;

    private final Path file;
    private final Layout layout;
    private final int rows;
    private final int dimension;
    private final int rowBytes;
    private final int rowsPerWindow;
    private final ByteBuffer[] windows;

    private EmbeddingsFile(Path file, Layout layout, FileChannel channel, long window) throws IOException {
        this.file = file;
        this.layout = layout;
        this.rows = (int) layout.rows();
        this.dimension = (int) layout.dimension();
        this.rowBytes = dimension * layout.type().bytes();
        this.rowsPerWindow = (int) Math.min(Integer.MAX_VALUE / 2, Math.max(1, window / rowBytes));
        this.windows = new ByteBuffer[Math.toIntExact(((long) rows + rowsPerWindow - 1) / rowsPerWindow)];
        for (int i = 0; i < windows.length; i++) {
            long from = (long) i * rowsPerWindow;
            long count = Math.min(rowsPerWindow, rows - from);
            windows[i] = channel.map(
                            FileChannel.MapMode.READ_ONLY, layout.dataStart() + from * rowBytes, count * rowBytes)
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /**
     * Opens an NPY file, or a safetensors file with one matrix of numbers.
     *
     * @throws InputException if the file is missing, damaged, or not a matrix of floating-point numbers stored by rows
     * @throws UncheckedIOException if it cannot be read
     */
    public static EmbeddingsFile open(Path file) {
        return open(file, "");
    }

    /**
     * Opens an NPY file, or a safetensors file with several matrices.
     *
     * @param tensor the name of the matrix in a safetensors file; empty for the only one
     * @throws InputException if the file is missing, damaged, or not a matrix of floating-point numbers stored by rows
     * @throws UncheckedIOException if it cannot be read
     */
    public static EmbeddingsFile open(Path file, String tensor) {
        return open(file, tensor, WINDOW);
    }

    /** In windows of so many bytes. */
    static EmbeddingsFile open(Path file, String tensor, long window) {
        if (!Files.isRegularFile(file)) {
            throw new InputException(file + " is not there, or not a file; give an NPY or safetensors file");
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] start = new byte[Npy.MAGIC.length];
            in.readFully(start);
            Layout layout =
                    Arrays.equals(start, Npy.MAGIC) ? Npy.read(file, in) : SafetensorsHeader.read(file, in, tensor);
            return new EmbeddingsFile(file, layout.check(file, in.length()), in.getChannel(), window);
        } catch (EOFException e) {
            throw new InputException(file + " ends inside its header; it was not written to its end", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e, e);
        }
    }

    /**
     * Writes rows to a safetensors file in single precision at once, and forces it to the disk; an existing file is
     * replaced. {@link EmbeddingsWriter} is for rows that take long to make.
     *
     * @param rows whole rows, from its position to its limit
     */
    public static void write(Path file, FloatBuffer rows, int dimension, Map<String, String> metadata)
            throws IOException {
        int count = rows.remaining() / dimension;
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer source = rows.duplicate();
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            out.write(SafetensorsHeader.header(count, dimension, ElementType.FLOAT32, metadata));
            while (source.hasRemaining()) {
                int length = Math.min(source.remaining(), bytes.capacity() / Float.BYTES);
                bytes.clear().asFloatBuffer().put(source.slice(source.position(), length));
                source.position(source.position() + length);
                out.write(bytes.array(), 0, length * Float.BYTES);
            }
            out.getFD().sync();
        }
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    /** How the numbers are stored. */
    public ElementType type() {
        return layout.type();
    }

    /** The text entries of a safetensors file; empty for NPY. */
    public Map<String, String> metadata() {
        return layout.metadata();
    }

    @Override
    public void read(int firstRow, int rowCount, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, rowCount, rows);
        int done = 0;
        while (done < rowCount) {
            int row = firstRow + done;
            int inWindow = row % rowsPerWindow;
            int count = Math.min(rowCount - done, rowsPerWindow - inWindow);
            // at most a gibibyte, so that this is an int
            ByteBuffer bytes = windows[row / rowsPerWindow].slice(inWindow * rowBytes, count * rowBytes);
            layout.type().read(bytes.order(ByteOrder.LITTLE_ENDIAN), target);
            done += count;
        }
    }

    /** The file's name and shape. */
    @Override
    public String toString() {
        return file + " (" + rows + " × " + dimension + ", " + layout.type() + ")";
    }
}
