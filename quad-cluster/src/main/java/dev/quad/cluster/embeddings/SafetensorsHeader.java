// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The header of a safetensors file, as far as one matrix in it needs it. */
final class SafetensorsHeader {
    /** The name of the tensor in files that are written here. */
    static final String TENSOR = "embeddings";
    /** Longest header that is read, as in the format's reference implementation. */
    private static final long LONGEST_HEADER = 100_000_000;

    private static final String METADATA = "__metadata__";

    private record Tensor(String type, List<Long> shape, List<Long> range) {}

    private SafetensorsHeader() {}

    /**
     * Reads the header of an open file.
     *
     * @param tensor the name of the matrix; empty for the only one
     */
    static Layout read(Path file, RandomAccessFile in, String tensor) throws IOException {
        long size = in.length();
        in.seek(0);
        byte[] prefix = new byte[8];
        in.readFully(prefix);
        long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > LONGEST_HEADER || length > size - 8) {
            throw new InputException(file
                    + " is neither an NPY nor a safetensors file: it does not begin with \\x93NUMPY,"
                    + " and its first 8 bytes give a header of " + length + " bytes where the file has " + size);
        }
        byte[] json = new byte[(int) length];
        in.readFully(json);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new TreeMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parse(parser, tensors, metadata);
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file + " has a header that is not that of a safetensors file: " + e.getMessage(), e);
        }
        return layout(file, 8 + length, size, choose(file, tensors, tensor), metadata);
    }

    private static Layout layout(Path file, long dataStart, long fileSize, Tensor found, Map<String, String> metadata) {
        long rows = found.shape().get(0);
        long dimension = found.shape().get(1);
        ElementType type = type(found);
        long from = found.range().get(0);
        long to = found.range().get(1);
        if (from < 0 || rows < 0 || dimension < 0 || to - from != rows * dimension * type.bytes()) {
            throw new InputException(file + " has a tensor of " + rows + " × " + dimension + " values of type "
                    + found.type() + " at bytes [" + from + ", " + to + ") of " + (fileSize - dataStart)
                    + " bytes of data; its header is damaged: write it again");
        }
        return new Layout(dataStart + from, rows, dimension, type, Map.copyOf(metadata));
    }

    private static Tensor choose(Path file, Map<String, Tensor> tensors, String name) {
        Map<String, Tensor> matrices = new LinkedHashMap<>(tensors);
        matrices.values().removeIf(t -> t.shape().size() != 2 || t.range().size() != 2 || !isFloat(t));
        if (name.isEmpty() && matrices.size() == 1) {
            return matrices.values().iterator().next();
        }
        Tensor found = matrices.get(name);
        if (found == null) {
            throw new InputException(
                    file + " has " + (name.isEmpty() ? "not one matrix but " : "no matrix \"" + name + "\"; it has ")
                            + matrices.size() + " of type F16, BF16, F32 or F64: " + matrices.keySet()
                            + "; name one of them");
        }
        return found;
    }

    private static boolean isFloat(Tensor tensor) {
        for (ElementType type : ElementType.values()) {
            if (type.safetensors().equals(tensor.type())) {
                return true;
            }
        }
        return false;
    }

    private static ElementType type(Tensor tensor) {
        for (ElementType type : ElementType.values()) {
            if (type.safetensors().equals(tensor.type())) {
                return type;
            }
        }
        throw new IllegalStateException("a tensor of type " + tensor.type() + " was chosen");
    }

    private static void parse(JsonParser parser, Map<String, Tensor> tensors, Map<String, String> metadata)
            throws IOException {
        expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
            String type = "";
            List<Long> shape = List.of();
            List<Long> range = List.of();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals(METADATA)) {
                    expect(parser, value, JsonToken.VALUE_STRING);
                    metadata.put(key, parser.getText());
                } else if (key.equals("dtype")) {
                    type = parser.getText();
                } else if (key.equals("shape")) {
                    shape = numbers(parser);
                } else if (key.equals("data_offsets")) {
                    range = numbers(parser);
                } else {
                    parser.skipChildren();
                }
            }
            if (!name.equals(METADATA)) {
                tensors.put(name, new Tensor(type, shape, range));
            }
        }
    }

    private static List<Long> numbers(JsonParser parser) throws IOException {
        expect(parser, parser.currentToken(), JsonToken.START_ARRAY);
        List<Long> result = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT);
            result.add(parser.getLongValue());
        }
        return result;
    }

    private static void expect(JsonParser parser, JsonToken found, JsonToken wanted) throws IOException {
        if (found != wanted) {
            throw new com.fasterxml.jackson.core.JsonParseException(parser, wanted + " expected, " + found + " found");
        }
    }

    /** The start of a file with one matrix: length and JSON, padded so that the data starts at a multiple of 64. */
    static byte[] header(int rows, int dimension, ElementType type, Map<String, String> metadata) throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator out = new JsonFactory().createGenerator(json)) {
            out.writeStartObject();
            out.writeObjectFieldStart(METADATA);
            for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
                out.writeStringField(entry.getKey(), entry.getValue());
            }
            out.writeEndObject();
            out.writeObjectFieldStart(TENSOR);
            out.writeStringField("dtype", type.safetensors());
            out.writeFieldName("shape");
            out.writeArray(new int[] {rows, dimension}, 0, 2);
            out.writeFieldName("data_offsets");
            out.writeArray(new long[] {0, (long) rows * dimension * type.bytes()}, 0, 2);
            out.writeEndObject();
            out.writeEndObject();
        }
        json.write(" ".repeat((120 - json.size() % 64) % 64).getBytes(StandardCharsets.US_ASCII));
        return ByteBuffer.allocate(8 + json.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.size())
                .put(json.toByteArray())
                .array();
    }
}
