// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes a safetensors file. The same tensors in the same order give the same bytes. Tensors are referred to until
 * {@link #write}, which copies them to a temporary file and renames it.
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
        void put(ByteBuffer target, int at, int count);
    }

    private final Map<String, String> metadata;
    private final List<Part> parts = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /** Starts a file with the given metadata. */
    public SafetensorsWriter(Map<String, String> metadata) {
        this.metadata = new TreeMap<>(metadata);
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

    /** Adds a single-precision tensor (F32) of elements from {@code offset} on. */
    public SafetensorsWriter add(String name, Floats values, int offset, int... shape) {
        int elements = 1;
        for (int n : shape) {
            elements = Math.multiplyExact(elements, n);
        }
        return add(
                name,
                "F32",
                4,
                elements,
                shape,
                (target, at, count) -> target.asFloatBuffer().put(values.slice(offset + at, count)));
    }

    /** Adds a tensor of whole numbers (I32). */
    SafetensorsWriter add(String name, int[] values, int... shape) {
        return add(
                name,
                "I32",
                4,
                values.length,
                shape,
                (target, at, count) -> target.asIntBuffer().put(values, at, count));
    }

    /** Adds a text in UTF-8 (U8), its shape the number of bytes. */
    SafetensorsWriter add(String name, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return add(
                name,
                "U8",
                1,
                bytes.length,
                new int[] {bytes.length},
                (target, at, count) -> target.put(bytes, at, count));
    }

    /** Adds a matrix of either precision. */
    SafetensorsWriter addMatrix(String name, Reals values, int rows, int columns) {
        return values instanceof Floats floats
                ? add(name, floats, 0, rows, columns)
                : add(name, values.toDoubles(), rows, columns);
    }

    private SafetensorsWriter add(String name, String type, int size, int length, int[] shape, Filler filler) {
        long elements = 1;
        for (int n : shape) {
            elements *= n;
        }
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

    /** Writes all tensors; an existing file is replaced when the new one is complete. */
    public void write(Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        // not a file channel, which an interrupted thread would close
        try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
            byte[] header = header();
            put(
                    out,
                    ByteBuffer.allocate(8)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(header.length)
                            .flip());
            put(out, ByteBuffer.wrap(header));
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK * 8).order(ByteOrder.LITTLE_ENDIAN);
            for (Part part : parts) {
                for (long at = 0; at < part.elements(); at += CHUNK) {
                    int count = (int) Math.min(CHUNK, part.elements() - at);
                    part.filler().put(chunk.clear(), (int) at, count);
                    put(out, chunk.position(0).limit(count * part.size()));
                }
            }
            out.getFD().sync();
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void put(FileOutputStream out, ByteBuffer bytes) throws IOException {
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    }

    /** The first bytes of a file with one F32 tensor, length and header, for who writes the data as it is made. */
    static byte[] start(Map<String, String> metadata, String name, int rows, int columns) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter(metadata);
        writer.parts.add(
                new Part(name, "F32", 4, (long) rows * columns, List.of(rows, columns), (target, at, count) -> {}));
        byte[] header = writer.header();
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
