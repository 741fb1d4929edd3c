// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Runs with parts of the user's, right unless told otherwise. */
final class UserRuns {
    static final int DOCUMENTS = 12;
    static final Clustering CLUSTERING =
            Clustering.of(IntStream.range(0, DOCUMENTS).map(i -> i % 3).toArray(), 3);
    static final Budget BUDGET = Budget.documents(6);
    static final Seed SEED = new Seed(1);

    private UserRuns() {}

    /** A pool of the user's, right unless told otherwise. */
    static class Pool implements CandidatePool<Integer> {
        @Override
        public int size() {
            return DOCUMENTS;
        }

        @Override
        public Integer get(int ordinal) {
            return ordinal;
        }

        @Override
        public long tokens(int ordinal) {
            return 1;
        }

        @Override
        public String fingerprint() {
            return "pool";
        }
    }

    /** An estimator of the user's, right unless told otherwise. */
    static class Estimator implements InfluenceEstimator<Integer> {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(new double[items.size()]);
        }

        @Override
        public String fingerprint() {
            return "zero";
        }
    }

    static QuadSelector.Builder<Integer> quad(InfluenceEstimator<Integer> estimator) {
        return QuadSelector.builder(CLUSTERING, estimator);
    }

    static ThrowingCallable run(InfluenceEstimator<Integer> estimator) {
        return () -> quad(estimator).build().select(new Pool(), BUDGET, SEED);
    }

    static ThrowingCallable run(CandidatePool<Integer> pool) {
        return () -> quad(new Estimator()).build().select(pool, Budget.tokens(6), SEED);
    }

    static ThrowingCallable run(UnaryOperator<SelectionOptions.Builder> options) {
        return () -> quad(new Estimator())
                .options(options.apply(SelectionOptions.builder().threshold(Threshold.none()))
                        .build())
                .build()
                .select(new Pool(), BUDGET, SEED);
    }
}
