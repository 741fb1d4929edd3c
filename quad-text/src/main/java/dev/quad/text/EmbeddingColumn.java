// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Halves;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ObjIntConsumer;

/**
 * Embeddings that were computed elsewhere and are a column of Parquet, or a field of JSONL: a list of numbers beside
 * the id of a document. Rows that belong to no document of the pool are left out. Holds one row at a time, and 28 bytes
 * a document while it reads. For use by one thread.
 */
public final class EmbeddingColumn {
    private final JsonlPool pool;
    private final RecordRows rows;

    private float[] values = new float[1024];
    private int dimension;
    private boolean half;

    private EmbeddingColumn(JsonlPool pool, RecordRows rows) {
        this.pool = pool;
        this.rows = rows;
    }

    /**
     * Reads the first record.
     *
     * @param files as {@link JsonlPool} takes them; may be the pool's own
     * @param idField the field with the id of the document, dots for nesting
     * @param vectorField the field with its embedding
     * @throws InputException if there is no record, or as {@link #read} does
     */
    public static EmbeddingColumn open(JsonlPool pool, List<Path> files, String idField, String vectorField) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(files, "the files are null");
        Objects.requireNonNull(idField, "the field of the ids is null");
        Objects.requireNonNull(vectorField, "the field of the vectors is null");
        EmbeddingColumn column = new EmbeddingColumn(pool, new RecordRows(files, idField, vectorField, "embeddings"));
        column.records((record, row) -> {
            column.vector(record, row);
            return false;
        });
        if (column.dimension == 0) {
            throw new InputException(column + " has no record");
        }
        return column;
    }

    /** The numbers of a row, {@code >= 1}. */
    public int dimension() {
        return dimension;
    }

    /**
     * Gives the row of each document once, in the order of the files.
     *
     * @param target takes a row, which is written over afterwards, and the ordinal of its document
     * @throws InputException if a record has no such fields, or a value is no finite number; names file and line
     * @throws MismatchException if embeddings have different lengths, a document comes twice, or has no row
     */
    public void read(ObjIntConsumer<float[]> target) {
        Objects.requireNonNull(target, "the target is null");
        DocumentsById documents = new DocumentsById(pool, rows::place);
        records((record, row) -> {
            int ordinal = documents.take(rows.id(record, row), row);
            float[] vector = vector(record, row);
            if (ordinal >= 0) {
                target.accept(vector, ordinal);
            }
            return true;
        });
        documents.rows(toString(), DocumentsById.EMBED);
    }

    private interface Reading {
        boolean visit(byte[] record, int row) throws IOException;
    }

    private void records(Reading reading) {
        rows.forEach(new RecordRows.Visitor() {
            @Override
            public void begin(SourceFile file) throws IOException {
                half = file.packing() == SourceFile.Packing.PARQUET
                        && ParquetTypes.isHalf(
                                ParquetLines.schema(file.path()), rows.field().names());
            }

            @Override
            public boolean visit(byte[] record, int row) throws IOException {
                return reading.visit(record, row);
            }
        });
    }

    private float[] vector(byte[] record, int row) throws IOException {
        int count = 0;
        try (JsonParser parser = RecordField.at(record, rows.field())) {
            if (parser == null || parser.currentToken() != JsonToken.START_ARRAY) {
                throw new InputException(
                        rows.place(row) + ": has no list of numbers in the field \"" + rows.field() + "\"");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                float value = parser.currentToken().isNumeric() ? parser.getFloatValue() : Float.NaN;
                if (!Float.isFinite(value)) {
                    throw new InputException(rows.place(row) + ": value " + count + " of \"" + rows.field() + "\" is "
                            + RecordRows.kind(parser) + "; allowed are finite numbers");
                }
                if (half) { // the shortest decimal stands for the half that is nearest to it
                    value = Halves.fromHalf(Half.nearest(value));
                }
                if (count == values.length) {
                    values = Arrays.copyOf(values, 2 * count);
                }
                values[count++] = value;
            }
        }
        if (dimension == 0) {
            dimension = count;
            values = Arrays.copyOf(values, count);
        }
        if (count != dimension || count == 0) {
            throw new MismatchException(rows.place(row) + ": has " + count + " values in \"" + rows.field()
                    + "\", and the first record " + dimension + "; allowed is the same number, 1 or more");
        }
        return values;
    }

    /** The files and the field. */
    @Override
    public String toString() {
        return rows.toString();
    }
}
