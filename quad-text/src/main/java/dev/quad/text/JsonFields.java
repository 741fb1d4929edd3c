// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;

/** Takes the fields of a JSON object, in order. Numbers are written in the shortest form, the same on every JDK. */
public final class JsonFields {
    private final JsonGenerator out;

    private JsonFields(JsonGenerator out) {
        this.out = out;
    }

    /** An object as UTF-8. */
    static byte[] object(Consumer<JsonFields> fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (JsonGenerator out = Json.WRITER.createGenerator(bytes)) {
            out.writeStartObject();
            fields.accept(new JsonFields(out));
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A string as UTF-8, in quotes. */
    static byte[] string(String value) {
        byte[] object = object(fields -> fields.put("", value));
        return Arrays.copyOfRange(object, 4, object.length - 1); // {"":"value"}
    }

    /** Adds a string. */
    public JsonFields put(String name, String value) {
        Objects.requireNonNull(value, () -> "the value of the field \"" + name + "\" is null; leave it out");
        return write(name, () -> out.writeStringField(name, value));
    }

    /** Adds a whole number. */
    public JsonFields put(String name, long value) {
        return write(name, () -> out.writeNumberField(name, value));
    }

    /**
     * Adds a number.
     *
     * @throws IllegalArgumentException if it is NaN or infinite, for which JSON has no form
     */
    public JsonFields put(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(
                    "the field \"" + name + "\" is " + value + "; JSON has finite numbers only: leave it out");
        }
        return write(name, () -> out.writeNumberField(name, value));
    }

    /**
     * Adds a list of numbers, each in the shortest form of single precision.
     *
     * @throws IllegalArgumentException if one is NaN or infinite
     */
    public JsonFields put(String name, float[] values) {
        Objects.requireNonNull(values, () -> "the values of the field \"" + name + "\" are null; leave them out");
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException("number " + i + " of the list \"" + name + "\" is " + values[i]
                        + "; JSON has finite numbers only");
            }
        }
        return write(name, () -> {
            out.writeArrayFieldStart(name);
            for (float value : values) {
                out.writeNumber(value);
            }
            out.writeEndArray();
        });
    }

    /** Adds a null. */
    public JsonFields putNull(String name) {
        return write(name, () -> out.writeNullField(name));
    }

    /** Adds a truth value. */
    public JsonFields put(String name, boolean value) {
        return write(name, () -> out.writeBooleanField(name, value));
    }

    /** Adds an object. */
    public JsonFields put(String name, Consumer<JsonFields> fields) {
        Objects.requireNonNull(fields, () -> "what writes the fields of \"" + name + "\" is null");
        return write(name, () -> {
            out.writeObjectFieldStart(name);
            fields.accept(this);
            out.writeEndObject();
        });
    }

    private JsonFields write(String name, Write action) {
        Objects.requireNonNull(name, "the name of the field is null");
        try {
            action.run();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Write {
        void run() throws IOException;
    }

    @Override
    public String toString() {
        return "fields to be written";
    }
}
