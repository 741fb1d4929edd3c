// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;

/** The rows of a partition with their ordinals, which are known by their spans. */
final class Ordinals {
    private final Iterator<Row> rows;
    private final Spans spans;
    private final int place;
    private String path = "";
    private long start = -1;
    private int first;
    private int count = -1;
    private Row row;

    /** @param place the column of the path, before that of the start */
    Ordinals(Iterator<Row> rows, Spans spans, int place) {
        this.rows = rows;
        this.spans = spans;
        this.place = place;
        this.row = Row.empty();
    }

    /** Goes to the next row. */
    boolean next() {
        if (!rows.hasNext()) {
            endSpan();
            return false;
        }
        row = rows.next();
        String rowPath = row.getString(place);
        long rowStart = row.getLong(place + 1);
        if (count < 0 || rowStart != start || !rowPath.equals(path)) {
            endSpan();
            path = rowPath;
            start = rowStart;
            first = spans.first(path, start);
            count = 0;
        }
        count++;
        return true;
    }

    private void endSpan() {
        if (count >= 0) {
            spans.check(path, start, count);
        }
    }

    Row row() {
        if (count < 0) {
            throw new NoSuchElementException("next() comes first");
        }
        return row;
    }

    int ordinal() {
        return first + count - 1;
    }

    /** Whether the row is the first of its span. */
    boolean isFirst() {
        return count == 1;
    }
}
