// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes text and id out of one line of JSON, strictly: one object, nothing after it, the text a string that is not
 * blank. Other fields are only checked for being JSON. For one thread and, after {@link #parse}, one result.
 */
final class RecordParser {
    private static final int NAMES_SHOWN = 8;

    private final FieldPath textField;
    private final FieldPath idField;
    private final List<String> names = new ArrayList<>();
    private @Nullable String text;
    private @Nullable String id;

    RecordParser(FieldPath textField, FieldPath idField) {
        this.textField = textField;
        this.idField = idField;
    }

    /** Parses well-formed UTF-8 and keeps what it found. */
    void parse(byte[] bytes, int from, int length) throws BadRecordException {
        text = null;
        id = null;
        names.clear();
        for (int i = from; i < from + Math.min(length, 4); i++) {
            if (bytes[i] == 0) { // else the parser would guess at UTF-16
                throw new BadRecordException("has a zero byte; allowed is UTF-8 (is the file UTF-16?)");
            }
        }
        try (JsonParser parser = Json.FACTORY.createParser(bytes, from, length)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT || bytes[from] == (byte) 0xEF) {
                throw new BadRecordException(
                        "is not a JSON object: " + Excerpt.of(bytes, from, length) + "; allowed is one object a line"
                                + (first == JsonToken.START_ARRAY
                                        ? " (if the file is one array, jq -c '.[]' makes lines of it)"
                                        : ""));
            }
            fields(parser, 0, true, true);
            if (parser.nextToken() != null) {
                throw new BadRecordException("goes on after the end of the object, at byte "
                        + parser.currentTokenLocation().getByteOffset() + "; allowed is one object a line");
            }
        } catch (StreamConstraintsException e) {
            throw new BadRecordException("goes beyond a limit of the JSON parser: " + e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            throw new BadRecordException("is not JSON: " + e.getOriginalMessage() + " (column "
                    + e.getLocation().getColumnNr() + " of " + Excerpt.of(bytes, from, length) + ")");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (text == null) {
            throw new BadRecordException("has no field \"" + textField + "\"; it has "
                    + (names.isEmpty() ? "no field" : String.join(", ", names)) + ". Name the field with the text");
        }
    }

    /** The text of the last line. */
    String text() {
        return Objects.requireNonNull(text);
    }

    /** The id of the last line, if it has one. */
    @Nullable
    String id() {
        return id;
    }

    private void fields(JsonParser parser, int depth, boolean onTextPath, boolean onIdPath)
            throws IOException, BadRecordException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (depth == 0 && names.size() < NAMES_SHOWN) {
                names.add(Excerpt.of(name));
            }
            boolean mayBeText = onTextPath && textField.continuesWith(depth, name);
            boolean mayBeId = onIdPath && idField.continuesWith(depth, name);
            JsonToken value = parser.nextToken();
            if (mayBeText && textField.endsAt(depth)) {
                text = once(textField, text, text(parser, value));
            }
            if (mayBeId && idField.endsAt(depth)) {
                id = once(idField, id, id(parser, value));
            }
            if (value == JsonToken.START_OBJECT && (mayBeText || mayBeId)) {
                fields(parser, depth + 1, mayBeText, mayBeId);
            } else {
                parser.skipChildren();
            }
        }
    }

    private static @Nullable String once(FieldPath field, @Nullable String before, @Nullable String now)
            throws BadRecordException {
        if (before != null) {
            throw new BadRecordException("has the field \"" + field + "\" twice; allowed is once");
        }
        return now;
    }

    private String text(JsonParser parser, JsonToken value) throws IOException, BadRecordException {
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
