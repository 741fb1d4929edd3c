// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.text.PoolFingerprint;
import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** What is known of each document of a span: its digest, a hash of its id, and its tokens. */
final class SpanContent implements Serializable {
    private static final long serialVersionUID = 1;

    final String path;
    final long start;
    private final transient ByteArrayOutputStream collected = new ByteArrayOutputStream();
    private byte[] digests = new byte[0];
    private long[] ids = new long[16];
    private int[] tokens = new int[16];
    private int count;
    /** What is wrong with the row after the last document. */
    private @Nullable String bad;

    private SpanContent(String path, long start) {
        this.path = path;
        this.start = start;
    }

    /** Reads a partition. A span ends at a row that is bad. */
    static Iterator<SpanContent> read(Iterator<Row> rows) {
        List<SpanContent> spans = new ArrayList<>();
        SpanContent span = null;
        while (rows.hasNext()) {
            Row row = rows.next();
            String path = row.getString(Columns.PATH);
            long start = row.getLong(Columns.START);
            if (span == null || start != span.start || !path.equals(span.path)) {
                span = new SpanContent(path, start);
                spans.add(span);
            }
            span.add(row);
        }
        spans.forEach(SpanContent::end);
        return spans.iterator();
    }

    private void add(Row row) {
        if (bad != null) {
            return;
        }
        String text = row.getString(Columns.TEXT);
        String id = row.getString(Columns.ID);
        Object length = row.get(Columns.TOKENS);
        if (text == null) {
            bad = "has no text: it is null; leave such rows out, as by where(\"text IS NOT NULL\")";
            return;
        }
        if (length != null && ((Long) length < 0 || (Long) length > Integer.MAX_VALUE)) {
            bad = "has " + length + " tokens; allowed is 0 to 2^31 - 1";
            return;
        }
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
            tokens = Arrays.copyOf(tokens, 2 * count);
        }
        collected.writeBytes(PoolFingerprint.digest(id, text));
        ids[count] =
                id == null ? 0 : ByteBuffer.wrap(PoolFingerprint.digest(id, "")).getLong() | 1;
        tokens[count] = length == null ? text.getBytes(StandardCharsets.UTF_8).length : (int) (long) (Long) length;
        count++;
    }

    private void end() {
        digests = collected.toByteArray();
        ids = Arrays.copyOf(ids, count);
        tokens = Arrays.copyOf(tokens, count);
    }

    int count() {
        return count;
    }

    byte[] digests() {
        return digests;
    }

    /** A hash of each id, the lowest bit set; 0 for a document without one. */
    long[] ids() {
        return ids;
    }

    int[] tokens() {
        return tokens;
    }

    @Nullable
    String bad() {
        return bad;
    }
}
