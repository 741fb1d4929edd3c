// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import dev.quad.QuadException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Puts documents through the estimator in batches, and checks what comes back. */
final class Scorer<T> {
    /** Squares of scores, summed over any pool, stay finite below this. */
    private static final double LARGEST = 1e100;

    private final CandidatePool<T> pool;
    private final InfluenceEstimator<? super T> estimator;
    private final int batch;

    Scorer(CandidatePool<T> pool, InfluenceEstimator<? super T> estimator, int batch) {
        this.pool = pool;
        this.estimator = estimator;
        this.batch = batch;
    }

    /**
     * The scores of documents, in order.
     *
     * @param where for messages: the pilot or the round
     * @param scored hears how many are scored, before the first batch and after each
     * @return empty if the thread was interrupted before the last batch
     */
    Optional<InfluenceScores> score(int[] ordinals, String where, IntConsumer scored) {
        InfluenceScores.Builder all = InfluenceScores.builder();
        scored.accept(0);
        for (int from = 0; from < ordinals.length; from += batch) {
            if (Thread.currentThread().isInterrupted()) {
                return Optional.empty();
            }
            int to = Math.min(ordinals.length, from + batch);
            List<T> items = new ArrayList<>(to - from);
            for (int i = from; i < to; i++) {
                items.add(document(ordinals[i]));
            }
            InfluenceScores scores = score(items, where, ordinals[from]);
            for (int i = from; i < to; i++) {
                add(all, scores, i - from, ordinals[i]);
            }
            all.countTokens(scores.tokens());
            scored.accept(to);
        }
        return Optional.of(all.build());
    }

    private T document(int ordinal) {
        T document = pool.get(ordinal);
        if (document == null) {
            throw new QuadException("document " + ordinal + " of the pool "
                    + pool.getClass().getName() + " is null; let it give an item, or leave it out with eligible");
        }
        return document;
    }

    private InfluenceScores score(List<T> items, String where, int firstOrdinal) {
        String what = "the estimator failed in " + where + " on a batch of " + items.size() + " documents from ordinal "
                + firstOrdinal + " on: ";
        InfluenceScores scores;
        try {
            scores = estimator.score(items);
        } catch (RuntimeException e) {
            throw new QuadException(what + e, e);
        }
        if (scores == null) {
            throw new QuadException(what + estimator.getClass().getName()
                    + " returned null; it must return one score per document, in order");
        }
        if (scores.size() != items.size()) {
            throw new QuadException(what + "it returned " + scores.size()
                    + " scores; it must return one per document, in" + " order, and flag those that cannot be scored");
        }
        return scores;
    }

    private static void add(InfluenceScores.Builder all, InfluenceScores scores, int item, int ordinal) {
        if (!scores.isScored(item)) {
            all.flag(scores.reason(item).orElseThrow());
            return;
        }
        double value = scores.value(item);
        if (Math.abs(value) > LARGEST) {
            throw new NumericalException("document " + ordinal + " has the score " + value + "; allowed is [-" + LARGEST
                    + ", " + LARGEST + "]: look at the damping, or flag the document");
        }
        all.add(value);
    }
}
