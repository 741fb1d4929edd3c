// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Counts the known runs of texts. For one thread; made once and used again. */
final class RunCounts {
    private final KnownRuns known;
    private final int[] counts;
    private int[] touched = new int[1 << 12];
    private int size;

    RunCounts(KnownRuns known) {
        this.known = known;
        this.counts = new int[known.size()];
    }

    /** Counts the runs of one more text. */
    void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long state = 0;
        for (int i = 0; i < bytes.length; i++) {
            state = known.next(state, bytes[i]);
            int run = i < known.length() - 1 ? -1 : known.find(state);
            if (run >= 0 && counts[run]++ == 0) {
                add(run);
            }
        }
    }

    /**
     * Each known run of the texts that were added, in the order of first appearance, followed by how often it stands in
     * them. Starts over.
     */
    int[] end() {
        int[] found = new int[2 * size];
        for (int i = 0; i < size; i++) {
            found[2 * i] = touched[i];
            found[2 * i + 1] = counts[touched[i]];
            counts[touched[i]] = 0;
        }
        size = 0;
        return found;
    }

    private void add(int run) {
        if (size == touched.length) {
            touched = Arrays.copyOf(touched, 2 * size);
        }
        touched[size++] = run;
    }
}
