// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.InputException;
import dev.quad.ReferenceSet;
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
        List<TokenSequence> result = new ArrayList<>();
        draw(pool, eligible, chunker, tokens, random, (ordinal, chunk) -> result.add(chunk));
        return result;
    }

    /** As {@link #of}, of a reference, each chunk with the weight of its document. */
    static ReferenceSet<TokenSequence> ofReference(
            ReferenceSet<Document> reference, Chunker chunker, long tokens, RandomGenerator random) {
        List<TokenSequence> chunks = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        CandidatePool<Document> documents = CandidatePool.of(reference.items(), document -> 0, "reference");
        draw(documents, i -> true, chunker, tokens, random, (ordinal, chunk) -> {
            chunks.add(chunk);
            weights.add(reference.weight(ordinal));
        });
        if (chunks.isEmpty()) {
            throw new InputException("no reference document is long enough to have a gradient; give longer texts");
        }
        if (weights.stream().allMatch(weight -> weight == 0)) {
            throw new InputException(
                    "no reference document with a weight is long enough to have a gradient; give" + " longer texts");
        }
        return ReferenceSet.weighted(
                chunks, weights.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Takes a chunk of the document of a number. */
    private interface Taker {
        void take(int ordinal, TokenSequence chunk);
    }

    private static void draw(
            CandidatePool<Document> pool,
            IntPredicate eligible,
            Chunker chunker,
            long tokens,
            RandomGenerator random,
            Taker taker) {
        int[] order = new int[pool.size()];
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        long sum = 0;
        for (int ordinal : order) {
            if (sum >= tokens) {
                break;
            }
            if (eligible.test(ordinal)) {
                for (TokenSequence chunk : chunker.chunks(pool.get(ordinal))) {
                    taker.take(ordinal, chunk);
                    sum += chunk.length() - 1L;
                }
            }
        }
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
