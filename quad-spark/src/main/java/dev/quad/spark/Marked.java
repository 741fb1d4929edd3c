// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Rows, each with what is said of it in the place of where it stands. */
final class Marked implements Iterator<Row> {
    private final Ordinals rows;
    private final Marks marks;
    private final int width;
    private boolean isAhead;
    private boolean hasMore = true;

    /** @param width how many columns the rows have of their own */
    Marked(Ordinals rows, Marks marks, int width) {
        this.rows = rows;
        this.marks = marks;
        this.width = width;
    }

    @Override
    public boolean hasNext() {
        if (!isAhead && hasMore) {
            hasMore = rows.next();
            isAhead = true;
        }
        return hasMore;
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException("there are no more rows");
        }
        isAhead = false;
        Row row = rows.row();
        Row mark = marks.of(rows.ordinal());
        if (mark != null
                && !marks.isSame(
                        rows.ordinal(), row.getString(width + Columns.ID), row.getString(width + Columns.TEXT))) {
            throw Spans.changed(row.getString(width + Columns.PATH));
        }
        Object[] values = new Object[width + 1];
        for (int i = 0; i < width; i++) {
            values[i] = row.get(i);
        }
        values[width] = mark;
        return RowFactory.create(values);
    }
}
