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
        InfluenceScores scores = timed(() -> estimator.score(items));
        if (scores == null) { // said here, where its class is known
            throw new IllegalStateException(
                    estimator.getClass().getName() + " returned null; it must return one score per document, in order");
        }
        return scores;
    }

    /** A digest of the whole direction. */
    @Override
    public String fingerprint() {
        return timed(() -> fingerprint(estimator));
    }

    /** The fingerprint of an estimator of the user's. */
    static String fingerprint(InfluenceEstimator<?> estimator) {
        String fingerprint = estimator.fingerprint();
        if (fingerprint == null || fingerprint.isBlank()) {
            throw new IllegalStateException("the estimator "
                    + estimator.getClass().getName() + " has the fingerprint "
                    + (fingerprint == null ? "null" : "\"" + fingerprint + "\"")
                    + "; give a digest of all that changes its scores");
        }
        return fingerprint;
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
