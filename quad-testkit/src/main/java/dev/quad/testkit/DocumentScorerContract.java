// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.FittedScorer;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link DocumentScorer} promises, and what it has learned: all that an {@link InfluenceEstimatorContract}
 * asks for, of the documents of the pool, with the same bits in every batch and for several threads.
 *
 * @param <T> what a document is
 */
public abstract class DocumentScorerContract<T> extends InfluenceEstimatorContract<T> {
    private static final Seed SEED = new Seed(61_803);
    private static final int TIMES = 40;

    /** A new scorer, always the same. */
    protected abstract DocumentScorer<T> scorer();

    /** What it learns from; of at least three documents. */
    protected abstract CandidatePool<T> pool();

    /** What it learns from beside, at least two documents; empty only where it needs none. */
    protected abstract List<T> reference();

    private DocumentScorer<T> testedScorer() {
        return Answers.made("scorer()", scorer());
    }

    private FittedScorer<T> fitted(DocumentScorer<T> scorer) {
        return Answers.given(
                "fit(…)", scorer.fit(Answers.made("pool()", pool()), Answers.made("reference()", reference()), SEED));
    }

    private FittedScorer<T> fitted() {
        return fitted(testedScorer());
    }

    @Override
    protected final InfluenceEstimator<T> estimator() {
        return fitted();
    }

    /** The documents of the pool. */
    @Override
    protected List<T> items() {
        CandidatePool<T> pool = Answers.made("pool()", pool());
        return IntStream.range(0, pool.size()).mapToObj(pool::get).toList();
    }

    @Override
    protected final double tolerance() {
        return 0;
    }

    private void isSame(FittedScorer<T> found, FittedScorer<T> expected, String where) {
        assertThat(found.fingerprint()).as("the fingerprint, %s", where).isEqualTo(expected.fingerprint());
        assertThat(found.score(items())).as("the scores of the pool, %s", where).isEqualTo(expected.score(items()));
    }

    /** What was learned carries the name of the method, and how long it took. */
    @Test
    public void fit_namesItself() {
        DocumentScorer<T> scorer = testedScorer();
        assertThat(scorer.id()).as("id() of the scorer").isNotBlank();
        FittedScorer<T> fitted = fitted(scorer);
        assertThat(fitted.id()).as("id() of what it learned").isEqualTo(scorer.id());
        assertThat(Answers.given("fitTime()", fitted.fitTime()).isNegative())
                .as("whether fitTime() is negative")
                .isFalse();
        assertThat(Answers.given("fitFlops()", fitted.fitFlops()).orElse(0))
                .as("fitFlops(), operations")
                .isFinite()
                .isNotNegative();
    }

    /** The same pool, reference and seed give the same, again, from another instance, and with other threads. */
    @Test
    public void fit_again_isTheSame() {
        FittedScorer<T> first = fitted();
        DocumentScorer<T> scorer = testedScorer();
        isSame(fitted(scorer), first, "of another instance");
        scorer.fit(pool(), reference(), new Seed(1));
        isSame(fitted(scorer), first, "of an instance that learned before, with another seed");
        for (int threads : new int[] {1, 3}) {
            Threads.in(threads, () -> {
                isSame(fitted(), first, "in a pool of " + threads + " threads");
                return threads;
            });
        }
    }

    /** The default locale and time zone of the machine change nothing in what is learned. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void fit_otherLanguages_isTheSame() {
        FittedScorer<T> first = fitted();
        Elsewhere.each(where -> isSame(fitted(), first, where));
    }

    /** Another reference teaches something else, and the fingerprint says so; a scorer that needs none ignores it. */
    @Test
    public void fit_otherReference_isToldApart() {
        DocumentScorer<T> scorer = testedScorer();
        FittedScorer<T> first = fitted(scorer);
        List<T> less = new ArrayList<>(Answers.made("reference()", reference()));
        if (scorer.needsReference()) {
            less.remove(0);
            FittedScorer<T> other = scorer.fit(pool(), less, SEED);
            if (!other.score(items()).equals(first.score(items()))) {
                assertThat(other.fingerprint())
                        .as("the fingerprint of what was learned from one reference document less, with other scores")
                        .isNotEqualTo(first.fingerprint());
            }
            assertThatThrownBy(() -> scorer.fit(pool(), List.of(), SEED))
                    .as("a scorer that needs a reference, without one")
                    .isInstanceOf(IllegalArgumentException.class);
        } else {
            isSame(scorer.fit(pool(), List.of(), SEED), first, "without a reference, which it does not need");
        }
    }

    /** Several threads may ask at once. */
    @Test
    public void score_bySeveralThreads_isTheSame() {
        FittedScorer<T> fitted = fitted();
        InfluenceScores expected = fitted.score(items());
        List<T> reversed = new ArrayList<>(items());
        Collections.reverse(reversed);
        InfluenceScores backwards = fitted.score(reversed);
        Threads.manyTimes(
                TIMES,
                i -> assertThat(fitted.score(i % 2 == 0 ? items() : reversed))
                        .as("the scores asked for by several threads at once")
                        .isEqualTo(i % 2 == 0 ? expected : backwards));
    }

    /** Scores that are all equal choose nothing. */
    @Test
    public void score_ofThePool_tellsDocumentsApart() {
        InfluenceScores scores = fitted().score(items());
        assertThat(IntStream.range(0, scores.size())
                        .filter(scores::isScored)
                        .mapToObj(scores::value)
                        .distinct()
                        .count())
                .as("different scores in the pool of the test class, of %s", scores)
                .isGreaterThan(1);
    }

    @Override
    protected Optional<InfluenceEstimator<T>> other() {
        return Optional.empty();
    }
}
