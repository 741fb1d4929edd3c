// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.influence.SafetensorsHeader.Tensor;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    /** {@link #open(Path)}, and checks that the metadata entry {@code format} has the given value. */
    static Safetensors open(Path file, String format) throws IOException {
        Safetensors result = open(file);
        String found = result.metadata.getOrDefault("format", "none");
        if (!found.equals(format)) {
            throw new MismatchException(
                    file + " has the format entry \"" + found + "\"; \"" + format + "\" is needed here");
        }
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
    int[] matrix(String name) {
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
    int square(String name) {
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

    /** A layer whose gradient has that many columns; the metadata entry "bias" tells whether the last is of a bias. */
    LayerShape layer(String name, int index, int outputs, int columns) {
        String biases = metadata.getOrDefault("bias", "");
        boolean bias = index < biases.length() && biases.charAt(index) == '1';
        if (bias && columns < 2) {
            throw SafetensorsHeader.damaged(
                    file, "layer \"" + name + "\" has a bias, but no more than " + columns + " column");
        }
        return new LayerShape(name, bias ? columns - 1 : columns, outputs, bias);
    }

    /** A metadata entry that must be a whole number for each of {@code count} things, or one for all. */
    List<Long> metadataLongs(String key, int count) {
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

    /** A metadata entry that must be a precision, in small letters. */
    Reals.Precision metadataPrecision(String key) {
        String found = metadata(key);
        for (Reals.Precision precision : Reals.Precision.values()) {
            if (precision.name().toLowerCase(java.util.Locale.ROOT).equals(found)) {
                return precision;
            }
        }
        throw SafetensorsHeader.damaged(
                file, "its metadata entry \"" + key + "\" is \"" + found + "\"; allowed are single and double");
    }

    /** A metadata entry that must be a whole number. */
    long metadataLong(String key) {
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

    /** Reads a tensor of type F32 into memory from {@code offset} on. */
    public void floats(String name, Floats target, int offset) throws IOException {
        Tensor tensor = typed(name, "F32");
        chunks(tensor, 4, (bytes, at, count) -> target.buffer().put(offset + at, bytes.asFloatBuffer(), 0, count));
    }

    /** A tensor of type I32. */
    int[] ints(String name) throws IOException {
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
    List<String> lines(String name, int count) throws IOException {
        String text = text(name);
        List<String> lines = count == 0 && text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
        if (lines.size() != count) {
            throw SafetensorsHeader.damaged(
                    file, "its tensor \"" + name + "\" has " + lines.size() + " lines for " + count + " items");
        }
        return lines;
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** The type of a tensor, such as F32. */
    public String type(String name) {
        return tensor(name).type();
    }

    /** The bytes of a tensor, mapped and not read; in the order of the file. The file must stay as it is. */
    ByteBuffer map(String name) throws IOException {
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
    InputException fault(String fault) {
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
    long position(String name, String type) {
        return dataStart + typed(name, type).from();
    }

    /** A tensor of type F32 or F64 in new memory of that precision. */
    Reals reals(String name) throws IOException {
        if (tensor(name).type().equals("F64")) {
            return Reals.of(Reals.Precision.DOUBLE, doubles(name));
        }
        Tensor tensor = typed(name, "F32");
        Floats result = Floats.allocate(Math.toIntExact(tensor.elements()));
        boolean done = false;
        try {
            floats(name, result, 0);
            done = true;
            return result;
        } finally {
            if (!done) {
                result.close();
            }
        }
    }

    private Tensor typed(String name, String type) {
        Tensor tensor = tensor(name);
        if (!tensor.type().equals(type)) {
            throw SafetensorsHeader.damaged(
                    file, "its tensor \"" + name + "\" has type " + tensor.type() + "; " + type + " is needed");
        }
        return tensor;
    }

    private Tensor tensor(String name) {
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
    static ByteBuffer bytes(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return bytes;
    }
}
