// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.SafetensorsHeader.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A safetensors file: an 8-byte little-endian header length, a JSON header, raw row-major tensors. The header is read
 * and checked at once (bounded length, ranges inside the file, no overlap, sizes that match shapes); tensors are read
 * when asked for. Immutable; safe for use by several threads.
 */
public final class Safetensors {
    private static final int CHUNK = 1 << 20;

    private final Path file;
    private final Map<String, Tensor> tensors;
    private final Map<String, String> metadata;
    private final long dataStart;

    private Safetensors(Path file, SafetensorsHeader header) {
        this.file = file;
        this.tensors = header.tensors();
        this.metadata = header.metadata();
        this.dataStart = header.dataStart();
    }

    /**
     * Reads and checks the header.
     *
     * @throws InputException if the file is not a sound safetensors file; names the file and the fault
     */
    public static Safetensors open(Path file) throws IOException {
        return new Safetensors(file, SafetensorsHeader.read(file));
    }

    /**
     * Opens a file of ours: {@link #open(Path)}, and checks that the metadata entry {@code format} has the given value
     * and that the bytes are those that were written.
     */
    public static Safetensors open(Path file, String format) throws IOException {
        Safetensors result = open(file);
        String found = result.metadata.getOrDefault("format", "none");
        if (!found.equals(format)) {
            throw new MismatchException(
                    file + " has the format entry \"" + found + "\"; \"" + format + "\" is needed here");
        }
        return result.verified();
    }

    /**
     * Reads the whole file and compares it with the checksum that stands in it. A file without one, of another program,
     * is taken as it is.
     *
     * @throws InputException if the file was changed since it was written
     */
    public Safetensors verified() throws IOException {
        String written = metadata.get(Seal.KEY);
        if (written == null) {
            return this;
        }
        Checksum sum = new Checksum();
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] start = SafetensorsHeader.read(in, file, 0, (int) dataStart).array();
            int seal = Seal.find(start);
            if (seal >= 0) {
                Arrays.fill(start, seal, seal + Checksum.DIGITS, (byte) '0');
            }
            sum.add(start, 0, start.length);
            byte[] block = new byte[CHUNK];
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                sum.add(block, 0, count);
            }
        }
        if (!sum.hex().equals(written)) {
            throw SafetensorsHeader.damaged(
                    file,
                    "its bytes have the checksum " + sum.hex() + ", and " + written
                            + " stands in it: it was damaged or changed since it was written (where that was on"
                            + " purpose, take \"" + Seal.KEY + "\" out of its metadata)");
        }
        return this;
    }

    /** All entries of the metadata but the checksum. */
    public Map<String, String> metadata() {
        Map<String, String> result = new TreeMap<>(metadata);
        result.remove(Seal.KEY);
        return result;
    }

    /** The names of the tensors, in file order. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /** The shape of a tensor. */
    public int[] shape(String name) {
        return tensor(name).shape().stream().mapToInt(Integer::intValue).toArray();
    }

    /** The shape of a tensor that must be a matrix, neither side 0. */
    public int[] matrix(String name) {
        int[] shape = shape(name);
        if (shape.length != 2 || shape[0] < 1 || shape[1] < 1) {
            throw SafetensorsHeader.damaged(
                    file,
                    "its tensor \"" + name + "\" has the shape " + Arrays.toString(shape)
                            + "; rows and columns are needed");
        }
        return shape;
    }

    /** The number of rows of a tensor that must be a square matrix. */
    public int square(String name) {
        int[] shape = matrix(name);
        if (shape[0] != shape[1]) {
            throw SafetensorsHeader.damaged(
                    file,
                    "its tensor \"" + name + "\" has the shape " + Arrays.toString(shape)
                            + "; as many rows as columns are needed");
        }
        return shape[0];
    }

    /** A metadata entry that must be there. */
    public String metadata(String key) {
        String value = metadata.get(key);
        if (value == null) {
            throw SafetensorsHeader.damaged(file, "its metadata has no entry \"" + key + "\"");
        }
        return value;
    }

    /** A metadata entry that must be a whole number for each of {@code count} things, or one for all. */
    public List<Long> metadataLongs(String key, int count) {
        List<Long> values = new ArrayList<>();
        for (String word : metadata(key).split(" ", -1)) {
            if (word.matches("\\d{1,18}")) {
                values.add(Long.parseLong(word));
            }
        }
        if (count == 0 || (values.size() != count && values.size() != 1)) {
            throw SafetensorsHeader.damaged(
                    file,
                    "its metadata entry \"" + key + "\" is \"" + metadata(key) + "\"; " + count
                            + " whole numbers of 0 or more are needed");
        }
        return values.size() == count ? values : Collections.nCopies(count, values.get(0));
    }

    /** A metadata entry that must be a whole number. */
    public long metadataLong(String key) {
        try {
            return Long.parseLong(metadata(key));
        } catch (NumberFormatException e) {
            throw new InputException(
                    SafetensorsHeader.message(
                            file, "its metadata entry \"" + key + "\" is not a whole number: " + metadata(key)),
                    e);
        }
    }

    /** A tensor of type F64. */
    public double[] doubles(String name) throws IOException {
        Tensor tensor = typed(name, "F64");
        double[] result = new double[Math.toIntExact(tensor.elements())];
        chunks(tensor, 8, (bytes, at, count) -> bytes.asDoubleBuffer().get(result, at, count));
        return result;
    }

    /** Reads a tensor of type F32 into a buffer, from its position on. */
    public void floats(String name, FloatBuffer target) throws IOException {
        Tensor tensor = typed(name, "F32");
        chunks(tensor, 4, (bytes, at, count) -> target.put(bytes.asFloatBuffer().limit(count)));
    }

    /** A tensor of type I32. */
    public int[] ints(String name) throws IOException {
        Tensor tensor = typed(name, "I32");
        int[] result = new int[Math.toIntExact(tensor.elements())];
        chunks(tensor, 4, (bytes, at, count) -> bytes.asIntBuffer().get(result, at, count));
        return result;
    }

    /** A tensor of type U8 that is text in UTF-8. */
    String text(String name) throws IOException {
        Tensor tensor = typed(name, "U8");
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(tensor.elements()));
        chunks(tensor, 1, (bytes, at, count) -> all.put(bytes));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(all.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new InputException(
                    SafetensorsHeader.message(file, "its tensor \"" + name + "\" is not text in UTF-8"), e);
        }
    }

    /** A text of so many lines, without an end of line after the last. */
    public List<String> lines(String name, int count) throws IOException {
        String text = text(name);
        List<String> lines = count == 0 && text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
        if (lines.size() != count) {
            throw SafetensorsHeader.damaged(
                    file, "its tensor \"" + name + "\" has " + lines.size() + " lines for " + count + " items");
        }
        return lines;
    }

    /** Whether there is a tensor of that name. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** The type of a tensor, such as F32. */
    public String type(String name) {
        return tensor(name).type();
    }

    /** The bytes of a tensor, mapped and not read; in the order of the file. The file must stay as it is. */
    public ByteBuffer map(String name) throws IOException {
        Tensor tensor = tensor(name);
        long length = tensor.to() - tensor.from();
        if (length > Integer.MAX_VALUE) {
            throw SafetensorsHeader.damaged(
                    file,
                    "its tensor \"" + name + "\" has " + length + " bytes, and at most " + Integer.MAX_VALUE
                            + " can be mapped at once: use more and smaller files");
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, dataStart + tensor.from(), length)
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** An error that names the file and a fault in what it says. */
    public InputException fault(String fault) {
        return SafetensorsHeader.damaged(file, fault);
    }

    /** A tensor of type F32, F16 or BF16 that is read when it is needed. */
    public MappedTensor mapped(String name) throws IOException {
        Tensor tensor = tensor(name);
        if (!Set.of("F32", "F16", "BF16").contains(tensor.type())) {
            throw SafetensorsHeader.damaged(
                    file, "its tensor \"" + name + "\" has type " + tensor.type() + "; F32, F16 or BF16 is needed");
        }
        return MappedTensor.of(file, tensor.type(), dataStart + tensor.from(), tensor.elements());
    }

    /** Where a tensor of a type begins, in bytes from the start of the file. */
    public long position(String name, String type) {
        return dataStart + typed(name, type).from();
    }

    private Tensor typed(String name, String type) {
        Tensor tensor = tensor(name);
        if (!tensor.type().equals(type)) {
            throw SafetensorsHeader.damaged(
                    file, "its tensor \"" + name + "\" has type " + tensor.type() + "; " + type + " is needed");
        }
        return tensor;
    }

    Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw SafetensorsHeader.damaged(file, "it has no tensor \"" + name + "\"; it has " + tensors.keySet());
        }
        return tensor;
    }

    private interface ChunkReader {
        void accept(ByteBuffer bytes, int at, int count);
    }

    private void chunks(Tensor tensor, int size, ChunkReader reader) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long elements = tensor.elements();
            for (long at = 0; at < elements; at += CHUNK) {
                int count = (int) Math.min(CHUNK, elements - at);
                reader.accept(
                        SafetensorsHeader.read(in, file, dataStart + tensor.from() + at * size, count * size),
                        (int) at,
                        count);
            }
        }
    }

    /** The little-endian bytes of an array. */
    public static ByteBuffer bytes(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return bytes;
    }
}
