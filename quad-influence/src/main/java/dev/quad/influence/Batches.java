// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.ArrayList;
import java.util.List;

/** Cuts a list into batches bounded by tokens, in order; an item with more tokens than the bound is a batch alone. */
final class Batches {
    private Batches() {}

    static <T> List<List<T>> of(List<? extends T> items, GradientSource<T> source, int batchTokens) {
        List<List<T>> batches = new ArrayList<>();
        List<T> batch = new ArrayList<>();
        int tokens = 0;
        for (T item : items) {
            int cost = source.tokens(item);
            if (!batch.isEmpty() && tokens + cost > batchTokens) {
                batches.add(batch);
                batch = new ArrayList<>();
                tokens = 0;
            }
            batch.add(item);
            tokens += cost;
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        return batches;
    }
}
