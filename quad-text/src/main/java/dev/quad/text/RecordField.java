// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Finds the value of a field in a record that is known to be a JSON object. */
final class RecordField {
    private RecordField() {}

    static Optional<String> find(byte[] record, FieldPath path) {
        try (JsonParser parser = Json.FACTORY.createParser(record)) {
            return text(parser, path);
        } catch (IOException e) {
            throw new UncheckedIOException("a record is no longer the JSON it was: " + e.getMessage(), e);
        }
    }

    /** The value of a field as text, by a parser at the start of a record; empty if there is none, or null, or no such value. */
    static Optional<String> text(JsonParser parser, FieldPath path) throws IOException {
        return moveTo(parser, path)
                        && parser.currentToken().isScalarValue()
                        && parser.currentToken() != JsonToken.VALUE_NULL
                ? Optional.of(parser.getText())
                : Optional.empty();
    }

    /** Moves a parser from the start of a record to the value of a field; false if there is none. */
    static boolean moveTo(JsonParser parser, FieldPath path) throws IOException {
        parser.nextToken();
        int depth = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean onPath = path.continuesWith(depth, parser.currentName());
            JsonToken value = parser.nextToken();
            if (onPath && path.endsAt(depth)) {
                return true;
            }
            if (onPath && value == JsonToken.START_OBJECT) {
                depth++;
            } else {
                parser.skipChildren();
            }
        }
        return false;
    }
}
