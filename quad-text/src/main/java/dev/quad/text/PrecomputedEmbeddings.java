// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.MismatchException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Embeddings that were computed elsewhere, put in the order of a pool. Rows that belong to no document of the pool are
 * left out; a document without a row is an error that names it.
 */
public final class PrecomputedEmbeddings {
    private PrecomputedEmbeddings() {}

    /**
     * From rows, such as those of an NPY or safetensors file, and the ids of the documents that they are of.
     *
     * @param rows are read when the result is, so must stay open
     * @param ids one a row, in order, each once
     * @throws MismatchException if there are not as many ids as rows, an id comes twice, or a document has no row
     */
    public static Embeddings matched(JsonlPool pool, Embeddings rows, List<String> ids) {
        if (rows.rows() != ids.size()) {
            throw new MismatchException(
                    "there are " + rows.rows() + " rows of embeddings and " + ids.size() + " ids; each row needs one");
        }
        int[] rowOf = match(pool, ids);
        return new Embeddings() {
            @Override
            public int rows() {
                return rowOf.length;
            }

            @Override
            public int dimension() {
                return rows.dimension();
            }

            @Override
            public void read(int firstRow, int rowCount, FloatBuffer target) {
                for (int i = firstRow; i < firstRow + rowCount; i++) {
                    rows.read(rowOf[i], 1, target);
                }
            }
        };
    }

    private static int[] match(JsonlPool pool, List<String> ids) {
        OrdinalTable table = new OrdinalTable();
        for (int row = 0; row < ids.size(); row++) {
            String id = ids.get(row);
            int same = table.findOrAdd(Hash64.of(id), other -> ids.get(other).equals(id));
            if (same >= 0) {
                throw new MismatchException("rows " + same + " and " + row + " of the embeddings have the same id \""
                        + Excerpt.of(id) + "\"; allowed is one row a document");
            }
        }
        int[] rowOf = new int[pool.size()];
        for (int ordinal = 0; ordinal < rowOf.length; ordinal++) {
            String id = pool.get(ordinal).id();
            rowOf[ordinal] = table.find(Hash64.of(id), other -> ids.get(other).equals(id));
            if (rowOf[ordinal] < 0) {
                throw new MismatchException("the document \"" + Excerpt.of(id) + "\" (" + pool.place(ordinal)
                        + ") has no row among the " + ids.size() + " embeddings; compute them for the whole pool, with"
                        + " the same ids");
            }
        }
        return rowOf;
    }

    /**
     * From a column of Parquet, or a field of JSONL, that has a list of numbers.
     *
     * @param files as {@link JsonlPool} takes them; may be the pool's own
     * @param idField the field with the id of the document
     * @param vectorField the field with its embedding, dots for nesting
     * @return in memory, {@code 4 × size × dimension} bytes
     * @throws InputException if a record has no such field, or a value is no finite number; names file and line
     * @throws MismatchException if embeddings have different lengths, an id comes twice, or a document has no row
     */
    public static Embeddings column(JsonlPool pool, List<Path> files, String idField, String vectorField) {
        JsonlOptions options =
                JsonlOptions.builder().textField(vectorField).idField(idField).build();
        List<String> ids = new ArrayList<>();
        Vectors rows = new Vectors();
        List<Path> paths = InputFiles.expand(files);
        for (Path path : paths) {
            SourceFile file = SourceFile.of(path);
            try (InputStream text = file.open(path.toString(), options, ReadListener.NONE);
                    Lines lines = new Lines(text, options.maxLineBytes())) {
                while (lines.next()) {
                    byte[] record = Arrays.copyOfRange(lines.bytes(), lines.start(), lines.start() + lines.length());
                    String place = file.unit().place(path, lines.number());
                    ids.add(RecordField.find(record, options.idField())
                            .orElseThrow(() -> new InputException(
                                    place + ": has no id in the field \"" + idField + "\"; embeddings need one")));
                    rows.add(record, options.textField(), place);
                }
            } catch (IOException e) {
                throw SourceFile.unreadable(path, e);
            }
        }
        return matched(pool, rows.embeddings(), ids);
    }

    /** Rows that grow. */
    private static final class Vectors {
        private float[] values = new float[1024];
        private int size;
        private int dimension;

        void add(byte[] record, FieldPath field, String place) throws IOException {
            int start = size;
            try (JsonParser parser = Json.FACTORY.createParser(record)) {
                if (!RecordField.moveTo(parser, field) || parser.currentToken() != JsonToken.START_ARRAY) {
                    throw new InputException(place + ": has no list of numbers in the field \"" + field + "\"");
                }
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    float value = parser.currentToken().isNumeric() ? parser.getFloatValue() : Float.NaN;
                    if (!Float.isFinite(value)) {
                        throw new InputException(place + ": value " + (size - start) + " of \"" + field + "\" is "
                                + Excerpt.of(String.valueOf(parser.getText())) + "; allowed are finite numbers");
                    }
                    if (size == values.length) {
                        values = Arrays.copyOf(values, (int) Math.min(2L * size, Integer.MAX_VALUE - 8));
                    }
                    values[size++] = value;
                }
            }
            if (start == 0) {
                dimension = size;
            }
            if (size - start != dimension || dimension == 0) {
                throw new MismatchException(place + ": has " + (size - start) + " values in \"" + field
                        + "\", and the first record " + dimension + "; allowed is the same number, 1 or more");
            }
        }

        Embeddings embeddings() {
            if (dimension == 0) {
                throw new InputException("the files with the embeddings have no record");
            }
            return Embeddings.of(Arrays.copyOf(values, size), dimension);
        }
    }
}
