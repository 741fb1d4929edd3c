// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Cuts a list into batches bounded by tokens, in order; an item with more tokens than the bound is a batch alone. */
final class Batches {
    private Batches() {}

    static <T> List<List<T>> of(List<? extends T> items, GradientSource<T> source, int batchTokens) {
        return of(items, source::tokens, batchTokens);
    }

    static <T> List<List<T>> of(List<? extends T> items, ToIntFunction<? super T> tokensOf, int batchTokens) {
        List<List<T>> batches = new ArrayList<>();
        List<T> batch = new ArrayList<>();
        int tokens = 0;
        for (T item : items) {
            int cost = tokensOf.applyAsInt(item);
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
