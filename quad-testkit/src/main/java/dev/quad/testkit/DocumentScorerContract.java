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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
    private static final int TOGETHER = 20;
    private static final int MANY = 300;

    /** A new scorer, always the same. */
    protected abstract DocumentScorer<T> scorer();

    /** What it learns from; of at least three documents. */
    protected abstract CandidatePool<T> pool();

    /** What it learns from beside, at least two documents; empty only where it needs none. */
    protected abstract List<T> reference();

    /**
     * Documents without text, so that a pool, or a reference that is needed, of no others is refused; the unscorable
     * ones unless overridden. Not tested if empty.
     */
    protected List<T> withoutText() {
        return unscorable();
    }

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
        Duration time = Answers.given("fitTime()", fitted.fitTime());
        assertThat(time.isNegative()).as("whether fitTime() is negative").isFalse();
        assertThat(fitted.fitTime())
                .as("fitTime() asked again: what learning took")
                .isEqualTo(time);
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

    /**
     * What was learned stays as it is when the scorer learns from others, and those change nothing in what it learns.
     */
    @Test
    public void fit_othersInTurns_areIndependent() {
        DocumentScorer<T> scorer = testedScorer();
        FittedScorer<T> other = testedScorer().fit(half(), reference(), SEED);
        InfluenceScores others = other.score(items());
        isSame(scorer.fit(half(), reference(), SEED), other, "of half of the pool, of another instance");
        FittedScorer<T> first = fitted(scorer);
        InfluenceScores scores = first.score(items());
        isSame(fitted(), first, "of an instance that learned from half of the pool before");
        FittedScorer<T> again = scorer.fit(half(), reference(), SEED);
        assertThat(first.score(items()))
                .as("the scores of what was learned before the scorer learned from others")
                .isEqualTo(scores);
        assertThat(again.score(items())).as("the scores, learned in turns").isEqualTo(others);
        isSame(fitted(scorer), first, "after others");
    }

    private CandidatePool<T> half() {
        CandidatePool<T> pool = Answers.made("pool()", pool());
        return CandidatePool.of(
                IntStream.range(0, pool.size() / 2).mapToObj(pool::get).toList(),
                document -> 1,
                pool.fingerprint() + " half");
    }

    /** Of the list, in either order, nothing is changed, and nothing is read any more once it was learned from. */
    @Test
    public void fit_referenceFilledAnew_changesNothing() {
        List<T> before = new ArrayList<>(Answers.made("reference()", reference()));
        for (int time = 0; time < 2; time++) {
            List<T> shown = new ArrayList<>(before);
            FittedScorer<T> fitted = testedScorer().fit(Answers.made("pool()", pool()), shown, SEED);
            assertThat(shown).as("the reference after fit").isEqualTo(before);
            shown.clear();
            shown.add(items().get(0));
            FittedScorer<T> expected = testedScorer().fit(pool(), before, SEED);
            isSame(fitted, expected, "after the list of the reference was filled anew");
            Collections.reverse(before);
        }
    }

    /** Another pool or reference teaches something else, and the fingerprint says so; one not needed is ignored. */
    @Test
    public void fit_others_areToldApart() {
        DocumentScorer<T> scorer = testedScorer();
        FittedScorer<T> first = fitted(scorer);
        List<T> reference = Answers.made("reference()", reference());
        isToldApart("half of the pool", scorer.fit(half(), reference, SEED), first);
        if (!scorer.needsReference()) {
            isSame(scorer.fit(pool(), List.of(), SEED), first, "without a reference, which it does not need");
            return;
        }
        int last = reference.size() - 1;
        isToldApart(
                "all but the first of the reference", scorer.fit(pool(), reference.subList(1, last + 1), SEED), first);
        isToldApart("all but the last of the reference", scorer.fit(pool(), reference.subList(0, last), SEED), first);
        List<T> others = new ArrayList<>(reference);
        for (T item : items()) {
            others.set(last, item);
            if (!withoutText().contains(item)) {
                isToldApart("another document at the end of the reference", scorer.fit(pool(), others, SEED), first);
                return;
            }
        }
    }

    private void isToldApart(String what, FittedScorer<T> found, FittedScorer<T> first) {
        if (!found.score(items()).equals(first.score(items()))) {
            assertThat(found.fingerprint())
                    .as("the fingerprint of what was learned from %s, with other scores", what)
                    .isNotEqualTo(first.fingerprint());
        }
    }

    /** A pool, or a reference that is needed, without documents or text is refused in words. */
    @Test
    public void fit_nothingToLearnFrom_isRefused() {
        List<List<T>> nothing = withoutText().isEmpty() ? List.of(List.of()) : List.of(List.of(), withoutText());
        for (List<T> documents : nothing) {
            String what = documents.isEmpty() ? "without documents" : "of documents without text";
            CandidatePool<T> pool = CandidatePool.of(documents, document -> 0, what);
            isRefused("a pool " + what, () -> testedScorer().fit(pool, reference(), SEED));
            if (testedScorer().needsReference()) {
                isRefused("a reference " + what, () -> testedScorer().fit(pool(), documents, SEED));
            }
        }
    }

    private static void isRefused(String what, ThrowingCallable fit) {
        assertThatThrownBy(fit)
                .as("fit of %s: an IllegalArgumentException that says so", what)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("(?s).*\\w.*");
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

    /** Nor does one batch in the middle of another, or two that begin together again and again. */
    @Test
    public void score_inTheMiddleOfAnother_isTheSame() {
        FittedScorer<T> fitted = fitted();
        List<T> items = items();
        List<T> reversed = new ArrayList<>(items);
        Collections.reverse(reversed);
        InfluenceScores expected = fitted.score(items);
        InfluenceScores backwards = fitted.score(reversed);
        for (int place : new int[] {0, items.size() / 2, items.size() - 1}) {
            FutureTask<InfluenceScores> other = new FutureTask<>(() -> fitted.score(reversed));
            assertThat(fitted.score(new WatchedList<>(items, place, () -> Threads.start(other))))
                    .as("the scores, while another thread scores others from item %s on", place)
                    .isEqualTo(expected);
            other.run(); // where the place was never read
            assertThat(Threads.result(other))
                    .as("the scores of the other thread, which began when item %s was read", place)
                    .isEqualTo(backwards);
        }
        List<T> many = often(items);
        List<T> others = often(reversed);
        InfluenceScores ofMany = fitted.score(many);
        InfluenceScores ofOthers = fitted.score(others);
        Threads.together(
                TOGETHER,
                () -> assertThat(fitted.score(many))
                        .as("the scores, while another thread scores others")
                        .isEqualTo(ofMany),
                () -> assertThat(fitted.score(others))
                        .as("the scores of another thread")
                        .isEqualTo(ofOthers));
    }

    private List<T> often(List<T> items) {
        return IntStream.range(0, MANY)
                .mapToObj(i -> items.get(i % items.size()))
                .toList();
    }

    /** Scores that are all equal choose nothing; nor do those of the second half for what learned from the first. */
    @Test
    public void score_ofThePool_tellsDocumentsApart() {
        List<T> items = items();
        tellsApart("the pool", fitted().score(items));
        FittedScorer<T> ofHalf = testedScorer().fit(half(), reference(), SEED);
        tellsApart("the half that was not learned from", ofHalf.score(items.subList(items.size() / 2, items.size())));
    }

    private static void tellsApart(String what, InfluenceScores scores) {
        assertThat(IntStream.range(0, scores.size())
                        .filter(scores::isScored)
                        .mapToObj(scores::value)
                        .distinct()
                        .count())
                .as("different scores in %s of the test class, of %s", what, scores)
                .isGreaterThan(1);
    }

    @Override
    protected Optional<InfluenceEstimator<T>> other() {
        return Optional.empty();
    }
}
