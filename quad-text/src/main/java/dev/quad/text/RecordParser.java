// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes text and id out of one line of JSON, strictly: one object, nothing after it, the text a string that is not
 * blank. Other fields are only checked for being JSON, or NaN and Infinity as Python writes them. For one thread and,
 * after {@link #parse}, one result.
 */
final class RecordParser {
    private static final int NAMES_SHOWN = 8;

    private final FieldPath textField;
    private final FieldPath idField;
    private final List<String> names = new ArrayList<>();
    private final Found text = new Found();
    private final Found id = new Found();

    RecordParser(FieldPath textField, FieldPath idField) {
        this.textField = textField;
        this.idField = idField;
    }

    /** What was found of a field, on the least way so far. */
    private static final class Found {
        private long way = FieldPath.NO_WAY;
        private @Nullable String value;
        private @Nullable BadRecordException fault;

        void clear() {
            way = FieldPath.NO_WAY;
            value = null;
            fault = null;
        }

        void offer(long offered, FieldPath field, Reading reading) throws IOException {
            if (offered > way) {
                return;
            }
            if (offered == way && (value != null || fault != null)) {
                value = null;
                fault = new BadRecordException("has the field \"" + field + "\" twice; allowed is once");
                return;
            }
            way = offered;
            value = null;
            fault = null;
            try {
                value = reading.read();
            } catch (BadRecordException e) {
                fault = e; // unless a better way turns up
            }
        }

        @Nullable
        String value() throws BadRecordException {
            if (fault != null) {
                throw fault;
            }
            return value;
        }
    }

    /** Reads a value. */
    private interface Reading {
        @Nullable
        String read() throws IOException, BadRecordException;
    }

    /** Parses well-formed UTF-8 and keeps what it found. */
    void parse(byte[] bytes, int from, int length) throws BadRecordException {
        text.clear();
        id.clear();
        names.clear();
        for (int i = from; i < from + Math.min(length, 4); i++) {
            if (bytes[i] == 0) { // else the parser would guess at UTF-16
                throw new BadRecordException("has a zero byte; allowed is UTF-8 (is the file UTF-16?)");
            }
        }
        try (JsonParser parser = Json.parser(bytes, from, length)) {
            object(parser, bytes, from, length);
        } catch (JsonProcessingException e) {
            throw new BadRecordException(JsonFault.of(e, bytes, from, length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (text.value() == null) {
            throw new BadRecordException(
                    "has no field \"" + textField + "\"; it has "
                            + (names.isEmpty() ? "no field" : String.join(", ", names))
                            + ". Name the field with the text (--text-field, and for a reference alone --reference-text-field)");
        }
        id.value();
    }

    private void object(JsonParser parser, byte[] bytes, int from, int length) throws IOException, BadRecordException {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_OBJECT) {
            throw new BadRecordException("is not a JSON object: " + Excerpt.of(bytes, from, length)
                    + "; allowed is one object a line"
                    + (first == JsonToken.START_ARRAY
                            ? " (if the file is one array, jq -c '.[]' makes lines of it)"
                            : ""));
        }
        fields(parser, 0, new int[2], new long[2]);
        if (parser.nextToken() != null) {
            throw new BadRecordException("goes on after the end of the object, at byte "
                    + parser.currentTokenLocation().getByteOffset() + "; allowed is one object a line");
        }
    }

    /** The text of the last line. */
    String text() {
        return Objects.requireNonNull(text.value);
    }

    /** The id of the last line, if it has one. */
    @Nullable
    String id() {
        return id.value;
    }

    /**
     * Goes through the object that the parser is in.
     *
     * @param places where on the paths of text and id it is
     * @param ways how they were gone so far
     */
    private void fields(JsonParser parser, int depth, int[] places, long[] ways)
            throws IOException, BadRecordException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (depth == 0 && names.size() < NAMES_SHOWN) {
                names.add(Excerpt.of(name));
            }
            int inText = textField.after(places[0], name);
            int inId = idField.after(places[1], name);
            JsonToken value = parser.nextToken();
            if (textField.isEnd(inText)) {
                text.offer(ways[0], textField, () -> text(parser, value));
            }
            if (idField.isEnd(inId)) {
                id.offer(ways[1], idField, () -> id(parser, value));
            }
            if (value == JsonToken.START_OBJECT && (textField.goesOn(inText) || idField.goesOn(inId))) {
                int[] next = {
                    textField.goesOn(inText) ? inText : FieldPath.OFF, idField.goesOn(inId) ? inId : FieldPath.OFF
                };
                fields(parser, depth + 1, next, new long[] {textField.way(ways[0], inText), idField.way(ways[1], inId)
                });
            } else {
                skip(parser);
            }
        }
    }

    /** As the parser does, with a look at what it takes for numbers. */
    private static void skip(JsonParser parser) throws IOException, BadRecordException {
        int open = 0;
        do {
            JsonToken token = parser.currentToken();
            if (token.isStructStart()) {
                open++;
            } else if (token.isStructEnd()) {
                open--;
            } else if (token == JsonToken.VALUE_NUMBER_FLOAT && parser.isNaN() && !isPython(parser.getText())) {
                throw new BadRecordException("is not JSON: unexpected " + parser.getText());
            }
        } while (open > 0 && parser.nextToken() != null);
    }

    /** Whether Python's {@code json.dumps} writes that for a number that JSON does not have. */
    private static boolean isPython(String number) {
        return number.equals("NaN") || number.equals("Infinity") || number.equals("-Infinity");
    }

    private String text(JsonParser parser, JsonToken value) throws IOException, BadRecordException {
        requireNumber(textField, parser, value);
        if (value != JsonToken.VALUE_STRING) {
            throw new BadRecordException(
                    "has a \"" + textField + "\" that is " + kind(parser, value) + "; allowed is a string");
        }
        String found = wellFormed(textField, parser.getText());
        if (found.isBlank()) {
            throw new BadRecordException("has a \"" + textField + "\" that is " + (found.isEmpty() ? "empty" : "blank")
                    + "; allowed is a text with something in it");
        }
        return found;
    }

    private @Nullable String id(JsonParser parser, JsonToken value) throws IOException, BadRecordException {
        requireNumber(idField, parser, value);
        return switch (value) {
            case VALUE_NULL -> null;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getText();
            case VALUE_STRING -> {
                String found = wellFormed(idField, parser.getText());
                if (found.isBlank()) {
                    throw new BadRecordException(
                            "has a blank \"" + idField + "\"; allowed is a string or number, or no such field");
                }
                yield found;
            }
            default ->
                throw new BadRecordException("has an \"" + idField + "\" that is " + kind(parser, value)
                        + "; allowed is a string or number");
        };
    }

    private static void requireNumber(FieldPath field, JsonParser parser, JsonToken value)
            throws IOException, BadRecordException {
        if (value == JsonToken.VALUE_NUMBER_FLOAT && parser.isNaN()) {
            throw new BadRecordException("has a \"" + field + "\" that is " + parser.getText() + ", and "
                    + parser.getText() + " is no JSON; write null where there is no value");
        }
    }

    private static String wellFormed(FieldPath field, String found) throws BadRecordException {
        int lone = Utf8.firstLoneSurrogate(found);
        if (lone >= 0) {
            throw new BadRecordException(String.format(
                    "has a \"%s\" with half of a surrogate pair, \\u%04x at character %d; allowed are whole pairs",
                    field, (int) found.charAt(lone), lone));
        }
        return found;
    }

    private static String kind(JsonParser parser, JsonToken value) throws IOException {
        return switch (value) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_NULL -> "null";
            case VALUE_TRUE, VALUE_FALSE -> "a truth value (" + parser.getText() + ")";
            case VALUE_STRING -> "a string";
            default -> "a number (" + Excerpt.of(parser.getText()) + ")";
        };
    }
}
