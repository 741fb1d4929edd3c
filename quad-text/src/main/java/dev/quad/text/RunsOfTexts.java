// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.Serializable;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/** Counts the known runs of texts, also where it was sent. Safe for use by several threads. */
final class RunsOfTexts implements Serializable {
    private static final long serialVersionUID = 1;

    private final KnownRuns known;
    private final transient Deque<RunCounts> free = new ConcurrentLinkedDeque<>();

    RunsOfTexts(KnownRuns known) {
        this.known = known;
    }

    private Object readResolve() {
        return new RunsOfTexts(known);
    }

    KnownRuns known() {
        return known;
    }

    /** Each run of a document, followed by how often it stands there. */
    int[] of(Document document) {
        return sums(List.of(document));
    }

    /** {@link #of} each. */
    int[][] ofEach(List<Document> documents) {
        return documents.stream().map(this::of).toArray(int[][]::new);
    }

    /** The runs of some documents together; those of the first, then those that the second adds, and so on. */
    int[] sums(List<Document> documents) {
        RunCounts used = free.poll();
        RunCounts counts = used == null ? new RunCounts(known) : used;
        documents.forEach(document -> counts.add(document.text()));
        int[] runs = counts.end();
        free.push(counts);
        return runs;
    }
}
