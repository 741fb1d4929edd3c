// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Puts one more field into a record and leaves the others byte for byte as they were. If the record has the field
 * already, at the top level, the value is replaced where it stands; else the field comes last.
 */
final class FieldSplice {
    private final String field;
    private final byte[] name;
    private long replaced;

    FieldSplice(String field) {
        this.field = field;
        byte[] object = JsonFields.object(f -> f.put(field, 0));
        this.name = Arrays.copyOfRange(object, 1, object.length - 2); // {"name":0} without braces and value
    }

    byte[] into(byte[] record, Consumer<JsonFields> value) {
        return put(record, JsonFields.object(value));
    }

    /** With a value that is JSON. */
    byte[] put(byte[] record, byte[] added) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(record.length + name.length + added.length + 2);
        int done = 0;
        for (int[] old : valuesOfField(record)) {
            out.write(record, done, old[0] - done);
            out.writeBytes(added);
            done = old[1];
        }
        if (done > 0) {
            replaced++;
        } else {
            done = lastBrace(record);
            out.write(record, 0, done);
            if (!isEmpty(record, done)) {
                out.write(',');
            }
            out.writeBytes(name);
            out.writeBytes(added);
        }
        out.write(record, done, record.length - done);
        return out.toByteArray();
    }

    /** How many records had the field. */
    long replaced() {
        return replaced;
    }

    /** Where the values of the field start and end, exclusive; usually none. */
    private List<int[]> valuesOfField(byte[] record) {
        List<int[]> found = new ArrayList<>();
        try (JsonParser parser = Json.parser(record)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException(
                        "a record is to be written that is not a JSON object: " + Excerpt.of(record, 0, record.length));
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean named = parser.currentName().equals(field);
                parser.nextToken();
                int start = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                if (named) {
                    parser.finishToken();
                    found.add(new int[] {start, (int) parser.currentLocation().getByteOffset()});
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "a record is to be written that is not JSON: " + Excerpt.of(record, 0, record.length), e);
        }
        return found;
    }

    private static int lastBrace(byte[] record) {
        int i = record.length - 1;
        while (record[i] != '}') {
            i--;
        }
        return i;
    }

    private static boolean isEmpty(byte[] record, int lastBrace) {
        int i = lastBrace - 1;
        while (record[i] <= ' ') {
            i--;
        }
        return record[i] == '{';
    }
}
