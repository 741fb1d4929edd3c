// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.quad.InputException;
import java.io.CharConversionException;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the tensors of a {@link Safetensors} file, read and checked.
 *
 * @param tensors by name, in file order
 * @param dataStart where their bytes begin in the file
 */
record SafetensorsHeader(Map<String, Tensor> tensors, Map<String, String> metadata, long dataStart) {
    /** Longest header that is read, as in the format's reference implementation. */
    private static final long MAX_HEADER = 100_000_000;

    /** A tensor's bytes {@code [from, to)} of the data. */
    record Tensor(String name, String type, List<Integer> shape, long from, long to) {
        long elements() {
            long count = 1;
            for (int n : shape) {
                count = Math.multiplyExact(count, (long) n);
            }
            return count;
        }
    }

    static SafetensorsHeader read(Path file) throws IOException {
        RegularFile.require(file);
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long size = in.length();
            if (size < 8) {
                throw damaged(file, "it has " + size + " bytes, and 8 are needed for the length of the header");
            }
            long header = read(in, file, 0, 8).getLong();
            if (header < 2 || header > MAX_HEADER || header > size - 8) {
                refuseOther(in, file, size);
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
            } catch (JsonProcessingException | CharConversionException | HeaderException e) {
                refuseOther(in, file, size);
                throw new InputException(message(file, "its header " + fault(e)), e);
            }
            Map<String, Tensor> byName = new LinkedHashMap<>();
            tensors.forEach(t -> byName.put(t.name(), t));
            return new SafetensorsHeader(byName, metadata, 8 + header);
        }
    }

    /** What is wrong with a header in other words than those of the parser. */
    private static final class HeaderException extends IOException {
        private static final long serialVersionUID = 1;

        HeaderException(String fault) {
            super(fault);
        }
    }

    private static String fault(IOException e) {
        if (e instanceof HeaderException) {
            return String.valueOf(e.getMessage());
        }
        if (!(e instanceof JsonProcessingException json)) {
            return "is not text in UTF-8";
        }
        String duplicate = "Duplicate field ";
        String what = String.valueOf(json.getOriginalMessage());
        String fault = what.startsWith(duplicate)
                ? "has the name " + what.substring(duplicate.length()) + " twice"
                : e instanceof InputCoercionException || e instanceof StreamConstraintsException
                        ? "has a number or a name that is far too long"
                        : "is not JSON";
        return json.getLocation() == null
                ? fault
                : fault + " (byte " + (8 + json.getLocation().getByteOffset()) + ")";
    }

    /** Fails if a file that is no safetensors is known for something else. */
    private static void refuseOther(RandomAccessFile in, Path file, long size) throws IOException {
        byte[] head =
                read(in, file, 0, (int) Math.min(size, KnownContent.HEAD_BYTES)).array();
        KnownContent.refuse(file, head, KnownContent.Form.SAFETENSORS);
    }

    /** Not through a file in, which an interrupted thread would close. */
    static ByteBuffer read(RandomAccessFile in, Path file, long at, int length) throws IOException {
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
                    shape = sizes(name, numbers(parser));
                }
                case "data_offsets" -> range = numbers(parser);
                default ->
                    throw new HeaderException(
                            "gives the tensor \"" + name + "\" the unknown field \"" + parser.currentName() + "\"");
            }
        }
        if (range.length != 2) {
            throw new HeaderException("gives the tensor \"" + name + "\" no pair of data_offsets");
        }
        return new Tensor(name, type, shape, range[0], range[1]);
    }

    private static List<Integer> sizes(String name, long[] numbers) throws IOException {
        for (long n : numbers) {
            if (n < 0 || n > Integer.MAX_VALUE) {
                throw new HeaderException(
                        "gives the tensor \"" + name + "\" the size " + n + "; allowed is 0 to " + Integer.MAX_VALUE);
            }
        }
        return Arrays.stream(numbers).mapToObj(n -> (int) n).toList();
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
            throw new HeaderException("has " + words(found) + " where " + words(wanted) + " belongs (byte "
                    + (8 + parser.currentLocation().getByteOffset()) + ")");
        }
    }

    private static String words(@Nullable JsonToken token) {
        if (token == null) {
            return "its end";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING, FIELD_NAME -> "a text";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a fraction";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            default -> "the end of a list or an object";
        };
    }

    private static void check(Path file, List<Tensor> tensors, long dataSize) {
        List<Tensor> inOrder = new ArrayList<>(tensors);
        inOrder.sort(Comparator.comparingLong(Tensor::from).thenComparingLong(Tensor::to));
        long end = 0;
        for (Tensor tensor : inOrder) {
            int size = switch (tensor.type()) {
                case "F64", "I64", "U64", "C64" -> 8;
                case "F32", "I32", "U32" -> 4;
                case "F16", "BF16", "I16", "U16" -> 2;
                case "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0" -> 1;
                default ->
                    throw damaged(
                            file, "tensor \"" + tensor.name() + "\" has the unknown type \"" + tensor.type() + "\"");
            };
            if (tensor.from() != end || tensor.to() < tensor.from() || tensor.to() > dataSize) {
                throw damaged(
                        file,
                        "tensor \"" + tensor.name() + "\" lies at bytes [" + tensor.from() + ", " + tensor.to()
                                + ") of " + dataSize + " bytes of data; the tensor before it ends at " + end);
            }
            BigInteger elements = tensor.shape().stream()
                    .map(n -> BigInteger.valueOf(n))
                    .reduce(BigInteger.ONE, BigInteger::multiply);
            long bytes = tensor.to() - tensor.from();
            if (!elements.multiply(BigInteger.valueOf(size)).equals(BigInteger.valueOf(bytes))) {
                throw damaged(
                        file,
                        "tensor \"" + tensor.name() + "\" of type " + tensor.type() + " has " + elements
                                + " elements but " + bytes + " bytes");
            }
            end = tensor.to();
        }
        if (end != dataSize) {
            throw damaged(file, (dataSize - end) + " bytes follow the last tensor");
        }
    }

    static InputException damaged(Path file, String fault) {
        return new InputException(message(file, fault));
    }

    static String message(Path file, String fault) {
        return file + " is not a sound safetensors file: " + fault
                + "; get a whole copy, or write it again (one that a run of quad wrote: remove it, and run again with"
                + " --resume)";
    }
}
