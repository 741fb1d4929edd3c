// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import dev.quad.InputException;
import dev.quad.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * The documents of files, in the order of files and lines. Texts stay on the disk.
 *
 * <p>A file is read as what it holds: lines of JSON, plain, gzip or zstd; Parquet, whose rows are read as JSON objects
 * of all their columns; or, by its name ({@code .txt}, {@code .text}, {@code .md}, {@code .rst}, plain or packed), one
 * document. Folders, patterns and {@code -} are taken as {@link InputFiles} says. Pipes are read once, into the cache
 * folder. Folders named {@code lang=de} give all records below them a field {@code lang}, as in Hive, Spark and DuckDB,
 * where they were found in a folder or by a pattern and not named, and all files that were found together have the same
 * such names above them.
 *
 * <p>Opening reads every file once: checks each line, counts its tokens, and refuses two documents with one id. The
 * fingerprint is a SHA-256 of ids and texts in order ({@link PoolFingerprint}), so the same documents have the same
 * fingerprint however they are compressed or spread over files; ids made from file names do not count.
 *
 * <p>Cost: 20 bytes of memory a document (another 24 while opening), plus the longest line; one read of the disk for
 * {@link #get}. Packed files and Parquet take the disk space of their text in the cache folder. Safe for use by several
 * threads, interrupted ones too. The files must not change while the pool is open: a record that is read again and is
 * not, by its CRC-32C, what it was is refused.
 */
public final class JsonlPool implements CandidatePool<Document>, AutoCloseable {
    private final Records records;
    private final String fingerprint;
    private final long badLines;

    JsonlPool(Records records, String fingerprint, long badLines) {
        this.records = records;
        this.fingerprint = fingerprint;
        this.badLines = badLines;
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public int size() {
        return records.index().size();
    }

    /**
     * Reads a document from its place in the file.
     *
     * @throws InputException if it is not what it was when the pool was opened; names the file
     */
    @Override
    public Document get(int ordinal) {
        return records.document(ordinal);
    }

    @Override
    public long tokens(int ordinal) {
        return records.index().tokens(Objects.checkIndex(ordinal, size()));
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    /**
     * The line of a document as it stands in its file, without the line's end: UTF-8, one JSON object. Where the file
     * was found in folders such as {@code lang=de} ({@link Inputs#partitions}), the record has their fields too.
     *
     * @throws InputException as {@link #get}
     */
    public byte[] rawRecord(int ordinal) {
        return records.raw(ordinal);
    }

    /**
     * The value of any field of a document, such as its source.
     *
     * @param path a name, or names joined by dots
     * @return a string, or a number or truth value as it is written; empty if there is none, or null, or no such value
     */
    public Optional<String> field(int ordinal, String path) {
        Objects.requireNonNull(path, "the path of the field is null");
        return RecordField.find(records.raw(ordinal), FieldPath.parse(path));
    }

    List<SourceFile> sources() {
        return records.sources();
    }

    /** File and line of a document, in words. */
    public String place(int ordinal) {
        return records.place(Objects.checkIndex(ordinal, size()));
    }

    /** What was read, and what was left out of the folders that were named. */
    public Inputs inputs() {
        return records.inputs();
    }

    /** How many bad lines were skipped, documents with the id of an earlier one included. */
    public long badLines() {
        return badLines;
    }

    /** Closes the files. The pool cannot be read afterwards. */
    @Override
    public void close() {
        records.close();
    }

    /** Collects what a pool is opened with. */
    public static final class Builder {
        private JsonlOptions options = JsonlOptions.defaults();
        private ToLongFunction<String> tokens = Utf8::length;
        private ReadListener listener = ReadListener.NONE;
        private Optional<Path> cacheFolder = Optional.empty();

        private Builder() {}

        /** How records are read. */
        public Builder options(JsonlOptions value) {
            this.options = Objects.requireNonNull(value, "options is null; leave it out for the default");
            return this;
        }

        /** Counts tokens by a tokenizer, less the one that starts a document; by default a token is a byte of UTF-8. */
        public Builder tokenizer(Tokenizer tokenizer) {
            Objects.requireNonNull(tokenizer, "tokenizer is null; leave it out for bytes");
            return tokenizer.equals(Tokenizer.bytes())
                    ? tokens(Utf8::length)
                    : tokens(text -> tokenizer.encode(text).length() - 1L);
        }

        /** Counts tokens by a function of the text, in {@code [0, 2^31)}. Called once a document. */
        public Builder tokens(ToLongFunction<String> count) {
            this.tokens = Objects.requireNonNull(count, "tokens is null; leave it out for bytes");
            return this;
        }

        /** Who hears of progress and skipped lines. */
        public Builder listener(ReadListener value) {
            this.listener = Objects.requireNonNull(value, "listener is null; leave it out for none");
            return this;
        }

        /**
         * Where the text of packed files and Parquet is kept for this and later runs, and what comes through pipes
         * until the pool is closed; made if missing.
         */
        public Builder cacheFolder(Path folder) {
            this.cacheFolder = Optional.of(
                    Objects.requireNonNull(folder, "cacheFolder is null; leave it out for the folder of the files"));
            return this;
        }

        /**
         * Opens the pool.
         *
         * @param files at least one file, folder or pattern
         * @throws InputException if a file cannot be read, a line is bad and bad lines are not skipped, or there is no
         *     document; the message names file and line
         * @throws java.io.UncheckedIOException if the cache folder cannot be written to
         */
        public JsonlPool open(List<Path> files) {
            Objects.requireNonNull(files, "the files are null");
            Records records = new Records(InputFiles.find(files), options, cacheFolder);
            boolean opened = false;
            try {
                JsonlPool pool = new PoolIndexer(records, tokens).index(cacheFolder, listener);
                opened = true;
                return pool;
            } finally {
                if (!opened) {
                    records.close();
                }
            }
        }
    }
}
