// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.List;
import java.util.Objects;

/**
 * What became of the columns of the Parquet files that records came from, in the Parquet that was written of them.
 *
 * @param kept the columns that have the type they had
 * @param changed those that have another, in the order of the columns
 */
public record WrittenColumns(List<String> kept, List<Change> changed) {

    static final WrittenColumns NONE = new WrittenColumns(List.of(), List.of());

    /** Copies the lists. */
    public WrittenColumns {
        Objects.requireNonNull(kept, "the columns that are kept are null");
        Objects.requireNonNull(changed, "the columns that are changed are null");
        kept = List.copyOf(kept);
        changed = List.copyOf(changed);
    }

    /**
     * A column that could not keep its type.
     *
     * @param column its name
     * @param before the type in the first file that has the column, in Parquet's words
     * @param after the type that was written
     * @param reason why, in words
     */
    public record Change(String column, String before, String after, String reason) {
        /** Checks that all is there. */
        public Change {
            Objects.requireNonNull(column, "the column is null");
            Objects.requireNonNull(before, "the type of the column before is null");
            Objects.requireNonNull(after, "the type of the column after is null");
            Objects.requireNonNull(reason, "the reason is null");
        }

        /** All of it in one line. */
        public String message() {
            return "the column \"" + Excerpt.of(column) + "\" is " + after + " and no longer " + before + ": " + reason;
        }
    }
}
