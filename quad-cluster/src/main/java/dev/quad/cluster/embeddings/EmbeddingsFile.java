// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.files.FileFailure;
import dev.quad.files.KnownContent;
import dev.quad.files.Npy;
import dev.quad.files.Safetensors;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Embeddings in a file, memory-mapped: NPY or safetensors, told apart by their first bytes, of any {@link ElementType}.
 *
 * <p>Opening reads the header only, and of a file with a checksum of ours all bytes once, to compare them with it. Rows
 * come from the system's page cache, so that the matrix may be larger than the heap and the memory; the heap holds a
 * few hundred bytes. The file must not be changed or cut while it is open here. The memory is unmapped when this object
 * is garbage. Values are not checked: what uses them says which row is not finite. Immutable and safe for use by
 * several threads at once.
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
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(tensor, "the name of the tensor is null; allowed is \"\" where there is one alone");
        return open(file, tensor, WINDOW);
    }

    /** In windows of so many bytes. */
    static EmbeddingsFile open(Path file, String tensor, long window) {
        if (!Files.isRegularFile(file)) {
            throw new InputException(file + " is not there, or not a file; give an NPY or safetensors file");
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            Layout layout = Npy.begins(in) ? npy(file, in) : safetensors(file, in, tensor);
            return new EmbeddingsFile(file, layout.check(file, in.length()), in.getChannel(), window);
        } catch (EOFException e) {
            throw new InputException(file + " ends inside its header; it was not written to its end", e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private static Layout npy(Path file, RandomAccessFile in) throws IOException {
        Npy.Matrix found = Npy.matrix(file, in);
        for (ElementType type : ElementType.values()) {
            if (type.npy().equals(found.type()) && !found.type().isEmpty()) {
                return new Layout(found.dataStart(), found.rows(), found.columns(), type, Map.of());
            }
        }
        throw new InputException(file + " holds values of type " + found.type()
                + "; allowed are <f2, <f4 and <f8: convert it with x.astype(np.float32)");
    }

    private static Layout safetensors(Path file, RandomAccessFile in, String tensor) throws IOException {
        in.seek(0);
        long header = Long.reverseBytes(in.readLong());
        if (header < 2 || header > in.length() - 8) {
            KnownContent.refuse(file, KnownContent.Form.SAFETENSORS);
            throw new InputException(file
                    + " is neither an NPY nor a safetensors file: it does not begin with \\x93NUMPY,"
                    + " and its first 8 bytes give a header of " + header + " bytes where the file has " + in.length());
        }
        Safetensors found = Safetensors.open(file);
        Map<String, ElementType> matrices = new LinkedHashMap<>();
        for (String name : found.names()) {
            for (ElementType type : ElementType.values()) {
                if (found.shape(name).length == 2 && type.safetensors().equals(found.type(name))) {
                    matrices.put(name, type);
                }
            }
        }
        String name = tensor.isEmpty() && matrices.size() == 1
                ? matrices.keySet().iterator().next()
                : tensor;
        ElementType type = matrices.get(name);
        if (type == null) {
            throw new InputException(
                    file + " has " + (name.isEmpty() ? "not one matrix but " : "no matrix \"" + name + "\"; it has ")
                            + matrices.size() + " of type F16, BF16, F32 or F64: " + matrices.keySet()
                            + "; name one of them");
        }
        int[] shape = found.shape(name);
        return new Layout(
                found.position(name, type.safetensors()),
                shape[0],
                shape[1],
                type,
                found.verified().metadata());
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
        Objects.requireNonNull(target, "the buffer is null");
        Objects.checkFromIndexSize(firstRow, rowCount, rows);
        if (target.remaining() < (long) rowCount * dimension) {
            throw new IllegalArgumentException("the target has room for " + target.remaining() + " values; " + rowCount
                    + " rows of " + dimension + " need " + (long) rowCount * dimension);
        }
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
