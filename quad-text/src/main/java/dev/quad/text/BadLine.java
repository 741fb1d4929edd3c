// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A line, row or file that is not a usable document.
 *
 * @param file the file, as the caller named it
 * @param unit what {@code line} counts
 * @param line {@code >= 1}
 * @param reason what is wrong, with the value, and what is allowed
 * @param record what stands there, as text (what is not UTF-8 replaced), at most its first MiB
 * @param bytes how many bytes it has
 */
public record BadLine(Path file, Unit unit, long line, String reason, String record, long bytes) {
    /** 1 MiB: longer than nearly all documents, and little for a heap. */
    static final int MAX_RECORD_BYTES = 1 << 20;

    /** Checks that all is there. */
    public BadLine {
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(unit, "the unit is null");
        Objects.requireNonNull(reason, "the reason is null");
        Objects.requireNonNull(record, "the record is null");
    }

    /** What the documents of a file are counted in. */
    public enum Unit {
        /** Lines of JSON. */
        LINE,
        /** Rows of Parquet, and what is made of them one line of JSON. */
        ROW,
        /** The file is one document. */
        FILE;

        String place(Path file, long line) {
            return switch (this) {
                case LINE -> file + ", line " + line;
                case ROW -> file + ", row " + line;
                case FILE -> file.toString();
            };
        }
    }

    /** The place and the reason in one line. */
    public String message() {
        return unit.place(file, line) + ": " + reason;
    }

    InputException toException() {
        return new InputException(message() + ". Mend it, or skip bad lines (--skip-bad-lines)");
    }
}
