// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import dev.quad.files.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes records as they were read, each with one more field: as lines of JSON where the file's name ends in
 * {@code .jsonl} or {@code .ndjson}, packed where {@code .gz} or {@code .zst} follows; or, where it ends in
 * {@code .parquet}, as rows. No other name is taken, but for devices and pipes. Equal records make equal files.
 *
 * <p>In lines the other fields of a record stay byte for byte as they were. If it has the field already, at the top
 * level, the value is replaced where it stands; else the field comes last. In Parquet the columns are those of the
 * Parquet files that the records come from. Where files differ, a column gets the type that holds the values of all of
 * them, and of records from other files too. A field for which there is no such column gets one that is made of the
 * records: a field whose values are alike (truth values, whole numbers, numbers, strings, lists, objects) gets a column
 * of that type, any other a column of JSON text, so that no number and no character changes. A null is the same as no
 * field.
 *
 * <p>The files appear when {@link #commit()} is called, whole or not at all. For one thread, which may be interrupted.
 */
public final class RecordWriter implements AutoCloseable {
    private final Path target;
    private final FieldSplice field;
    private final OptionalLong shardBytes;
    private final boolean again;
    private final List<RecordSink> sinks = new ArrayList<>();
    private final ParquetSink.@Nullable Columns columns;
    private long shardLength;
    private List<Path> committed = List.of();

    private RecordWriter(Builder builder) {
        this.target = builder.target;
        this.field = new FieldSplice(builder.field);
        this.shardBytes = builder.shardBytes;
        this.again = builder.again;
        this.columns = FileNames.isParquet(target)
                ? new ParquetSink.Columns(
                        builder.source
                                .map(pool -> ParquetSchemas.of(pool.sources()))
                                .orElseGet(ParquetSchemas::none),
                        builder.source
                                .filter(pool -> !pool.inputs().partitions().isEmpty())
                                .isPresent(), // a folder's field may replace a column
                        builder.field)
                : null;
    }

    /**
     * Starts one file. Missing folders are made.
     *
     * @param field the name of the field that is added
     * @throws IllegalArgumentException if the file's name has another ending
     * @throws java.io.UncheckedIOException if the place cannot be written to
     */
    public static RecordWriter create(Path target, String field) {
        return builder(target, field).open();
    }

    /**
     * Starts from one file whose columns, if it is Parquet, are made of the records.
     *
     * @throws IllegalArgumentException if the file's name has another ending
     */
    public static Builder builder(Path target, String field) {
        Objects.requireNonNull(target, "the file is null");
        Objects.requireNonNull(field, "the field is null");
        if (!FileNames.isOfRecords(target) && !AtomicFile.isStream(target)) {
            throw new IllegalArgumentException("records cannot be written to " + Excerpt.whole(target)
                    + ": allowed endings are " + FileNames.written() + "; give it the one of the form that is wanted");
        }
        return new Builder(target, field);
    }

    /**
     * Writes a record.
     *
     * @param record one JSON object in UTF-8, such as {@link JsonlPool#rawRecord} gives
     * @param value gives the fields of the object that is added
     * @throws IllegalArgumentException if the record is not a JSON object, or has a field twice and is to be a row
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void write(byte[] record, Consumer<JsonFields> value) {
        Objects.requireNonNull(record, "the record is null");
        Objects.requireNonNull(value, "what writes the value is null");
        byte[] whole = field.into(record, value);
        try {
            if (shardLength > 0 && shardBytes.isPresent() && shardLength + whole.length + 1 > shardBytes.getAsLong()) {
                last().end();
                start();
            }
            last().write(whole);
            shardLength += whole.length + 1;
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        }
    }

    private RecordSink last() {
        return sinks.get(sinks.size() - 1);
    }

    private void start() throws IOException {
        shardLength = 0;
        AtomicFile file = AtomicFile.create(target);
        try {
            ParquetSink.Columns shared = columns;
            sinks.add(
                    shared == null
                            ? new RecordSink.LineSink(file, RecordSink.FilePacking.of(target))
                            : new ParquetSink(file, AtomicFile.create(target), shared));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Makes the files appear: {@code name.jsonl.gz}, or with a shard size {@code name-00000-of-00003.jsonl.gz} and so
     * on. Nothing can be written afterwards.
     *
     * @return the files, in order
     * @throws java.io.UncheckedIOException if that fails; then there is none
     */
    public List<Path> commit() {
        try {
            last().end();
            List<AtomicFile> files = new ArrayList<>();
            for (RecordSink sink : sinks) {
                files.add(sink.finish());
            }
            committed = rename(files);
            return committed;
        } catch (IOException e) {
            throw FileFailure.writing(target, e);
        } finally {
            close();
        }
    }

    private List<Path> rename(List<AtomicFile> files) throws IOException {
        List<Path> names = new ArrayList<>();
        for (AtomicFile file : files) {
            Path name = shardBytes.isEmpty() ? target : shard(names.size(), files.size());
            names.add(name);
            if (again) {
                file.finish();
                AtomicFile.requireSame(file.unfinished(), name);
            }
        }
        List<Path> written = new ArrayList<>();
        try {
            for (AtomicFile file : files) {
                Path path = names.get(written.size());
                file.commitTo(path);
                written.add(path);
            }
            return List.copyOf(written);
        } finally {
            if (written.size() < files.size()) {
                for (Path path : written) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    /** The files, in order, once {@link #commit()} was called; none before. */
    public List<Path> files() {
        return committed;
    }

    /**
     * What became of the columns that the source's Parquet files have; known once {@link #commit()} was called.
     *
     * @return no column if no Parquet was written, or none was read
     */
    public WrittenColumns columns() {
        return columns == null ? WrittenColumns.NONE : columns.written();
    }

    /** How many records had the field before, whose value was replaced. */
    public long replaced() {
        return field.replaced();
    }

    private Path shard(int number, int count) {
        String name = String.valueOf(target.getFileName());
        int ending = FileNames.endingStart(target);
        return target.resolveSibling(String.format(
                Locale.ROOT, "%s-%05d-of-%05d%s", name.substring(0, ending), number, count, name.substring(ending)));
    }

    /** Drops what was written, unless it was committed. */
    @Override
    public void close() {
        sinks.forEach(RecordSink::close);
    }

    /** Collects what a writer is made with. */
    public static final class Builder {
        private final Path target;
        private final String field;
        private OptionalLong shardBytes = OptionalLong.empty();
        private boolean again;
        private Optional<JsonlPool> source = Optional.empty();

        private Builder(Path target, String field) {
            this.target = target;
            this.field = field;
        }

        /**
         * Spreads the records over several files, each with at most this many bytes of JSON lines before packing (or
         * one record, where that has more).
         *
         * @param bytes {@code >= 1}
         */
        public Builder shardBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("a shard is to have " + bytes + " bytes; allowed is 1 or more");
            }
            this.shardBytes = OptionalLong.of(bytes);
            return this;
        }

        /**
         * For what a stopped run may have written before: files of these names may be there, but only with the same
         * bytes, or {@link RecordWriter#commit()} ends with an {@link InputException}. Others are replaced unless this
         * is set.
         */
        public Builder again() {
            this.again = true;
            return this;
        }

        /** The pool that the records come from, whose columns are kept where it is Parquet. */
        public Builder source(JsonlPool pool) {
            Objects.requireNonNull(pool, "the pool is null");
            this.source = Optional.of(pool);
            return this;
        }

        /**
         * Starts the writer. Missing folders are made.
         *
         * @throws java.io.UncheckedIOException if the place cannot be written to
         */
        public RecordWriter open() {
            RecordWriter writer = new RecordWriter(this);
            try {
                writer.start();
            } catch (IOException e) {
                throw FileFailure.writing(target, e);
            }
            return writer;
        }
    }
}
