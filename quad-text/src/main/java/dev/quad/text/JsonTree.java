// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A record taken apart, with numbers as they are written. */
final class JsonTree {
    private final byte[] bytes;

    private JsonTree(byte[] bytes) {
        this.bytes = bytes;
    }

    enum Kind {
        NULL,
        BOOLEAN,
        NUMBER,
        STRING,
        ARRAY,
        OBJECT
    }

    /**
     * A value.
     *
     * @param text of a string, number or truth value
     * @param repeatsName whether the object has a name twice, so that {@code fields} has the last
     * @param source where the value stands, as it is written
     */
    record Node(
            Kind kind, String text, List<Node> elements, Map<String, Node> fields, boolean repeatsName, Source source) {
        String json() {
            return source.text();
        }
    }

    /** A stretch of the record. */
    record Source(JsonTree tree, int from, int to) {
        String text() {
            return new String(tree.bytes, from, to - from, StandardCharsets.UTF_8);
        }
    }

    /** Takes a record apart that is known to be one JSON object. */
    static Node parse(byte[] record) {
        try (JsonParser parser = Json.parser(record)) {
            parser.nextToken();
            return new JsonTree(record).node(parser);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "a record is to be written that is not JSON: " + Excerpt.of(record, 0, record.length), e);
        }
    }

    static boolean isValid(byte[] json) {
        try (JsonParser parser = Json.parser(json)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            parser.finishToken();
            return parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    private Node node(JsonParser parser) throws IOException {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        String text = "";
        List<Node> elements = List.of();
        Map<String, Node> fields = Map.of();
        boolean repeats = false;
        Kind kind = switch (parser.currentToken()) {
            case VALUE_NULL -> Kind.NULL;
            case VALUE_TRUE, VALUE_FALSE -> Kind.BOOLEAN;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Kind.NUMBER;
            case VALUE_STRING -> Kind.STRING;
            case START_ARRAY -> Kind.ARRAY;
            default -> Kind.OBJECT;
        };
        if (kind == Kind.ARRAY) {
            elements = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(node(parser));
            }
        } else if (kind == Kind.OBJECT) {
            fields = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                repeats |= fields.put(name, node(parser)) != null;
            }
        } else {
            text = parser.getText();
        }
        parser.finishToken();
        int to = (int) parser.currentLocation().getByteOffset();
        return new Node(kind, text, elements, fields, repeats, new Source(this, from, to));
    }
}
