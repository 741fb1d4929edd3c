// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Selection;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import dev.quad.text.WrittenColumns;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Writes what was chosen: the records of the pool as they were read, in the order in which they were chosen, each with
 * its score, cluster, round and weight, as far as it has them and the weight is not 1, in the field {@value #FIELD}.
 *
 * <p>The pool is the one that was chosen from, by the fingerprint that the selection's manifest has of it as
 * {@code pool}; one that is another is refused before anything is written.
 */
public final class SelectionFile {
    /** The field that is added to a record. */
    public static final String FIELD = "quad";

    private SelectionFile() {}

    /**
     * Writes one file, which appears when it is whole. Replaces none.
     *
     * @param target {@code .jsonl}, {@code .jsonl.gz}, {@code .jsonl.zst} or {@code .parquet}
     * @param pool the pool that was chosen from
     * @throws MismatchException if the selection was made from another pool; names both
     * @throws InputException if there is something of that name, which may be what was chosen from, or a record is not
     *     what it was when the pool was opened
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public static void write(Path target, JsonlPool pool, Selection selection) {
        Objects.requireNonNull(target, "the file is null");
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(selection, "the selection is null");
        check(pool, selection);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new InputException(
                    target + " is there already, and no file is replaced; give another name, or take it away");
        }
        try (RecordWriter writer =
                RecordWriter.builder(target, FIELD).source(pool).open()) {
            write(writer, pool, selection);
        }
    }

    /** As the other, by a writer of the caller's, who closes it: for several files. It is committed here. */
    public static WrittenColumns write(RecordWriter writer, JsonlPool pool, Selection selection) {
        Objects.requireNonNull(writer, "the writer is null");
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(selection, "the selection is null");
        check(pool, selection);
        for (Selection.Choice choice : selection.choices()) {
            writer.write(pool.rawRecord(choice.ordinal()), fields -> {
                choice.score().ifPresent(score -> fields.put("score", score));
                if (choice.weight() > 1) {
                    fields.put("weight", choice.weight());
                }
                if (choice.arm() >= 0) {
                    fields.put("cluster", choice.arm());
                    fields.put("round", choice.round());
                }
            });
        }
        writer.commit();
        return writer.columns();
    }

    private static void check(JsonlPool pool, Selection selection) {
        String from = selection.manifest().get("pool");
        int last = selection.choices().stream()
                .mapToInt(Selection.Choice::ordinal)
                .max()
                .orElse(0);
        if (last >= pool.size() || (from != null && !from.equals(pool.fingerprint()))) {
            throw new MismatchException("the selection is from the pool " + (from == null ? "(without a name)" : from)
                    + " and has its document " + last + ", but the records are to come from the pool "
                    + pool.fingerprint() + " of " + pool.size()
                    + " documents; give the pool that was chosen from, its files in the same order");
        }
    }
}
