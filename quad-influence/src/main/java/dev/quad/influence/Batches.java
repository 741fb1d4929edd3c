// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Cuts a list into batches bounded by tokens, in order, as views of it; an item with more tokens than the bound is a
 * batch alone.
 */
final class Batches {
    private Batches() {}

    /** The bound itself, if it is one. */
    static int requireTokens(int batchTokens) {
        if (batchTokens < 1) {
            throw new IllegalArgumentException("batchTokens is " + batchTokens + "; a batch has at least 1 token");
        }
        return batchTokens;
    }

    static <T> List<List<? extends T>> of(List<? extends T> items, GradientSource<T> source, int batchTokens) {
        return of(items, source::rows, batchTokens);
    }

    static <T> List<List<? extends T>> of(List<? extends T> items, ToIntFunction<? super T> tokensOf, int batchTokens) {
        requireTokens(batchTokens);
        List<List<? extends T>> batches = new ArrayList<>();
        int first = 0;
        int next = 0;
        long tokens = 0;
        for (T item : items) {
            if (item == null) {
                throw new NullPointerException("item " + next + " is null; leave out what is not there");
            }
            int cost = tokensOf.applyAsInt(item);
            if (cost < 0) {
                throw new IllegalStateException(
                        "item " + next + " has " + cost + " tokens, the model says; allowed is 0 or more");
            }
            if (next > first && tokens + cost > batchTokens) {
                batches.add(items.subList(first, next));
                first = next;
                tokens = 0;
            }
            tokens += cost;
            next++;
        }
        if (next > first) {
            batches.add(items.subList(first, next));
        }
        return batches;
    }
}
