// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Documents of a pool at random, as many as fit into a number of characters; 4 bytes of memory for each of the pool.
 */
final class PoolSample {
    /** 32 million characters: enough for a model of runs of bytes or of pairs of words, and read in seconds. */
    static final long DEFAULT_CHARS = 32_000_000;

    private PoolSample() {}

    /**
     * At least one document, the pool not being empty, and then as long as all together have no more characters.
     *
     * @param purpose names the stream of random numbers
     */
    static List<Document> of(CandidatePool<Document> pool, int documents, long chars, Seed seed, String purpose) {
        int[] order = IntStream.range(0, pool.size()).toArray();
        RandomGenerator random = seed.stream(purpose);
        List<Document> sample = new ArrayList<>();
        long read = 0;
        for (int i = 0; i < Math.min(order.length, documents); i++) {
            int other = i + random.nextInt(order.length - i);
            int ordinal = order[other];
            order[other] = order[i];
            Document document = pool.get(ordinal);
            read += document.text().length();
            if (read > chars && !sample.isEmpty()) {
                break;
            }
            sample.add(document);
        }
        return sample;
    }

    /** The texts of documents. */
    static List<String> texts(List<? extends Document> documents) {
        return documents.stream().map(Document::text).toList();
    }

    /** Refuses a pool or a reference without documents or text. */
    static void require(String scorer, CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(reference, "the reference is null");
        require(scorer, pool, seed);
        if (reference.isEmpty()) {
            throw new IllegalArgumentException("the reference is empty: " + scorer
                    + " needs at least one document of the kind that the model should become good at");
        }
        if (reference.stream().allMatch(document -> document.text().isEmpty())) {
            throw new IllegalArgumentException("the reference has no text: each of its " + reference.size()
                    + " documents is empty, and " + scorer + " needs at least one that is not");
        }
    }

    /** Refuses a pool without documents or text; reads it up to the first that has some. */
    static void require(String scorer, CandidatePool<Document> pool, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(seed, "the seed is null");
        if (pool.size() == 0) {
            throw new IllegalArgumentException("the pool is empty: " + scorer + " learns from its documents");
        }
        if (IntStream.range(0, pool.size()).allMatch(i -> pool.get(i).text().isEmpty())) {
            throw new IllegalArgumentException("the pool has no text: each of its " + pool.size()
                    + " documents is empty, and " + scorer + " needs at least one that is not");
        }
    }
}
