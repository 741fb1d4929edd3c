// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Halves;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ObjIntConsumer;
import java.util.stream.Collectors;

/**
 * Embeddings that were computed elsewhere and are a column of Parquet, or a field of JSONL: a list of numbers beside
 * the id of a document. Rows that belong to no document of the pool are left out. Holds one row at a time, and 28 bytes
 * a document while it reads. For use by one thread.
 */
public final class EmbeddingColumn {
    private final JsonlPool pool;
    private final List<SourceFile> files;
    private final JsonlOptions options;
    /** The number of the first row of each file, and after it of what was read. */
    private final int[] firstRows;

    private float[] values = new float[1024];
    private int dimension;
    private boolean half;

    private EmbeddingColumn(JsonlPool pool, List<SourceFile> files, JsonlOptions options) {
        this.pool = pool;
        this.files = files;
        this.options = options;
        this.firstRows = new int[files.size() + 1];
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
        EmbeddingColumn column = new EmbeddingColumn(
                pool,
                InputFiles.expand(files).stream().map(EmbeddingColumn::file).toList(),
                JsonlOptions.builder().textField(vectorField).idField(idField).build());
        column.records((record, row) -> {
            column.vector(record, row);
            return false;
        });
        if (column.dimension == 0) {
            throw new InputException(column + " has no record");
        }
        return column;
    }

    private static SourceFile file(Path path) {
        SourceFile file = SourceFile.of(path);
        if (file.pipe().isPresent()) {
            throw new InputException(path + " is a pipe; allowed is a file, since embeddings are read more than once");
        }
        return file;
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
        DocumentsById documents = new DocumentsById(pool, this::place);
        records((record, row) -> {
            int ordinal = documents.take(id(record, row), row);
            float[] vector = vector(record, row);
            if (ordinal >= 0) {
                target.accept(vector, ordinal);
            }
            return true;
        });
        documents.rows(toString());
    }

    /** Takes a record and says whether to go on. */
    private interface Visitor {
        boolean visit(byte[] record, int row) throws IOException;
    }

    private void records(Visitor visitor) {
        boolean goOn = true;
        for (int i = 0; goOn && i < files.size(); i++) {
            SourceFile file = files.get(i);
            firstRows[i + 1] = firstRows[i];
            try (InputStream text = file.open(file.path().toString(), options, ReadListener.NONE);
                    Lines lines = new Lines(text, options.maxLineBytes())) {
                half = file.packing() == SourceFile.Packing.PARQUET
                        && ParquetTypes.isHalf(
                                ParquetLines.schema(file.path()),
                                options.textField().names());
                while (goOn && lines.next()) {
                    int row = firstRows[i + 1];
                    firstRows[i + 1] = Math.addExact(row, 1);
                    if (lines.isTooLong()) {
                        throw new InputException(place(row) + ": is longer than " + options.maxLineBytes()
                                + " bytes; allowed is one record with an id and a list of numbers");
                    }
                    if (!lines.isBlank()) {
                        int end = lines.start() + lines.length();
                        goOn = visit(visitor, Arrays.copyOfRange(lines.bytes(), lines.start(), end), row);
                    }
                }
            } catch (IOException e) {
                throw SourceFile.unreadable(file.path(), e);
            }
        }
    }

    private boolean visit(Visitor visitor, byte[] record, int row) throws IOException {
        try {
            return visitor.visit(record, row);
        } catch (JsonProcessingException e) {
            throw new InputException(place(row) + ": " + JsonFault.of(e, record, 0, record.length), e);
        }
    }

    private String place(int row) {
        int file = 0;
        while (firstRows[file + 1] <= row) {
            file++;
        }
        return files.get(file).unit().place(files.get(file).path(), row - firstRows[file] + 1L);
    }

    private String id(byte[] record, int row) throws IOException {
        return RecordField.text(record, options.idField())
                .orElseThrow(() -> new InputException(
                        place(row) + ": has no id in the field \"" + options.idField() + "\"; embeddings need one"));
    }

    private float[] vector(byte[] record, int row) throws IOException {
        int count = 0;
        try (JsonParser parser = RecordField.at(record, options.textField())) {
            if (parser == null || parser.currentToken() != JsonToken.START_ARRAY) {
                throw new InputException(
                        place(row) + ": has no list of numbers in the field \"" + options.textField() + "\"");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                float value = parser.currentToken().isNumeric() ? parser.getFloatValue() : Float.NaN;
                if (!Float.isFinite(value)) {
                    throw new InputException(place(row) + ": value " + count + " of \"" + options.textField() + "\" is "
                            + kind(parser) + "; allowed are finite numbers");
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
            throw new MismatchException(place(row) + ": has " + count + " values in \"" + options.textField()
                    + "\", and the first record " + dimension + "; allowed is the same number, 1 or more");
        }
        return values;
    }

    private static String kind(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            default -> Excerpt.of(parser.getText());
        };
    }

    /** The files and the field. */
    @Override
    public String toString() {
        return "the field \"" + options.textField() + "\" of "
                + files.stream().map(file -> file.path().toString()).collect(Collectors.joining(", "));
    }
}
