// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The runs of the documents that were asked for last, up to so many numbers in all. Safe for use by several threads.
 */
final class RecentRuns {
    private final int limit;
    private final Map<Integer, int[]> runs = new LinkedHashMap<>(16, 0.75f, true);
    private int size;

    RecentRuns(int limit) {
        this.limit = limit;
    }

    synchronized int @Nullable [] get(int document) {
        return runs.get(document);
    }

    synchronized void put(int document, int... found) {
        int[] before = runs.put(document, found);
        size += found.length - (before == null ? 0 : before.length);
        Iterator<int[]> oldest = runs.values().iterator();
        while (size > limit && oldest.hasNext()) {
            size -= oldest.next().length;
            oldest.remove();
        }
    }
}
