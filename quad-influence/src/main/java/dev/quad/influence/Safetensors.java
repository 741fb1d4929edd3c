// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import java.io.CharConversionException;
import java.io.EOFException;
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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file: an 8-byte little-endian header length, a JSON header, raw row-major tensors. The header is read
 * and checked at once (bounded length, ranges inside the file, no overlap, sizes that match shapes); tensors are read
 * when asked for. Immutable; safe for use by several threads.
 */
public final class Safetensors {
    /** Longest header that is read, as in the format's reference implementation. */
    private static final long MAX_HEADER = 100_000_000;

    private static final int CHUNK = 1 << 20;

    private record Tensor(String name, String type, List<Integer> shape, long from, long to) {
        long elements() {
            long count = 1;
            for (int n : shape) {
                count = Math.multiplyExact(count, (long) n);
            }
            return count;
        }
    }

    private final Path file;
    private final Map<String, Tensor> tensors;
    private final Map<String, String> metadata;
    private final long dataStart;

    private Safetensors(Path file, Map<String, Tensor> tensors, Map<String, String> metadata, long dataStart) {
        this.file = file;
        this.tensors = tensors;
        this.metadata = metadata;
        this.dataStart = dataStart;
    }

    /**
     * Reads and checks the header.
     *
     * @throws InputException if the file is not a sound safetensors file; names the file and the fault
     */
    public static Safetensors open(Path file) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long size = in.length();
            if (size < 8) {
                throw damaged(file, "it has " + size + " bytes, and 8 are needed for the length of the header");
            }
            long header = read(in, file, 0, 8).getLong();
            if (header < 2 || header > MAX_HEADER || header > size - 8) {
                throw damaged(
                        file,
                        "its first 8 bytes give a header of " + header + " bytes; the file has " + size
                                + " bytes, and a header at most " + MAX_HEADER);
            }
            Map<String, String> metadata = new LinkedHashMap<>();
            List<Tensor> tensors = new ArrayList<>();
            byte[] json = read(in, file, 8, (int) header).array();
            try (JsonParser parser = new JsonFactory()
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .createParser(json)) {
                parse(parser, metadata, tensors);
                check(file, tensors, size - 8 - header);
            } catch (com.fasterxml.jackson.core.JsonProcessingException
                    | CharConversionException
                    | ArithmeticException e) {
                throw new InputException(message(file, "its header is not as it should be: " + e.getMessage()), e);
            }
            Map<String, Tensor> byName = new LinkedHashMap<>();
            tensors.forEach(t -> byName.put(t.name(), t));
            return new Safetensors(file, byName, metadata, 8 + header);
        }
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
            throw damaged(
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
            throw damaged(
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
            throw damaged(file, "its metadata has no entry \"" + key + "\"");
        }
        return value;
    }

    /** A layer whose gradient has that many columns; the metadata entry "bias" tells whether the last is of a bias. */
    LayerShape layer(String name, int index, int outputs, int columns) {
        String biases = metadata.getOrDefault("bias", "");
        boolean bias = index < biases.length() && biases.charAt(index) == '1';
        if (bias && columns < 2) {
            throw damaged(file, "layer \"" + name + "\" has a bias, but no more than " + columns + " column");
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
            throw damaged(
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
        throw damaged(file, "its metadata entry \"" + key + "\" is \"" + found + "\"; allowed are single and double");
    }

    /** A metadata entry that must be a whole number. */
    long metadataLong(String key) {
        try {
            return Long.parseLong(metadata(key));
        } catch (NumberFormatException e) {
            throw new InputException(
                    message(file, "its metadata entry \"" + key + "\" is not a whole number: " + metadata(key)), e);
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
            throw new InputException(message(file, "its tensor \"" + name + "\" is not text in UTF-8"), e);
        }
    }

    /** A text of so many lines, without an end of line after the last. */
    List<String> lines(String name, int count) throws IOException {
        String text = text(name);
        List<String> lines = count == 0 && text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
        if (lines.size() != count) {
            throw damaged(file, "its tensor \"" + name + "\" has " + lines.size() + " lines for " + count + " items");
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
            throw damaged(
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
        return damaged(file, fault);
    }

    /** A tensor of type F32, F16 or BF16 that is read when it is needed. */
    public MappedTensor mapped(String name) throws IOException {
        Tensor tensor = tensor(name);
        if (!Set.of("F32", "F16", "BF16").contains(tensor.type())) {
            throw damaged(
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
            throw damaged(file, "its tensor \"" + name + "\" has type " + tensor.type() + "; " + type + " is needed");
        }
        return tensor;
    }

    private Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw damaged(file, "it has no tensor \"" + name + "\"; it has " + tensors.keySet());
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
                reader.accept(read(in, file, dataStart + tensor.from() + at * size, count * size), (int) at, count);
            }
        }
    }

    /** Not through a file in, which an interrupted thread would close. */
    private static ByteBuffer read(RandomAccessFile in, Path file, long at, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.seek(at);
        try {
            in.readFully(bytes);
        } catch (EOFException e) {
            throw new InputException(message(file, "it ends before byte " + (at + length)), e);
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void parse(JsonParser parser, Map<String, String> metadata, List<Tensor> tensors)
            throws IOException {
        expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
            if (name.equals("__metadata__")) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String key = parser.currentName();
                    expect(parser, parser.nextToken(), JsonToken.VALUE_STRING);
                    metadata.put(key, parser.getText());
                }
            } else {
                tensors.add(tensor(parser, name));
            }
        }
        expect(parser, parser.nextToken(), null);
    }

    private static Tensor tensor(JsonParser parser, String name) throws IOException {
        String type = "";
        List<Integer> shape = List.of();
        long[] range = {};
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            switch (parser.currentName()) {
                case "dtype" -> {
                    expect(parser, parser.nextToken(), JsonToken.VALUE_STRING);
                    type = parser.getText();
                }
                case "shape" -> {
                    shape = Arrays.stream(numbers(parser))
                            .mapToObj(Math::toIntExact)
                            .toList();
                }
                case "data_offsets" -> range = numbers(parser);
                default ->
                    throw new com.fasterxml.jackson.core.JsonParseException(
                            parser, "tensor \"" + name + "\" has the unknown field \"" + parser.currentName() + "\"");
            }
        }
        if (range.length != 2) {
            throw new com.fasterxml.jackson.core.JsonParseException(
                    parser, "tensor \"" + name + "\" has no pair of data_offsets");
        }
        return new Tensor(name, type, shape, range[0], range[1]);
    }

    private static long[] numbers(JsonParser parser) throws IOException {
        expect(parser, parser.nextToken(), JsonToken.START_ARRAY);
        List<Long> result = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT);
            result.add(parser.getLongValue());
        }
        return result.stream().mapToLong(Long::longValue).toArray();
    }

    private static void expect(JsonParser parser, @Nullable JsonToken found, @Nullable JsonToken wanted)
            throws IOException {
        if (found != wanted) {
            throw new com.fasterxml.jackson.core.JsonParseException(
                    parser, (wanted == null ? "the end" : wanted) + " expected, " + found + " found");
        }
    }

    private static void check(Path file, List<Tensor> tensors, long dataSize) {
        List<Tensor> inOrder = new ArrayList<>(tensors);
        inOrder.sort(Comparator.comparingLong(Tensor::from).thenComparingLong(Tensor::to));
        long end = 0;
        for (Tensor tensor : inOrder) {
            for (int n : tensor.shape()) {
                if (n < 0) {
                    throw damaged(file, "tensor \"" + tensor.name() + "\" has the size " + n);
                }
            }
            int size = switch (tensor.type()) {
                case "F64", "I64", "U64" -> 8;
                case "F32", "I32", "U32" -> 4;
                case "F16", "BF16", "I16", "U16" -> 2;
                case "I8", "U8", "BOOL" -> 1;
                default ->
                    throw damaged(
                            file, "tensor \"" + tensor.name() + "\" has the unknown type \"" + tensor.type() + "\"");
            };
            if (tensor.from() < end || tensor.to() < tensor.from() || tensor.to() > dataSize) {
                throw damaged(
                        file,
                        "tensor \"" + tensor.name() + "\" lies at bytes [" + tensor.from() + ", " + tensor.to()
                                + ") of " + dataSize + " bytes of data, or overlaps the tensor before it");
            }
            if (tensor.elements() != (tensor.to() - tensor.from()) / size
                    || (tensor.to() - tensor.from()) % size != 0) {
                throw damaged(
                        file,
                        "tensor \"" + tensor.name() + "\" of type " + tensor.type() + " has " + tensor.elements()
                                + " elements but " + (tensor.to() - tensor.from()) + " bytes");
            }
            end = tensor.to();
        }
    }

    private static InputException damaged(Path file, String fault) {
        return new InputException(message(file, fault));
    }

    private static String message(Path file, String fault) {
        return file + " is not a sound safetensors file: " + fault + "; write it again";
    }

    /** The little-endian bytes of an array. */
    static ByteBuffer bytes(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return bytes;
    }
}
