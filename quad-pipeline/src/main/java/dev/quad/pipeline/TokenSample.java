// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/** Token sequences of randomly drawn documents. */
final class TokenSample {
    private TokenSample() {}

    /** Chunks of documents in random order until there are {@code tokens} predicted tokens, or of all documents. */
    static List<TokenSequence> of(
            CandidatePool<Document> pool, IntPredicate eligible, Chunker chunker, long tokens, RandomGenerator random) {
        int[] order = new int[pool.size()];
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        List<TokenSequence> result = new ArrayList<>();
        long sum = 0;
        for (int ordinal : order) {
            if (sum >= tokens) {
                break;
            }
            if (eligible.test(ordinal)) {
                for (TokenSequence chunk : chunker.chunks(pool.get(ordinal))) {
                    result.add(chunk);
                    sum += chunk.length() - 1L;
                }
            }
        }
        return result;
    }

    /** As {@link #of}, of a pool that must have something to learn from. */
    static List<TokenSequence> ofPool(
            CandidatePool<Document> pool, IntPredicate eligible, Chunker chunker, long tokens, RandomGenerator random) {
        List<TokenSequence> result = of(pool, eligible, chunker, tokens, random);
        if (result.isEmpty()) {
            throw new InputException("no document of the pool is long enough to have a gradient; give longer texts");
        }
        return result;
    }

    static long tokens(List<TokenSequence> sequences) {
        return sequences.stream().mapToLong(sequence -> sequence.length() - 1L).sum();
    }
}
