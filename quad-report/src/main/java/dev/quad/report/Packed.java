// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.files.JsonText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * The data of a page: the length of a header, the header in JSON, and columns of numbers one after the other, each at a
 * multiple of 4 bytes, little-endian; gzip in Base64.
 */
final class Packed {
    private final List<Map<String, Object>> columns = new ArrayList<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Adds a column of whole numbers of 8, 16 or 32 bits, without sign. */
    Packed add(String name, int bits, int... values) {
        byte[] target = padded(values.length * bits / 8);
        ByteBuffer buffer = ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            switch (bits) {
                case 8 -> buffer.put((byte) value);
                case 16 -> buffer.putShort((short) value);
                default -> buffer.putInt(value);
            }
        }
        return add(name, "u" + bits, values.length, target);
    }

    Packed add(String name, float... values) {
        byte[] target = padded(4 * values.length);
        ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return add(name, "f32", values.length, target);
    }

    private static byte[] padded(int length) {
        return new byte[(length + 3) / 4 * 4];
    }

    private Packed add(String name, String type, int length, byte[] content) {
        Map<String, Object> column = new LinkedHashMap<>();
        column.put("name", name);
        column.put("type", type);
        column.put("at", bytes.size());
        column.put("length", length);
        columns.add(column);
        bytes.writeBytes(content);
        return this;
    }

    /** With what is no column. */
    String base64(Map<String, Object> others) {
        Map<String, Object> head = new LinkedHashMap<>(others);
        head.put("columns", columns);
        byte[] json = JsonText.line(head).getBytes(StandardCharsets.UTF_8);
        byte[] start = padded(4 + json.length);
        Arrays.fill(start, (byte) ' ');
        ByteBuffer.wrap(start)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(start.length - 4)
                .put(json);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(start);
            bytes.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(packed.toByteArray());
    }

    /** What a page needs to draw and to list the documents of a run. */
    static String of(Found found, Readings readings) {
        Documents documents = found.documents();
        Packed packed = new Packed()
                .add("ordinal", 32, documents.indices().map(documents::ordinal).toArray())
                .add("x", 16, found.layout().places(0))
                .add("y", 16, found.layout().places(1))
                .add(
                        "chosen",
                        8,
                        documents
                                .indices()
                                .map(i -> documents.isChosen(i) ? 1 : 0)
                                .toArray())
                .add(
                        "tokens",
                        32,
                        documents.indices().map(i -> (int) documents.tokens(i)).toArray());
        float[] measures = new float[documents.size()];
        documents.indices().forEach(i -> measures[i] = (float) found.measure(i));
        packed.add("score", measures);
        Map<String, Object> others = new LinkedHashMap<>();
        List<Field> fields = new ArrayList<>(found.fields());
        found.groups().filter(field -> field.name().equals(Field.CLUSTER)).ifPresent(fields::add);
        List<Object> names = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            String key =
                    field.name().equals(Field.CLUSTER) && i == found.fields().size() ? "cluster" : "field" + i;
            packed.add(
                    key, 16, Arrays.stream(field.codes()).map(code -> code + 1).toArray());
            Map<String, Object> name = new LinkedHashMap<>();
            name.put("key", key);
            name.put(
                    "labels",
                    field.labels().stream()
                            .map(label -> dev.quad.files.Visible.line(Readings.start(label, 80)))
                            .toList());
            names.add(name);
        }
        others.put("fields", names);
        others.put("measure", found.measureName());
        others.put("run", found.isRun());
        others.put("log", found.run().isByCoverage());
        others.putAll(readings.tree());
        return packed.base64(others);
    }
}
