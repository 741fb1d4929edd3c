// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import dev.quad.InputException;
import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All spans of a pool, in the order of their documents. Immutable. */
final class Spans implements Serializable {
    static final Comparator<SpanContent> ORDER = Comparator.comparing(
                    (SpanContent span) -> name(span.path), Spans::compareNames)
            .thenComparingLong(span -> span.start);

    private static final long serialVersionUID = 1;

    private final ArrayList<Span> inOrder;
    private final HashMap<String, Span> byPlace = new HashMap<>();

    Spans(List<Span> inOrder) {
        this.inOrder = new ArrayList<>(inOrder);
        inOrder.forEach(span -> byPlace.put(key(span.path(), span.start()), span));
    }

    /** As files are ordered on one machine: by bytes of UTF-8, which is by code points. */
    private static int compareNames(String a, String b) {
        return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
    }

    private static String key(String path, long start) {
        return start + " " + path;
    }

    /** The ordinal of the first document of a span. */
    int first(String path, long start) {
        return known(path, start).first();
    }

    private Span known(String path, long start) {
        Span span = byPlace.get(key(path, start));
        if (span == null) {
            throw changed(path);
        }
        return span;
    }

    /** Checks that a span has as many rows as before. */
    void check(String path, long start, int count) {
        if (known(path, start).count() != count) {
            throw changed(path);
        }
    }

    static InputException changed(String path) {
        return new InputException(
                (path.isEmpty() ? "the rows" : name(path)) + " changed since the pool was opened; give rows"
                        + " that stay as they are, and leave the settings of spark.sql.files while the pool is in use");
    }

    /** The file of a document and its row there, from 1, in words. */
    String place(int ordinal) {
        long before = 0;
        String path = "";
        for (Span span : inOrder) {
            before = span.path().equals(path) ? before : 0;
            path = span.path();
            if (ordinal < span.first() + span.count()) {
                return place(path, before + ordinal - span.first() + 1);
            }
            before += span.count();
        }
        throw new IndexOutOfBoundsException(ordinal);
    }

    /** What a document is called: by its id, or by its place. */
    String name(int ordinal, @Nullable String id) {
        return id == null ? place(ordinal) : id;
    }

    static String place(String path, long row) {
        return path.isEmpty() ? "row " + row + ", by the ids," : "row " + row + " of " + name(path);
    }

    /** A path as people write it; Spark's are addresses. */
    private static String name(String path) {
        try {
            URI address = new URI(path);
            return "file".equals(address.getScheme()) ? address.getPath() : path;
        } catch (URISyntaxException e) {
            return path;
        }
    }
}
