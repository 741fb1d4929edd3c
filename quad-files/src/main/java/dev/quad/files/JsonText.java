// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.quad.InputException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Small JSON documents: trees of maps, lists, texts, numbers and truth values, in their own order. */
public final class JsonText {
    private static final String CHECKSUM = "crc32c";
    private static final String OPEN = "0".repeat(Checksum.DIGITS);
    private static final Pattern SEAL = Pattern.compile("\"" + CHECKSUM + "\" : \"([0-9a-f]{8})\"\\s*}\\s*\\z");

    private JsonText() {}

    /** On several lines, as of a file that people read. */
    public static String text(Map<String, ?> tree) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
            printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
            json.setPrettyPrinter(printer);
            write(json, tree);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text + "\n";
    }

    /**
     * {@link #text(Map)} with a checksum of it all, zeros in its own place, as the last field; for
     * {@link #checkSealed}.
     */
    public static String sealed(Map<String, ?> tree) {
        Map<String, Object> all = new LinkedHashMap<>(tree);
        all.put(CHECKSUM, OPEN);
        String open = text(all);
        int at = open.lastIndexOf(OPEN);
        return open.substring(0, at)
                + Checksum.of(open.getBytes(StandardCharsets.UTF_8))
                + open.substring(at + OPEN.length());
    }

    /**
     * Checks that a file is what {@link #sealed} gave.
     *
     * @throws InputException if it is not; names the file
     */
    public static void checkSealed(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        Matcher found = SEAL.matcher(text);
        if (!found.find() || !found.group(1).equals(checksum(text, found.start(1)))) {
            throw new InputException(
                    file + " is not what was written: it was damaged or changed since; put it back as it"
                            + " was, or begin again in another folder");
        }
    }

    private static String checksum(String text, int digits) {
        String open = text.substring(0, digits) + OPEN + text.substring(digits + OPEN.length());
        return Checksum.of(open.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** One line, as of a JSONL file. */
    public static String line(Map<String, ?> tree) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            write(json, tree);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text + "\n";
    }

    /** A list on one line, without an end of line. */
    public static String list(List<?> values) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            write(json, values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                json.writeFieldName(String.valueOf(entry.getKey()));
                write(json, entry.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object each : list) {
                write(json, each);
            }
            json.writeEndArray();
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else {
            json.writeString(String.valueOf(value));
        }
    }

    /**
     * The texts of an object that is a field of the root object; none if there is no such field.
     *
     * @throws InputException if the file is not JSON; names it
     */
    public static Map<String, String> texts(Path file, String field) throws IOException {
        Map<String, String> result = new LinkedHashMap<>();
        read(file, field, json -> {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                result.put(name, json.getText());
            }
        });
        return result;
    }

    /**
     * The texts of the root object.
     *
     * @throws InputException if the file is not JSON; names it
     */
    public static Map<String, String> texts(Path file) throws IOException {
        Map<String, String> result = new LinkedHashMap<>();
        read(file, name -> true, json -> result.put(json.currentName(), json.getText()));
        return result;
    }

    /**
     * The text of a field of the root object; empty if there is no such field.
     *
     * @throws InputException if the file is not JSON; names it
     */
    public static String text(Path file, String field) throws IOException {
        StringBuilder result = new StringBuilder();
        read(file, field, json -> result.append(json.getText()));
        return result.toString();
    }

    /**
     * All of a document whose root is an object: maps, lists, texts, {@code Long}, {@code Double}, {@code Boolean};
     * what is {@code null} is left out of objects, and is NaN in lists.
     *
     * @throws InputException if the file is not JSON; names it
     */
    public static Map<String, Object> tree(Path file) throws IOException {
        Map<String, Object> result = new LinkedHashMap<>();
        read(file, name -> true, json -> put(json, result));
        return result;
    }

    /** The same of a text; empty if its root is no object. */
    public static Map<String, Object> tree(byte[] text) throws IOException {
        Map<String, Object> result = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(text)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    put(json, result);
                }
            }
        }
        return result;
    }

    private static void put(JsonParser json, Map<String, Object> target) throws IOException {
        String name = json.currentName();
        if (json.currentToken() == JsonToken.FIELD_NAME) {
            json.nextToken();
        }
        if (json.currentToken() != JsonToken.VALUE_NULL) {
            target.put(name, value(json));
        }
    }

    private static Object value(JsonParser json) throws IOException {
        switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    put(json, map);
                }
                return map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(json));
                }
                return list;
            }
            case VALUE_NUMBER_INT -> {
                return json.getLongValue();
            }
            case VALUE_NULL -> {
                return Double.NaN;
            }
            case VALUE_NUMBER_FLOAT -> {
                return json.getDoubleValue();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return json.getBooleanValue();
            }
            default -> {
                return json.getText();
            }
        }
    }

    private static void read(Path file, String field, ValueReader reader) throws IOException {
        read(file, field::equals, reader);
    }

    private static void read(Path file, Predicate<String> fields, ValueReader reader) throws IOException {
        try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = fields.test(json.currentName());
                json.nextToken();
                if (wanted) {
                    reader.read(json);
                } else {
                    json.skipChildren();
                }
            }
        } catch (JsonProcessingException e) {
            throw new InputException(file + " is not JSON: " + place(e) + "; remove the folder and start again", e);
        }
    }

    private static String place(JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        return "it was damaged" + (at == null ? "" : " in line " + at.getLineNr() + ", column " + at.getColumnNr());
    }

    /** Takes the value that the parser stands at. */
    @FunctionalInterface
    private interface ValueReader {
        void read(JsonParser json) throws IOException;
    }
}
