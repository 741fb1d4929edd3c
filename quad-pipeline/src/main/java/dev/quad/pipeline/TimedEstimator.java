// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** Adds up how long an estimator takes, which stays with its owner; what is left of the rounds is the bandit's. */
final class TimedEstimator<T> implements InfluenceEstimator<T> {
    private final InfluenceEstimator<? super T> estimator;
    private long nanos;

    TimedEstimator(InfluenceEstimator<? super T> estimator) {
        this.estimator = estimator;
    }

    @Override
    public InfluenceScores score(List<? extends T> items) {
        return timed(() -> estimator.score(items));
    }

    /** A digest of the whole direction. */
    @Override
    public String fingerprint() {
        return timed(estimator::fingerprint);
    }

    @Override
    public OptionalDouble flopsPerToken() {
        return estimator.flopsPerToken();
    }

    private <R> R timed(Supplier<R> work) {
        long started = System.nanoTime();
        R result = work.get();
        nanos += System.nanoTime() - started;
        return result;
    }

    double seconds() {
        return nanos / 1e9;
    }
}
