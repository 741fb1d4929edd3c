// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What every {@link InfluenceEstimator} promises.
 *
 * @param <T> what an item is
 */
public abstract class InfluenceEstimatorContract<T> {

    /** A new estimator, always of the same model and reference; closed by the contract. */
    protected abstract InfluenceEstimator<T> estimator();

    /** At least three items, some of which may be impossible to score. */
    protected abstract List<T> items();

    /** By how much a score may depend on its batch, as a share of the largest score; 1e-4 unless overridden. */
    protected double tolerance() {
        return 1e-4;
    }

    private InfluenceScores score(List<? extends T> items) {
        try (InfluenceEstimator<T> estimator = estimator()) {
            return estimator.score(items);
        }
    }

    private void same(InfluenceScores one, int i, InfluenceScores other, int j) {
        assertThat(other.isScored(j))
                .as("item %s is scored in both batches or in neither", i)
                .isEqualTo(one.isScored(i));
        if (one.isScored(i)) {
            double largest = 0;
            for (int k = 0; k < one.size(); k++) {
                largest = Math.max(largest, one.isScored(k) ? Math.abs(one.value(k)) : 0);
            }
            assertThat(other.value(j)).as("item %s", i).isCloseTo(one.value(i), within(tolerance() * largest + 1e-300));
        }
    }

    /** One entry an item; what has no score has a reason. */
    @Test
    public void score_allItems_haveAScoreOrAReason() {
        InfluenceScores scores = score(items());
        assertThat(scores.size()).isEqualTo(items().size()).isGreaterThanOrEqualTo(3);
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                assertThat(scores.value(i)).isFinite();
            } else {
                assertThat(scores.reason(i).orElseThrow()).isNotBlank();
            }
        }
        assertThat(scores.tokens()).isNotNegative();
    }

    /** Scores follow the order of the items. */
    @Test
    public void score_reversed_isReversed() {
        List<T> reversed = new ArrayList<>(items());
        Collections.reverse(reversed);
        InfluenceScores scores = score(items());
        InfluenceScores back = score(reversed);
        for (int i = 0; i < scores.size(); i++) {
            same(scores, i, back, scores.size() - 1 - i);
        }
    }

    /** An item has the same score alone. */
    @Test
    public void score_oneByOne_isTheSame() {
        InfluenceScores scores = score(items());
        try (InfluenceEstimator<T> estimator = estimator()) {
            for (int i = 0; i < scores.size(); i++) {
                same(scores, i, estimator.score(List.of(items().get(i))), 0);
            }
        }
    }

    /** No items, no scores. */
    @Test
    public void score_noItems_isEmpty() {
        assertThat(score(List.of()).size()).isZero();
    }

    /** What a token costs is not known, or a number of operations. */
    @Test
    public void flopsPerToken_whereKnown_isANumber() {
        try (InfluenceEstimator<T> estimator = estimator()) {
            estimator
                    .flopsPerToken()
                    .ifPresent(flops -> assertThat(flops).isFinite().isNotNegative());
        }
    }

    /** The fingerprint is that of the settings, not of the object. */
    @Test
    public void fingerprint_ofEqualEstimators_isEqual() {
        try (InfluenceEstimator<T> one = estimator();
                InfluenceEstimator<T> other = estimator()) {
            assertThat(one.fingerprint()).isNotBlank().isEqualTo(other.fingerprint());
        }
    }
}
