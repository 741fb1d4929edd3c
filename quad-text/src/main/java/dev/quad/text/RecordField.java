// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the value of a field in a record that is known to be a JSON object. */
final class RecordField {
    private RecordField() {}

    static Optional<String> find(byte[] record, FieldPath path) {
        try {
            return text(record, path);
        } catch (IOException e) {
            throw new UncheckedIOException("a record is no longer the JSON it was: " + e.getMessage(), e);
        }
    }

    /** The value of a field as text; empty if there is none, or null, or no such value. */
    static Optional<String> text(byte[] record, FieldPath path) throws IOException {
        try (JsonParser parser = at(record, path)) {
            return parser != null
                            && parser.currentToken().isScalarValue()
                            && parser.currentToken() != JsonToken.VALUE_NULL
                    ? Optional.of(parser.getText())
                    : Optional.empty();
        }
    }

    /** A parser at the value of a field; null if there is none. */
    static @Nullable JsonParser at(byte[] record, FieldPath path) throws IOException {
        long way = 0;
        if (path.path().indexOf('.') >= 0) {
            try (JsonParser parser = Json.parser(record, 0, record.length)) {
                parser.nextToken();
                way = way(parser, path, 0, 0);
            }
        }
        if (way == FieldPath.NO_WAY) {
            return null;
        }
        JsonParser parser = Json.parser(record, 0, record.length);
        boolean found = false;
        try {
            found = moveTo(parser, path.names(way));
            return found ? parser : null;
        } finally {
            if (!found) {
                parser.close();
            }
        }
    }

    /** The least way through the object that a parser is at. */
    private static long way(JsonParser parser, FieldPath path, int place, long before) throws IOException {
        long least = FieldPath.NO_WAY;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            int next = path.after(place, parser.currentName());
            JsonToken value = parser.nextToken();
            if (path.isEnd(next)) {
                least = Math.min(least, before);
            }
            if (path.goesOn(next) && value == JsonToken.START_OBJECT) {
                least = Math.min(least, way(parser, path, next, path.way(before, next)));
            } else {
                parser.skipChildren();
            }
        }
        return least;
    }

    private static boolean moveTo(JsonParser parser, List<String> names) throws IOException {
        parser.nextToken();
        int depth = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean onPath = parser.currentName().equals(names.get(depth));
            JsonToken value = parser.nextToken();
            if (onPath && depth == names.size() - 1) {
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
