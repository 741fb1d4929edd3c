// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.AtomicFile;
import dev.quad.files.FileFailure;
import dev.quad.files.JsonText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Writes rows of known columns, with metadata: as lines of JSON where the file's name ends in {@code .jsonl} or
 * {@code .ndjson}, packed where {@code .gz} or {@code .zst} follows, and the metadata in a file beside it
 * ({@link #metadataFile}); or as Parquet, where it ends in {@code .parquet}, the metadata under keys that begin with
 * {@code quad.}. Equal rows make equal files. They appear when {@link #commit()} is called. For one thread.
 */
public final class TableWriter implements AutoCloseable {
    /** Before the names of metadata in Parquet, where other programs put theirs too. */
    static final String PREFIX = "quad.";

    /** What a column holds; nulls too. */
    public enum Kind {
        /** Strings. */
        TEXT,
        /** Numbers in double precision. */
        NUMBER,
        /** Whole numbers. */
        WHOLE,
        /** Lists of numbers in single precision. */
        LIST
    }

    /**
     * A column.
     *
     * @param name of the field
     * @param kind of its values
     */
    public record Column(String name, Kind kind) {
        /** Checks that both are there. */
        public Column {
            Objects.requireNonNull(name, "the name is null");
            Objects.requireNonNull(kind, "the kind is null");
        }
    }

    private final Path target;
    private final Map<String, String> metadata;
    private final RecordSink sink;

    private TableWriter(Path target, Map<String, String> metadata, RecordSink sink) {
        this.target = target;
        this.metadata = metadata;
        this.sink = sink;
    }

    /** Whether a file's name has one of the endings. */
    public static boolean isNamed(Path target) {
        return FileNames.isOfRecords(Objects.requireNonNull(target, "the file is null"));
    }

    /**
     * Where the metadata of lines of JSON are: {@code scores.meta.json} of {@code scores.jsonl.gz}; of others empty.
     */
    public static Optional<Path> metadataFile(Path target) {
        if (!isNamed(target) || FileNames.isParquet(target)) {
            return Optional.empty();
        }
        String name = String.valueOf(target.getFileName());
        return Optional.of(target.resolveSibling(name.substring(0, FileNames.endingStart(target)) + ".meta.json"));
    }

    /**
     * Starts a file. Missing folders are made.
     *
     * @throws IllegalArgumentException if the file's name has another ending
     * @throws UncheckedIOException if the place cannot be written to
     */
    public static TableWriter create(Path target, List<Column> columns, Map<String, String> metadata) {
        Objects.requireNonNull(columns, "the columns are null");
        Objects.requireNonNull(metadata, "the metadata are null; allowed is an empty map");
        if (!isNamed(target)) {
            throw new IllegalArgumentException("rows cannot be written to " + Excerpt.whole(target)
                    + ": allowed endings are " + FileNames.written() + "; give it the one of the form that is wanted");
        }
        AtomicFile file = AtomicFile.replace(target);
        try {
            RecordSink sink = FileNames.isParquet(target)
                    ? new ParquetTable(file, columns, metadata)
                    : new RecordSink.LineSink(file, RecordSink.FilePacking.of(target));
            return new TableWriter(target, metadata, sink);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e instanceof IOException io ? FileFailure.writing(target, io) : (RuntimeException) e;
        }
    }

    /** Adds a row: fields of the names of the columns, in their order. */
    public void write(Consumer<JsonFields> row) {
        Objects.requireNonNull(row, "what writes the row is null");
        try {
            sink.write(JsonFields.object(row));
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    /** Makes the file appear, and the one beside it first. */
    public void commit() {
        try {
            sink.end();
            AtomicFile file = sink.finish();
            metadataFile(target).ifPresent(beside -> AtomicFile.replace(beside, JsonText.text(metadata)));
            file.commit();
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    /** Drops what was written, unless it was committed. */
    @Override
    public void close() {
        sink.close();
    }

    /** The file. */
    @Override
    public String toString() {
        return "rows for " + target;
    }
}
