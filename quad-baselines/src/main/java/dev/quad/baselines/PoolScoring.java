// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Scores the documents of a pool in batches: at most 1,024 documents, or 4 million tokens and one document, at once.
 */
final class PoolScoring {
    private static final int BATCH = 1_024;
    private static final long BATCH_TOKENS = 4_000_000;

    private PoolScoring() {}

    /**
     * A score for each document.
     *
     * @param eligible which documents are scored, by ordinal; others are flagged
     * @return one entry a document, by ordinal; empty if the thread was interrupted before the last batch
     * @throws QuadException if the estimator gives more or fewer scores than there are documents
     */
    static <T> Optional<InfluenceScores> of(
            CandidatePool<T> pool, IntPredicate eligible, InfluenceEstimator<? super T> estimator) {
        InfluenceScores.Builder all = InfluenceScores.builder();
        for (int from = 0; from < pool.size(); ) {
            if (Thread.currentThread().isInterrupted()) {
                return Optional.empty();
            }
            int to = from;
            List<T> batch = new ArrayList<>();
            for (long tokens = 0; to < pool.size() && batch.size() < BATCH && tokens < BATCH_TOKENS; to++) {
                if (eligible.test(to)) {
                    batch.add(pool.get(to));
                    tokens += pool.tokens(to);
                }
            }
            InfluenceScores some = batch.isEmpty() ? InfluenceScores.of() : estimator.score(batch);
            if (some.size() != batch.size()) {
                throw new QuadException(estimator.getClass().getName() + " returned " + some.size() + " scores of "
                        + batch.size() + " documents; it must return one a document, in order");
            }
            int item = 0;
            for (int i = from; i < to; i++) {
                if (!eligible.test(i)) {
                    all.flag("it was not eligible");
                } else if (some.isScored(item)) {
                    all.add(some.value(item++));
                } else {
                    all.flag(some.reason(item++).orElseThrow());
                }
            }
            all.countTokens(some.tokens());
            from = to;
        }
        return Optional.of(all.build());
    }
}
