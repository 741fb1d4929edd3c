// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The rows of Parquet or JSONL that say something of documents, by id: numbered over all files, from 0. */
final class RecordRows {
    /** Numbers that JSON has no other way to write; those of Parquet come so. */
    private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

    private final List<SourceFile> files;
    private final JsonlOptions options;
    private final String what;
    /** The number of the first row of each file, and after it of what was read. */
    private final int[] firstRows;

    /**
     * Rows of files.
     *
     * @param field what is said of a document
     * @param what that is, in the plural, for messages
     */
    RecordRows(List<Path> files, String idField, String field, String what) {
        this.what = what;
        this.files =
                InputFiles.expand(files).stream().map(path -> file(path, what)).toList();
        this.options = JsonlOptions.builder().textField(field).idField(idField).build();
        this.firstRows = new int[this.files.size() + 1];
    }

    private static SourceFile file(Path path, String what) {
        SourceFile file = SourceFile.of(path);
        if (file.pipe().isPresent()) {
            throw new InputException(
                    path + " is a pipe; allowed is a file, since " + what + " are read more than once");
        }
        return file;
    }

    /** Takes a record and says whether to go on. */
    interface Visitor {
        /** Hears of the next file. */
        default void begin(SourceFile file) throws IOException {}

        boolean visit(byte[] record, int row) throws IOException;
    }

    void forEach(Visitor visitor) {
        boolean goOn = true;
        for (int i = 0; goOn && i < files.size(); i++) {
            SourceFile file = files.get(i);
            firstRows[i + 1] = firstRows[i];
            try (InputStream text = file.open(file.path().toString(), options, ReadListener.NONE);
                    Lines lines = new Lines(text, options.maxLineBytes())) {
                visitor.begin(file);
                while (goOn && lines.next()) {
                    int row = firstRows[i + 1];
                    firstRows[i + 1] = Math.addExact(row, 1);
                    if (lines.isTooLong()) {
                        throw new InputException(place(row) + ": is longer than " + options.maxLineBytes()
                                + " bytes; allowed is one record with an id and its " + what);
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

    /** Where a row stands, in words. */
    String place(int row) {
        int file = 0;
        while (firstRows[file + 1] <= row) {
            file++;
        }
        return files.get(file).unit().place(files.get(file).path(), row - firstRows[file] + 1L);
    }

    /** The field with what is said. */
    FieldPath field() {
        return options.textField();
    }

    /** The id of the document that a record is of. */
    String id(byte[] record, int row) throws IOException {
        return RecordField.text(record, options.idField())
                .orElseThrow(() -> new InputException(
                        place(row) + ": has no id in the field \"" + options.idField() + "\"; " + what + " need one"));
    }

    /** What a value is that should be another, for messages. */
    static String kind(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING ->
                NOT_FINITE.contains(parser.getText())
                        ? parser.getText()
                        : "the text \"" + Excerpt.of(parser.getText()) + "\"";
            default -> Excerpt.of(parser.getText());
        };
    }

    /** The field and the files. */
    @Override
    public String toString() {
        return "the field \"" + options.textField() + "\" of "
                + files.stream().map(file -> file.path().toString()).collect(Collectors.joining(", "));
    }
}
