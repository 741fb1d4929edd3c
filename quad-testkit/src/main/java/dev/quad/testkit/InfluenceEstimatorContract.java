// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link InfluenceEstimator} promises. Asks about hundreds of batches in any order and in part about equal
 * items in other objects, after a batch that could not be read, after it was closed, and where the machine speaks other
 * languages, for which the default {@link java.util.Locale} is set and put back. Where items are strings or whole
 * numbers it makes some hundred more, if the estimator takes them.
 *
 * @param <T> what an item is
 */
public abstract class InfluenceEstimatorContract<T> {
    private static final int LARGE = 300;
    private static final int HUGE = 5000;
    private static final int CALLS = 320;
    private static final int BATCHES = 200;
    private static final int OTHERS = 1200;
    private static final int OTHERS_OF_A_BATCH = 40;
    private static final long LONG_NANOS = 1_000_000_000;

    /** A new estimator, always of the same model and reference; closed by the contract. */
    protected abstract InfluenceEstimator<T> estimator();

    private InfluenceEstimator<T> tested() {
        return Answers.made("estimator()", estimator());
    }

    /**
     * At least three items, at least one of which can be scored; some may be impossible to score. Where items have a
     * {@code hashCode}, let two different ones have the same, such as a string of {@code "Aa"} and one of {@code "BB"};
     * give new objects with each call, where they can be made.
     */
    protected abstract List<T> items();

    private List<T> given() {
        return Answers.items("items()", 3, items());
    }

    /**
     * One whose scores differ, by another parameter or whatever it may be made of; its fingerprint must differ too.
     * Empty unless overridden: not tested.
     */
    protected Optional<InfluenceEstimator<T>> other() {
        return Optional.empty();
    }

    private Optional<InfluenceEstimator<T>> another() {
        return Answers.made("other()", other());
    }

    /**
     * Items that the estimator cannot score: too short, say, without a label, or such that the score overflows. Each
     * must be flagged with a reason, never be given a number such as 0. Empty unless overridden: not tested.
     */
    protected List<T> unscorable() {
        return List.of();
    }

    private List<T> givenUnscorable() {
        return Answers.items("unscorable()", 0, unscorable());
    }

    /** By how much a score may depend on its batch, as a share of the largest score; 1e-4 unless overridden. */
    protected double tolerance() {
        return 1e-4;
    }

    private InfluenceScores score(List<? extends T> items) {
        try (InfluenceEstimator<T> estimator = tested()) {
            return score(estimator, items);
        }
    }

    private InfluenceScores score(InfluenceEstimator<T> estimator, List<? extends T> items) {
        return Answers.given("score of " + items.size() + " items", estimator.score(items));
    }

    /** The items of a batch are those of the list at these places, and so must be the scores. */
    private void same(String how, InfluenceScores expected, InfluenceScores found, int... places) {
        assertThat(Answers.given("score, " + how, found).size())
                .as("entries for a batch, %s", how)
                .isEqualTo(places.length);
        double largest = largest(expected);
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

    /** The same, and in the same words what could not be scored. */
    private void sameWords(String how, InfluenceScores expected, InfluenceScores found) {
        same(how, expected, found, IntStream.range(0, expected.size()).toArray());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.reason(i))
                    .as("the reason why item %s has no score, %s", i, how)
                    .isEqualTo(expected.reason(i));
        }
    }

    private List<T> at(int... places) {
        List<T> items = given();
        return IntStream.of(places).mapToObj(items::get).toList();
    }

    /** One entry an item; what has no score has a reason, and something has a score. */
    @Test
    public void score_allItems_haveAScoreOrAReason() {
        InfluenceScores scores = score(given());
        assertThat(scores.size()).as("entries for the items").isEqualTo(given().size());
        int scored = 0;
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                scored++;
                assertThat(scores.value(i)).as("the score of item %s", i).isFinite();
            } else {
                String what = "the reason why item " + i + " has no score";
                reasoned(what, scores.reason(i).orElseThrow());
            }
        }
        assertThat(scored).as("items with a score, of %s", scores).isPositive();
        assertThat(scores.tokens()).as("tokens() of the scores").isNotNegative();
        sameWords("asked of another instance", scores, score(given()));
    }

    /** What cannot be scored is flagged with a reason, alone and among others, and changes nothing for them. */
    @Test
    public void score_whatCannotBeScored_isFlagged() {
        List<T> unscorable = givenUnscorable();
        int others = given().size();
        for (int i = 0; i < unscorable.size(); i++) {
            flagged("unscorable item " + i + ", alone", score(unscorable.subList(i, i + 1)), 0);
        }
        List<T> batch = new ArrayList<>(unscorable);
        batch.addAll(given());
        batch.addAll(unscorable);
        InfluenceScores scores = score(batch);
        assertThat(scores.size())
                .as("entries for a batch with unscorable items")
                .isEqualTo(batch.size());
        for (int i = 0; i < unscorable.size(); i++) {
            flagged("unscorable item " + i + ", first in a batch", scores, i);
            flagged("unscorable item " + i + ", last in a batch", scores, unscorable.size() + others + i);
        }
        InfluenceScores.Builder between = InfluenceScores.builder();
        for (int i = unscorable.size(); i < unscorable.size() + others; i++) {
            int place = i;
            scores.reason(place).ifPresentOrElse(between::flag, () -> between.add(scores.value(place)));
        }
        int[] all = IntStream.range(0, others).toArray();
        same("between unscorable items", score(given()), between.build(), all);
    }

    private static void flagged(String what, InfluenceScores scores, int place) {
        assertThat(scores.isScored(place))
                .as("whether %s has a score: it cannot have one", what)
                .isFalse();
        reasoned(
                "the reason why " + what + ", has no score",
                scores.reason(place).orElseThrow());
    }

    private static void reasoned(String what, String reason) {
        assertThat(reason.strip())
                .as("%s; the text \"null\" is the message of an exception that had none", what)
                .isNotEmpty()
                .isNotEqualToIgnoringCase("null");
        IdentityHash.requireNone(what, reason);
    }

    /** Scores follow the order of the items. */
    @Test
    public void score_reversed_isReversed() {
        int n = given().size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        same("reversed", score(given()), score(at(reversed)), reversed);
    }

    /** An item has the same score alone. */
    @Test
    public void score_oneByOne_isTheSame() {
        InfluenceScores scores = score(given());
        try (InfluenceEstimator<T> estimator = tested()) {
            for (int i = scores.size() - 1; i >= 0; i--) {
                same("alone", scores, estimator.score(at(i)), i);
            }
        }
    }

    /** An item that comes more than once gets as many entries, all the same. */
    @Test
    public void score_equalItems_eachHaveAnEntry() {
        int[] places = {0, 0, 1, 0, 2, 2};
        same("with equal items", score(given()), score(at(places)), places);
    }

    /** A batch may be of any size, all of which is counted. */
    @Test
    public void score_largeBatch_isTheSame() {
        int n = given().size();
        int[] places = IntStream.range(0, LARGE).map(i -> i % n).toArray();
        InfluenceScores scores = score(given());
        InfluenceScores large = score(at(places));
        same("of " + LARGE, scores, large, places);
        int[] twice = IntStream.range(0, 2 * n).map(i -> i % n).toArray();
        if (score(at(twice)).tokens() >= 2 * scores.tokens()) { // else it keeps what it has scored
            assertThat(large.tokens())
                    .as(
                            "tokens() for %s items, of which %s count %s and twice as many twice",
                            LARGE, n, scores.tokens())
                    .isGreaterThanOrEqualTo(LARGE / n * scores.tokens() / 2);
        }
        try (InfluenceEstimator<T> estimator = tested()) {
            int least = IntStream.range(0, n)
                    .filter(scores::isScored)
                    .boxed()
                    .min(Comparator.comparingLong(i -> score(estimator, at(i)).tokens()))
                    .orElseThrow();
            int[] one = IntStream.generate(() -> least).limit(HUGE).toArray();
            same("of " + HUGE, scores, score(estimator, at(one)), one);
        }
    }

    /** Asking changes nothing: twice in a row, and after others. */
    @Test
    public void score_again_isTheSame() {
        int n = given().size();
        int[] all = IntStream.range(0, n).toArray();
        try (InfluenceEstimator<T> estimator = tested()) {
            InfluenceScores first = estimator.score(given());
            sameWords("asked twice", first, score(estimator, given()));
            estimator.score(at(n - 1));
            estimator.score(List.of());
            same("asked about others in between", first, estimator.score(given()), all);
            List<T> two = at(0, 1);
            for (int call = 0; call < CALLS; call++) {
                same("asked over and over", first, estimator.score(two), 0, 1);
            }
        }
    }

    /** What was asked before changes nothing, nor what an item is batched with, nor which of equal objects it is. */
    @Test
    public void score_anyBatches_areTheSame() {
        InfluenceScores expected = score(given());
        int n = given().size();
        try (InfluenceEstimator<T> estimator = tested()) {
            for (int call = 0; call < BATCHES; call++) {
                RandomGenerator random = Numbers.of(call);
                int[] places = random.ints(random.nextInt(2 * n + 2), 0, n).toArray();
                List<T> batch = at(places);
                boolean copied = call % 3 == 0;
                same(
                        (copied ? "of equal items, " : "") + "after " + call + " other batches",
                        expected,
                        estimator.score(copied ? copies(batch) : batch),
                        places);
            }
        }
    }

    private static <T> List<T> copies(List<T> items) {
        return items.stream()
                .map(item -> {
                    T copy = Copies.of(item);
                    return copy.equals(item) ? copy : item;
                })
                .toList();
    }

    /**
     * For all items, in whatever order, as many tokens are counted as for each alone, and more than for one of several.
     */
    @Test
    public void tokens_ofABatch_areThoseOfAllItems() {
        int n = given().size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        InfluenceScores scores = score(given());
        long backwards = score(at(reversed)).tokens();
        List<T> counted = new ArrayList<>();
        long most = 0;
        long anyAlone = 0;
        for (int i = 0; i < n; i++) {
            long alone = score(at(i)).tokens();
            anyAlone = Math.max(anyAlone, alone);
            if (scores.isScored(i) && alone > 0) {
                counted.add(given().get(i));
                most = Math.max(most, alone);
            }
        }
        long least = counted.stream().distinct().count() > 1 ? most + 1 : most;
        assertThat(List.of(scores.tokens(), backwards))
                .as("tokens() for all items, and in the reverse order, where for one alone they are %s", most)
                .allMatch(tokens -> tokens >= least);
        assertThat(anyAlone > 0 || score(given()).tokens() == 0)
                .as("whether tokens() are counted for some item alone, as they are for all together")
                .isTrue();
    }

    /** No more tokens are counted for a batch than one that sees it first counts. */
    @Test
    public void tokens_ofABatch_areNotThoseOfOthers() {
        long all = score(given()).tokens();
        long none = score(List.of()).tokens();
        try (InfluenceEstimator<T> estimator = tested()) {
            for (int call = 0; call < 5; call++) {
                assertThat(estimator.score(given()).tokens())
                        .as("tokens of a batch after %s others", 2 * call)
                        .isLessThanOrEqualTo(all);
                assertThat(estimator.score(List.of()).tokens())
                        .as("tokens of no item after others")
                        .isLessThanOrEqualTo(none);
            }
        }
    }

    /** A batch that could not be read, whatever of it was, leaves nothing behind. */
    @Test
    public void score_afterAFailure_isTheSame() {
        InfluenceScores expected = score(given());
        int n = given().size();
        int[] all = IntStream.range(0, n).toArray();
        try (InfluenceEstimator<T> estimator = tested()) {
            for (int place : new int[] {0, n / 2, n - 1}) {
                try {
                    estimator.score(new FailingList<>(given(), place));
                } catch (RuntimeException e) {
                    // as it should; one that does not read the item cannot know
                }
                same("after item " + place + " of a batch could not be read", expected, estimator.score(given()), all);
            }
        }
    }

    /** Once closed it fails, or its scores are still right. */
    @Test
    public void score_afterClose_isNotWrong() {
        int[] all = IntStream.range(0, given().size()).toArray();
        InfluenceEstimator<T> estimator = tested();
        InfluenceScores expected = score(estimator, given());
        String fingerprint = estimator.fingerprint();
        estimator.close();
        String late;
        try {
            late = estimator.fingerprint();
        } catch (RuntimeException e) {
            late = fingerprint;
        }
        assertThat(late)
                .as("the fingerprint after it was closed: fail, or give the right one")
                .isEqualTo(fingerprint);
        InfluenceScores found;
        try {
            found = score(estimator, given());
        } catch (RuntimeException | AssertionError e) {
            return;
        }
        same("after it was closed: fail, or give the right ones", expected, found, all);
    }

    private static double largest(InfluenceScores scores) {
        return IntStream.range(0, scores.size())
                .filter(scores::isScored)
                .mapToDouble(i -> Math.abs(scores.value(i)))
                .max()
                .orElse(0);
    }

    /** For other items, and with more to do at its end, it is the same estimator. */
    @Test
    public void score_ofOtherItemsAndEnds_isTheSame() {
        int[] all = IntStream.range(0, given().size()).toArray();
        InfluenceScores expected = score(given());
        AtomicInteger ends = new AtomicInteger();
        try (InfluenceEstimator<T> estimator =
                tested().onClose(ends::incrementAndGet).from(item -> item)) {
            same("through onClose and from", expected, estimator.score(given()), all);
            assertThat(ends)
                    .as("how often what was to be done at the end was, before it")
                    .hasValue(0);
        }
        assertThat(ends).as("how often what was to be done at the end was").hasValue(1);
    }

    /**
     * Many items, if they are strings or whole numbers, so that some have equal hash codes, or such as one table of a
     * thousand places keeps in one: two instances that see them in opposite orders agree. Ends early where the
     * estimator does not take them, or is slow.
     */
    @Test
    public void score_manyItems_doesNotDependOnTheirOrder() {
        List<T> items = given();
        List<T> others = IntStream.range(0, OTHERS)
                .mapToObj(k -> Others.of(items.get(k % items.size()), k / items.size()))
                .flatMap(Optional::stream)
                .toList();
        try (InfluenceEstimator<T> one = tested();
                InfluenceEstimator<T> other = tested()) {
            InfluenceScores[] first = new InfluenceScores[others.size() / OTHERS_OF_A_BATCH];
            long start = System.nanoTime();
            int batches = 0;
            while (batches < first.length && System.nanoTime() - start < LONG_NANOS) {
                try {
                    first[batches] = one.score(batch(others, batches));
                } catch (RuntimeException e) {
                    return; // not for such items
                }
                batches++;
            }
            int[] places = IntStream.range(0, OTHERS_OF_A_BATCH)
                    .map(i -> OTHERS_OF_A_BATCH - 1 - i)
                    .toArray();
            for (int b = batches - 1; b >= 0; b--) {
                List<T> reversed = new ArrayList<>(batch(others, b));
                Collections.reverse(reversed);
                same("of many items, in the reverse order", first[b], other.score(reversed), places);
            }
        }
    }

    private static <T> List<T> batch(List<T> items, int number) {
        return items.subList(number * OTHERS_OF_A_BATCH, (number + 1) * OTHERS_OF_A_BATCH);
    }

    /** The items, and letters that are others elsewhere, if items are strings and the estimator takes them. */
    private List<T> withOtherLetters() {
        List<T> items = new ArrayList<>(given());
        Texts.ODD.forEach(
                text -> Texts.asItem(text, given()).filter(this::isTaken).ifPresent(items::add));
        return items;
    }

    private boolean isTaken(T item) {
        try {
            score(List.of(item));
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** The default locale and time zone of the machine change neither the scores nor the fingerprint. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void score_otherLanguages_isTheSame() {
        List<T> items = withOtherLetters();
        InfluenceScores expected = score(items);
        try (InfluenceEstimator<T> before = tested()) {
            String fingerprint = before.fingerprint();
            Elsewhere.each(where -> {
                try (InfluenceEstimator<T> estimator = tested()) {
                    sameWords(where, expected, score(estimator, items));
                    assertThat(estimator.fingerprint())
                            .as("the fingerprint %s", where)
                            .isEqualTo(fingerprint);
                }
            });
        }
    }

    /** A list that the caller fills anew is another batch. */
    @Test
    public void score_listFilledAnew_isScoredAnew() {
        InfluenceScores expected = score(given());
        int n = given().size();
        int[] reversed = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
        List<T> batch = new ArrayList<>(given());
        try (InfluenceEstimator<T> estimator = tested()) {
            estimator.score(batch);
            Collections.reverse(batch);
            same("in a list that held others before", expected, estimator.score(batch), reversed);
        }
    }

    /** The thread and the number of threads change nothing. */
    @Test
    public void score_otherThreads_isTheSame() {
        InfluenceScores expected = score(given());
        int[] all = IntStream.range(0, given().size()).toArray();
        for (int threads : new int[] {1, 3}) {
            same("in a pool of " + threads + " threads", expected, Threads.in(threads, () -> score(given())), all);
        }
    }

    /** The list of the caller is only looked at. */
    @Test
    public void score_list_staysAsItWas() {
        List<T> items = new ArrayList<>(given());
        List<T> copy = List.copyOf(items);
        score(items);
        assertThat(items).as("the list of the caller after it was scored").isEqualTo(copy);
        Collections.reverse(items);
        copy = List.copyOf(items);
        score(items);
        assertThat(items).as("the list of the caller after it was scored").isEqualTo(copy);
    }

    /** Closing one does not touch another. */
    @Test
    public void close_anotherEstimator_changesNothing() {
        int[] all = IntStream.range(0, given().size()).toArray();
        try (InfluenceEstimator<T> estimator = tested()) {
            InfluenceScores before = estimator.score(given());
            score(given());
            same("after another estimator was closed", before, estimator.score(given()), all);
        }
    }

    /** No items, no scores. */
    @Test
    public void score_noItems_isEmpty() {
        assertThat(score(List.of()).size()).as("entries for no items").isZero();
    }

    /** What a token costs is not known, or a number of operations, always the same. */
    @Test
    public void flopsPerToken_whereKnown_isANumber() {
        try (InfluenceEstimator<T> estimator = tested();
                InfluenceEstimator<T> other = tested()) {
            OptionalDouble flops = Answers.given("flopsPerToken()", estimator.flopsPerToken());
            assertThat(flops.orElse(0))
                    .as("flopsPerToken(), operations a token")
                    .isFinite()
                    .isNotNegative();
            estimator.score(given());
            assertThat(estimator.flopsPerToken())
                    .as("flopsPerToken() after use")
                    .isEqualTo(flops);
            assertThat(other.flopsPerToken())
                    .as("flopsPerToken() of another instance")
                    .isEqualTo(flops);
        }
    }

    /** The fingerprint is that of the settings, not of the object or of what it was asked. */
    @Test
    public void fingerprint_ofEqualEstimators_isEqual() {
        try (InfluenceEstimator<T> one = tested();
                InfluenceEstimator<T> other = tested()) {
            String fingerprint = one.fingerprint();
            assertThat(fingerprint)
                    .as("the fingerprint, of another instance the same")
                    .isNotBlank()
                    .isEqualTo(other.fingerprint());
            IdentityHash.requireNone("the fingerprint", fingerprint);
            one.score(given());
            assertThat(one.fingerprint()).as("the fingerprint after use").isEqualTo(fingerprint);
            another().ifPresent(different -> {
                assertThat(different.fingerprint())
                        .as("the fingerprint of one that scores otherwise")
                        .isNotEqualTo(fingerprint);
                different.close();
            });
        }
    }

    /** One that scores otherwise, used side by side, does so, and changes nothing for this one. */
    @Test
    public void score_besideAnother_isItsOwn() {
        int[] all = IntStream.range(0, given().size()).toArray();
        another().ifPresent(different -> {
            try (InfluenceEstimator<T> estimator = tested();
                    different) {
                InfluenceScores mine = estimator.score(given());
                InfluenceScores others = different.score(given());
                assertThat(IntStream.of(all)
                                .anyMatch(i -> mine.isScored(i) != others.isScored(i)
                                        || (mine.isScored(i) && mine.value(i) != others.value(i))))
                        .as("some score of the other one, %s, is another than here, %s", others, mine)
                        .isTrue();
                same("after another estimator was asked", mine, estimator.score(given()), all);
                same("after this estimator was asked", others, different.score(given()), all);
            }
        });
    }
}
