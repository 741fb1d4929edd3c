// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Applies functions to documents of any pool: where they lie, or by the threads of the current fork-join pool. */
final class DocumentFunctions {
    /** What is worked on at a time, and by one thread. */
    private static final int WAVE = 512;

    private static final int BLOCK = 32;

    private DocumentFunctions() {}

    /** As the other, of all documents. */
    static <R> void map(CandidatePool<Document> pool, DocumentFunction<R> function, Consumer<? super R> then) {
        map(pool, IntStream.range(0, pool.size()).toArray(), function, then);
    }

    /** As {@link ScatteredPool#map}. */
    static <R> void map(
            CandidatePool<Document> pool, int[] ordinals, DocumentFunction<R> function, Consumer<? super R> then) {
        if (pool instanceof ScatteredPool scattered) {
            scattered.map(ordinals, function, then);
            return;
        }
        for (int from = 0; from < ordinals.length; from += WAVE) {
            int[] wave = Arrays.copyOfRange(ordinals, from, Math.min(ordinals.length, from + WAVE));
            @SuppressWarnings("unchecked")
            R[] results = (R[]) new Object[(wave.length + BLOCK - 1) / BLOCK];
            Workers.forEach(results.length, () -> wave, (own, block) -> {
                List<Document> documents = Arrays.stream(own, block * BLOCK, Math.min(own.length, (block + 1) * BLOCK))
                        .mapToObj(pool::get)
                        .toList();
                results[block] = function.apply(documents);
            });
            Arrays.stream(results).forEach(then);
        }
    }
}
