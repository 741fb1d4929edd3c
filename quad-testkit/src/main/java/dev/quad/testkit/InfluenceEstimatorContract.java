// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link InfluenceEstimator} promises.
 *
 * @param <T> what an item is
 */
public abstract class InfluenceEstimatorContract<T> {
    private static final int LARGE = 300;
    private static final int CALLS = 320;

    /** A new estimator, always of the same model and reference; closed by the contract. */
    protected abstract InfluenceEstimator<T> estimator();

    /** At least three items, at least one of which can be scored; some may be impossible to score. */
    protected abstract List<T> items();

    /**
     * One whose scores differ, by another parameter or whatever it may be made of; its fingerprint must differ too.
     * Empty unless overridden: not tested.
     */
    protected Optional<InfluenceEstimator<T>> other() {
        return Optional.empty();
    }

    /** By how much a score may depend on its batch, as a share of the largest score; 1e-4 unless overridden. */
    protected double tolerance() {
        return 1e-4;
    }

    private InfluenceScores score(List<? extends T> items) {
        try (InfluenceEstimator<T> estimator = estimator()) {
            return estimator.score(items);
        }
    }

    /** The items of a batch are those of the list at these places, and so must be the scores. */
    private void same(String how, InfluenceScores expected, InfluenceScores found, int... places) {
        assertThat(found.size()).as("entries for a batch, %s", how).isEqualTo(places.length);
        double largest = 0;
        for (int i = 0; i < expected.size(); i++) {
            largest = Math.max(largest, expected.isScored(i) ? Math.abs(expected.value(i)) : 0);
        }
        for (int k = 0; k < places.length; k++) {
            int i = places[k];
            assertThat(found.isScored(k))
                    .as("item %s is scored in both batches or in neither, %s", i, how)
                    .isEqualTo(expected.isScored(i));
            if (expected.isScored(i)) {
                assertThat(found.value(k))
                        .as("the score of item %s, %s", i, how)
                        .isCloseTo(expected.value(i), within(tolerance() * largest + 1e-300));
            }
        }
    }

    private List<T> at(int... places) {
        List<T> items = items();
        return IntStream.of(places).mapToObj(items::get).toList();
    }

    /** One entry an item; what has no score has a reason, and something has a score. */
    @Test
    public void score_allItems_haveAScoreOrAReason() {
        InfluenceScores scores = score(items());
        assertThat(scores.size()).isEqualTo(items().size()).isGreaterThanOrEqualTo(3);
        int scored = 0;
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                scored++;
                assertThat(scores.value(i)).isFinite();
            } else {
                assertThat(scores.reason(i).orElseThrow()).isNotBlank();
            }
        }
        assertThat(scored).as("items with a score, of %s", scores).isPositive();
        assertThat(scores.tokens()).isNotNegative();
    }

    /** Scores follow the order of the items. */
    @Test
    public void score_reversed_isReversed() {
        int n = items().size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("reversed", score(items()), score(at(reversed)), reversed);
    }

    /** An item has the same score alone. */
    @Test
    public void score_oneByOne_isTheSame() {
        InfluenceScores scores = score(items());
        try (InfluenceEstimator<T> estimator = estimator()) {
            for (int i = scores.size() - 1; i >= 0; i--) {
                same("alone", scores, estimator.score(at(i)), i);
            }
        }
    }

    /** An item that comes more than once gets as many entries, all the same. */
    @Test
    public void score_equalItems_eachHaveAnEntry() {
        int[] places = {0, 0, 1, 0, 2, 2};
        same("with equal items", score(items()), score(at(places)), places);
    }

    /** A batch may be of any size. */
    @Test
    public void score_largeBatch_isTheSame() {
        int n = items().size();
        int[] places = IntStream.range(0, LARGE).map(i -> i % n).toArray();
        same("of " + LARGE, score(items()), score(at(places)), places);
    }

    /** Asking changes nothing: twice in a row, and after others. */
    @Test
    public void score_again_isTheSame() {
        int n = items().size();
        int[] all = IntStream.range(0, n).toArray();
        try (InfluenceEstimator<T> estimator = estimator()) {
            InfluenceScores first = estimator.score(items());
            same("asked twice", first, estimator.score(items()), all);
            estimator.score(at(n - 1));
            estimator.score(List.of());
            same("asked about others in between", first, estimator.score(items()), all);
            List<T> two = at(0, 1);
            for (int call = 0; call < CALLS; call++) {
                same("asked over and over", first, estimator.score(two), 0, 1);
            }
        }
    }

    /** A list that the caller fills anew is another batch. */
    @Test
    public void score_listFilledAnew_isScoredAnew() {
        InfluenceScores expected = score(items());
        int n = items().size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        List<T> batch = new ArrayList<>(items());
        try (InfluenceEstimator<T> estimator = estimator()) {
            estimator.score(batch);
            Collections.reverse(batch);
            same("in a list that held others before", expected, estimator.score(batch), reversed);
        }
    }

    /** The thread and the number of threads change nothing. */
    @Test
    public void score_otherThreads_isTheSame() {
        InfluenceScores expected = score(items());
        int[] all = IntStream.range(0, items().size()).toArray();
        for (int threads : new int[] {1, 3}) {
            same("in a pool of " + threads + " threads", expected, Threads.in(threads, () -> score(items())), all);
        }
    }

    /** The list of the caller is only looked at. */
    @Test
    public void score_list_staysAsItWas() {
        List<T> items = new ArrayList<>(items());
        List<T> copy = List.copyOf(items);
        score(items);
        assertThat(items).isEqualTo(copy);
        Collections.reverse(items);
        copy = List.copyOf(items);
        score(items);
        assertThat(items).isEqualTo(copy);
    }

    /** Closing one does not touch another. */
    @Test
    public void close_anotherEstimator_changesNothing() {
        int[] all = IntStream.range(0, items().size()).toArray();
        try (InfluenceEstimator<T> estimator = estimator()) {
            InfluenceScores before = estimator.score(items());
            score(items());
            same("after another estimator was closed", before, estimator.score(items()), all);
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

    /** The fingerprint is that of the settings, not of the object or of what it was asked. */
    @Test
    public void fingerprint_ofEqualEstimators_isEqual() {
        try (InfluenceEstimator<T> one = estimator();
                InfluenceEstimator<T> other = estimator()) {
            String fingerprint = one.fingerprint();
            assertThat(fingerprint).isNotBlank().isEqualTo(other.fingerprint());
            one.score(items());
            assertThat(one.fingerprint()).as("after use").isEqualTo(fingerprint);
            other().ifPresent(different -> {
                assertThat(different.fingerprint())
                        .as("the fingerprint of one that scores otherwise")
                        .isNotEqualTo(fingerprint);
                different.close();
            });
        }
    }
}
