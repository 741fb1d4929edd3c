// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/**
 * Writes records of JSONL as they were read, each with one more field. Gzip where the file's name ends in {@code .gz},
 * without a time in it, so that equal records make equal files.
 *
 * <p>The other fields of a record stay byte for byte as they were. If it has the field already, at the top level, the
 * value is replaced where it stands; else the field comes last. The file appears when {@link #commit()} is called,
 * whole or not at all. For one thread, which may be interrupted.
 */
public final class JsonlWriter implements AutoCloseable {
    private final Path target;
    private final String field;
    private final byte[] name;
    private final AtomicFile file;
    private final OutputStream out;

    private JsonlWriter(Path target, String field, AtomicFile file, OutputStream out) {
        this.target = target;
        this.field = field;
        byte[] object = JsonFields.object(f -> f.put(field, 0));
        this.name = Arrays.copyOfRange(object, 1, object.length - 2); // {"name":0} without braces and value
        this.file = file;
        this.out = out;
    }

    /**
     * Starts a file. Missing folders are made.
     *
     * @param field the name of the field that is added
     * @throws java.io.UncheckedIOException if the place cannot be written to
     */
    public static JsonlWriter create(Path target, String field) {
        AtomicFile file = AtomicFile.create(target);
        try {
            boolean gzip = target.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
            OutputStream out = gzip ? new GZIPOutputStream(file.stream(), 1 << 16) : file.stream();
            return new JsonlWriter(target, field, file, out);
        } catch (IOException e) {
            file.close();
            throw AtomicFile.failure(target, e);
        }
    }

    /**
     * Writes a record and a line feed.
     *
     * @param record one JSON object in UTF-8, such as {@link JsonlPool#rawRecord} gives
     * @param value gives the fields of the object that is added
     * @throws IllegalArgumentException if the record is not a JSON object
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void write(byte[] record, Consumer<JsonFields> value) {
        byte[] added = JsonFields.object(value);
        try {
            int done = 0;
            for (int[] old : valuesOfField(record)) {
                out.write(record, done, old[0] - done);
                out.write(added);
                done = old[1];
            }
            if (done == 0) {
                done = lastBrace(record);
                out.write(record, 0, done);
                if (!isEmpty(record, done)) {
                    out.write(',');
                }
                out.write(name);
                out.write(added);
            }
            out.write(record, done, record.length - done);
            out.write('\n');
        } catch (IOException e) {
            throw AtomicFile.failure(target, e);
        }
    }

    /** Where the values of the field start and end, exclusive; usually none. */
    private List<int[]> valuesOfField(byte[] record) throws IOException {
        List<int[]> found = new ArrayList<>();
        try (JsonParser parser = Json.FACTORY.createParser(record)) {
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
        } catch (JsonProcessingException e) {
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

    /**
     * Makes the file appear. Nothing can be written afterwards.
     *
     * @throws java.io.UncheckedIOException if that fails
     */
    public void commit() {
        try {
            if (out instanceof GZIPOutputStream gzip) {
                gzip.finish();
            }
        } catch (IOException e) {
            throw AtomicFile.failure(target, e);
        }
        file.commit();
    }

    /** Drops what was written, unless it was committed. */
    @Override
    public void close() {
        file.close();
    }
}
