// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import dev.quad.Fingerprint;
import dev.quad.MismatchException;
import dev.quad.files.FileFailure;
import dev.quad.files.Npy;
import dev.quad.files.PartFile;
import dev.quad.files.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Writes embeddings to an NPY or safetensors file while they are computed; the end of the name, {@code .npy} or
 * {@code .safetensors}, says which.
 *
 * <p>Rows go to a file beside the target, {@code NAME.FINGERPRINT.part}, where the fingerprint is that of the shape,
 * the type and the metadata. Opening the writer again after a kill finds the rows that are there, and {@link #rowsDone}
 * says with which to go on; rows that were damaged meanwhile are not among them. {@link #close} after the last row
 * forces the file to the disk and renames it; before, it leaves the part file for another time. An existing target is
 * never overwritten. For use by one thread.
 */
public final class EmbeddingsWriter implements AutoCloseable {
    private static final int BLOCK = 1024;
    /** The name of the matrix in a safetensors file. */
    private static final String TENSOR = "embeddings";

    private final PartFile file;
    private final boolean anyOrder;
    private final int rows;
    private final int dimension;
    private final ElementType type;
    private final ByteBuffer chunk;
    private final float[] values;

    private EmbeddingsWriter(PartFile file, boolean anyOrder, int rows, int dimension, ElementType type) {
        this.file = file;
        this.anyOrder = anyOrder;
        this.rows = rows;
        this.dimension = dimension;
        this.type = type;
        int rowBytes = dimension * type.bytes();
        int rowsPerChunk = Math.max(1, Math.min(BLOCK, (1 << 20) / rowBytes));
        this.chunk = ByteBuffer.allocate(rowsPerChunk * rowBytes).order(ByteOrder.LITTLE_ENDIAN);
        this.values = new float[rowsPerChunk * dimension];
    }

    /**
     * Starts a file, or goes on with one that was begun with the same arguments.
     *
     * @param target ends in {@code .npy} or {@code .safetensors}; must not be there yet
     * @param rows rows in all, {@code >= 0}
     * @param dimension values a row, {@code >= 1}
     * @param type {@link ElementType#FLOAT32} or {@link ElementType#FLOAT16}
     * @param metadata what the rows were made from; stored in a safetensors file, and tells unfinished files apart in
     *     both
     * @throws dev.quad.InputException if the target is there
     * @throws MismatchException if another writer has the unfinished file open
     * @throws UncheckedIOException if it cannot be written
     */
    public static EmbeddingsWriter open(
            Path target, int rows, int dimension, ElementType type, Map<String, String> metadata) {
        return open(target, false, rows, dimension, type, metadata);
    }

    /**
     * Starts a file whose rows come in any order, by {@link #put}; one that was begun is begun again. The arguments and
     * what is thrown are those of {@link #open}.
     */
    public static EmbeddingsWriter openForAnyOrder(
            Path target, int rows, int dimension, ElementType type, Map<String, String> metadata) {
        EmbeddingsWriter writer = open(target, true, rows, dimension, type, metadata);
        try {
            writer.file.restart();
            return writer;
        } catch (IOException e) {
            writer.close();
            throw FileFailure.writing(target, e);
        }
    }

    private static EmbeddingsWriter open(
            Path target, boolean anyOrder, int rows, int dimension, ElementType type, Map<String, String> metadata) {
        Objects.requireNonNull(target, "the file is null");
        Objects.requireNonNull(type, "the type of the elements is null; allowed are FLOAT32 and FLOAT16");
        Objects.requireNonNull(metadata, "the metadata are null; allowed is an empty map");
        String name = String.valueOf(target.getFileName());
        boolean npy = name.endsWith(".npy");
        if (!npy && !name.endsWith(".safetensors")) {
            throw new IllegalArgumentException(
                    "the file is named " + name + "; the end of the name must be .npy or .safetensors");
        }
        if (rows < 0 || dimension < 1 || (type != ElementType.FLOAT32 && type != ElementType.FLOAT16)) {
            throw new IllegalArgumentException(rows + " rows of " + dimension + " values of type " + type
                    + " were announced; allowed are 0 or more rows of 1 or more values of type FLOAT32 or FLOAT16");
        }
        Fingerprint fingerprint = Fingerprint.of(anyOrder ? "embeddings in any order" : "embeddings")
                .add(rows)
                .add(dimension)
                .add(type.name());
        new TreeMap<>(metadata).forEach((key, value) -> fingerprint.add(key).add(value));
        try {
            byte[] header = npy
                    ? Npy.header(type.npy(), rows, dimension)
                    : SafetensorsWriter.start(metadata, TENSOR, type.safetensors(), type.bytes(), rows, dimension);
            long rowBytes = (long) dimension * type.bytes();
            return new EmbeddingsWriter(
                    PartFile.open(target, header, rowBytes, rows, fingerprint.hex()), anyOrder, rows, dimension, type);
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    /**
     * Embeds a pool into a file, or opens the file where that was done before.
     *
     * <p>Killed and called again, it goes on with the first row that is missing. The metadata of a safetensors file
     * names the embedder and the fingerprint of the pool.
     *
     * @param target as in {@link #open}, but a safetensors file of the same pool and embedder may be there
     * @param onRows told how many rows are done, after each block
     * @throws MismatchException if the target is there and was made from another pool or by another embedder
     * @throws dev.quad.NumericalException if the embedder gives a value that is not finite or too large for the type
     */
    public static <T> EmbeddingsFile embed(
            CandidatePool<T> pool, Embedder<? super T> embedder, Path target, ElementType type, IntConsumer onRows) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(embedder, "the embedder is null");
        Objects.requireNonNull(target, "the file is null");
        Objects.requireNonNull(type, "the type of the elements is null; allowed are those of ElementType");
        Objects.requireNonNull(onRows, "onRows is null; give n -> {} to hear nothing");
        Map<String, String> metadata = Map.of("embedder", embedder.id(), "pool", pool.fingerprint());
        if (Files.exists(target)) {
            cleaned(target);
            EmbeddingsFile found = EmbeddingsFile.open(target);
            if (!found.metadata().equals(metadata) || found.type() != type) {
                throw new MismatchException(target + " is there already and holds " + found.type() + " rows of "
                        + found.metadata() + "; wanted are " + type + " rows of " + metadata
                        + ": delete it, or choose another name");
            }
            return found;
        }
        try (EmbeddingsWriter writer = open(target, pool.size(), embedder.dimension(), type, metadata)) {
            FloatBuffer rows = FloatBuffer.allocate(Math.multiplyExact(BLOCK, embedder.dimension()));
            List<T> block = new ArrayList<>(BLOCK);
            while (writer.rowsDone() < pool.size()) {
                block.clear();
                for (int i = writer.rowsDone(); i < Math.min(pool.size(), writer.rowsDone() + BLOCK); i++) {
                    block.add(pool.get(i));
                }
                embedder.embedFully(block, rows.clear());
                writer.write(rows.flip());
                onRows.accept(writer.rowsDone());
            }
        }
        return EmbeddingsFile.open(target);
    }

    private static void cleaned(Path target) {
        try {
            PartFile.clean(target);
        } catch (IOException e) {
            throw FileFailure.reading(target, e);
        }
    }

    /** How many rows are in the file, and so which one is to be written next. */
    public int rowsDone() {
        return file.done();
    }

    /**
     * Appends rows.
     *
     * @param source whole rows, from its position to its limit; its position moves to its limit
     * @throws dev.quad.NumericalException if a value is not finite or too large for the type; names the row
     */
    public void write(FloatBuffer source) {
        Objects.requireNonNull(source, "the buffer is null");
        checkOrder(false);
        int count = source.remaining() / dimension;
        if (source.remaining() % dimension != 0 || count > rows - rowsDone()) {
            throw new IllegalArgumentException(source.remaining() + " values were given after row " + rowsDone()
                    + " of " + rows + "; give whole rows of " + dimension + ", and no more than were announced");
        }
        while (source.hasRemaining()) {
            int length = Math.min(values.length, source.remaining());
            source.get(values, 0, length);
            type.write(values, length, dimension, rowsDone(), chunk.clear());
            file.write(chunk);
        }
    }

    /**
     * Writes one row of a file that is {@linkplain #openForAnyOrder open for any order}.
     *
     * @param row its number, in {@code [0, rows)}; each comes once
     * @param source its values
     * @throws dev.quad.NumericalException if a value is not finite or too large for the type; names the row
     */
    public void put(int row, float[] source) {
        Objects.requireNonNull(source, "the source is null");
        checkOrder(true);
        Objects.checkIndex(row, rows);
        if (source.length != dimension || rowsDone() == rows) {
            throw new IllegalArgumentException(source.length + " values were given for row " + row + " after "
                    + rowsDone() + " of " + rows + " rows; give rows of " + dimension + ", each once");
        }
        type.write(source, dimension, dimension, row, chunk.clear());
        file.put(row, chunk);
    }

    private void checkOrder(boolean any) {
        if (anyOrder != any) {
            throw new IllegalStateException(
                    anyOrder ? "rows in any order are given to put, not to write" : "rows in order are given to write");
        }
    }

    /** Completes the file if all rows are there; else leaves what is done for another time. */
    @Override
    public void close() {
        file.close();
    }
}
