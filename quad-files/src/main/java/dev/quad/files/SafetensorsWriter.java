// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes a safetensors file with a checksum in its metadata, for {@link Safetensors#verified}. The same tensors in the
 * same order give the same bytes. Tensors are referred to until {@link #write}, after which the file is there whole or
 * not at all.
 */
public final class SafetensorsWriter {
    private static final int CHUNK = 1 << 20;
    private static final String METADATA = "__metadata__";

    private record Part(String name, String type, int size, long elements, List<Integer> shape, Filler filler) {
        long bytes() {
            return elements * size;
        }
    }

    private interface Filler {
        void put(ByteBuffer target, int at, int count) throws IOException;
    }

    /** Gives the elements of a tensor, in order, each once. */
    @FunctionalInterface
    public interface Source {
        /** Puts the next elements, so many, into a little-endian buffer. */
        void put(ByteBuffer target, int count) throws IOException;
    }

    private final Map<String, String> metadata;
    private final List<Part> parts = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /** Starts a file with the given metadata. */
    public SafetensorsWriter(Map<String, String> metadata) {
        this.metadata = new TreeMap<>(metadata);
        this.metadata.put(Seal.KEY, Seal.OPEN);
    }

    /** Adds a double-precision tensor (F64). */
    public SafetensorsWriter add(String name, double[] values, int... shape) {
        return add(
                name,
                "F64",
                8,
                values.length,
                shape,
                (target, at, count) -> target.asDoubleBuffer().put(values, at, count));
    }

    /** Adds a single-precision tensor (F32) of the elements between a buffer's position and its limit. */
    public SafetensorsWriter add(String name, FloatBuffer values, int... shape) {
        FloatBuffer source = values.slice();
        return add(
                name,
                "F32",
                4,
                source.remaining(),
                shape,
                (target, at, count) -> target.asFloatBuffer().put(source.slice(at, count)));
    }

    /** Adds a tensor of whole numbers (I32). */
    public SafetensorsWriter add(String name, int[] values, int... shape) {
        return add(
                name,
                "I32",
                4,
                values.length,
                shape,
                (target, at, count) -> target.asIntBuffer().put(values, at, count));
    }

    /** Adds a text in UTF-8 (U8), its shape the number of bytes. */
    public SafetensorsWriter add(String name, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return add(
                name,
                "U8",
                1,
                bytes.length,
                new int[] {bytes.length},
                (target, at, count) -> target.put(bytes, at, count));
    }

    /**
     * Adds a tensor that is made while it is written, so that it need not be in memory.
     *
     * @param type in the words of the format, such as F32
     * @param size bytes of an element
     */
    public SafetensorsWriter add(String name, String type, int size, Source source, int... shape) {
        return add(name, type, size, elements(shape), shape, (target, at, count) -> source.put(target, count));
    }

    private static long elements(int... shape) {
        long elements = 1;
        for (int n : shape) {
            elements *= n;
        }
        return elements;
    }

    private SafetensorsWriter add(String name, String type, int size, long length, int[] shape, Filler filler) {
        long elements = elements(shape);
        if (elements != length) {
            throw new IllegalArgumentException(
                    "tensor " + name + " has " + length + " elements, its shape " + elements);
        }
        if (name.equals(METADATA) || !names.add(name)) {
            throw new IllegalArgumentException("a tensor of the name " + name + " is in the file already");
        }
        parts.add(new Part(
                name, type, size, elements, Arrays.stream(shape).boxed().toList(), filler));
        return this;
    }

    /** Writes all tensors; an existing file is replaced when the new one is complete. For one writer at a time. */
    public void write(Path file) {
        try (AtomicFile out = AtomicFile.replace(file)) {
            byte[] start = start();
            Checksum sum = new Checksum().add(start, 0, start.length);
            OutputStream stream = out.stream();
            stream.write(start);
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK * 8).order(ByteOrder.LITTLE_ENDIAN);
            for (Part part : parts) {
                for (long at = 0; at < part.elements(); at += CHUNK) {
                    int count = (int) Math.min(CHUNK, part.elements() - at);
                    part.filler().put(chunk.clear(), (int) at, count);
                    sum.add(chunk.array(), 0, count * part.size());
                    stream.write(chunk.array(), 0, count * part.size());
                }
            }
            out.patch(Seal.find(start), sum.hex().getBytes(StandardCharsets.US_ASCII));
            out.commit();
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    /**
     * The first bytes of a file with one matrix of elements of {@code size} bytes, length and header, for who writes
     * the data as it is made, and then the checksum at {@link Seal#find}.
     */
    public static byte[] start(Map<String, String> metadata, String name, String type, int size, int rows, int columns)
            throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter(metadata);
        writer.parts.add(
                new Part(name, type, size, (long) rows * columns, List.of(rows, columns), (target, at, count) -> {}));
        return writer.start();
    }

    /** Length and header. */
    private byte[] start() throws IOException {
        byte[] header = header();
        return ByteBuffer.allocate(8 + header.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    /** The JSON header, padded with spaces so that the data starts at a multiple of 8. */
    private byte[] header() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            json.writeObjectFieldStart(METADATA);
            for (Map.Entry<String, String> entry : metadata.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            long at = 0;
            for (Part part : parts) {
                json.writeObjectFieldStart(part.name());
                json.writeStringField("dtype", part.type());
                json.writeFieldName("shape");
                json.writeArray(
                        part.shape().stream().mapToInt(Integer::intValue).toArray(),
                        0,
                        part.shape().size());
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {at, at + part.bytes()}, 0, 2);
                json.writeEndObject();
                at += part.bytes();
            }
            json.writeEndObject();
        }
        while (bytes.size() % 8 != 0) {
            bytes.write(' ');
        }
        return bytes.toByteArray();
    }
}
