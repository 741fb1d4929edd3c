// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.StopReason;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link DataSelector} promises. Asks one instance again and again, several hundred times if it is quick;
 * for other pools, made of the one that is given, if it takes them, else it is to refuse them by an
 * {@link IllegalArgumentException}, a {@link QuadException} or an {@link UnsupportedOperationException}; and where the
 * machine speaks other languages, for which the default {@link java.util.Locale} is set and put back.
 *
 * @param <T> what a document is
 */
public abstract class DataSelectorContract<T> {
    private static final int CALLS = 400;
    private static final int FEW_CALLS = 4;
    private static final int MANY = 300;
    private static final int SEEDS = 4;
    /** When the run is interrupted, in calls of the pool. */
    private static final int[] INTERRUPTED_AT = {1, 2, 7, 30, 100};

    private static final long LONG_NANOS = 1_000_000_000;

    /** A new selector, always the same, and without a journal, which would hold it to one run. */
    protected abstract DataSelector<T> selector();

    private DataSelector<T> tested() {
        return Answers.made("selector()", selector());
    }

    /** The pool that it chooses from; of at least 10 documents with tokens. */
    protected abstract CandidatePool<T> pool();

    private CandidatePool<T> givenPool() {
        return Answers.made("pool()", pool());
    }

    /** Whether the selector may choose a document at all; every one, unless overridden. */
    protected boolean isEligible(int ordinal) {
        return true;
    }

    private void check(Selection selection, Budget budget, Seed seed) {
        long left = check(selection, givenPool(), this::isEligible, budget, seed);
        checkStop(selection, budget, left);
    }

    /** Gives what is left of the budget. */
    private static long check(
            Selection selection, CandidatePool<?> pool, IntPredicate isEligible, Budget budget, Seed seed) {
        String call = "select(" + pool.fingerprint() + ", " + budget + ", seed " + seed.value() + ")";
        List<Choice> choices = Answers.given(call, selection).choices();
        Costs costs = selection.costs();
        assertThat(choices.stream().map(Choice::ordinal))
                .as("the ordinals that %s chose, each once", call)
                .doesNotHaveDuplicates();
        assertThat(choices.stream().map(Choice::ordinal))
                .as("the ordinals that %s chose, in [0, %s) and of eligible documents", call, pool.size())
                .allMatch(ordinal -> ordinal >= 0 && ordinal < pool.size() && isEligible.test(ordinal));
        assertThat(choices.stream().flatMap(choice -> choice.score().stream().boxed()))
                .as("the scores of the choices of %s", call)
                .allMatch(Double::isFinite);
        assertThat(choices.stream().map(Choice::arm))
                .as("the arms of the choices of %s, -1 for none", call)
                .allMatch(arm -> arm >= -1);
        assertThat(choices.stream().map(Choice::round).toList())
                .as(
                        "the rounds of the choices of %s, in the order of which they were accepted, from 1 to %s, or 0"
                                + " where there are none",
                        call, costs.rounds())
                .isSorted()
                .allMatch(round -> round >= Math.min(1, costs.rounds()) && round <= costs.rounds());
        long tokens = choices.stream()
                .mapToLong(choice -> choice.weight() * pool.tokens(choice.ordinal()))
                .sum();
        long spent = budget.unit() == Budget.Unit.TOKENS
                ? tokens
                : choices.stream().mapToLong(Choice::weight).sum();
        assertThat(spent).as("what the choices of %s cost", call).isLessThanOrEqualTo(budget.limit());
        assertThat(costs.tokensChosen())
                .as("costs().tokensChosen() of %s, the tokens of its choices by their weights", call)
                .isEqualTo(tokens);
        assertThat(costs.documentsChosen())
                .as("costs().documentsChosen() of %s, the number of its choices", call)
                .isEqualTo(choices.size());
        assertThat(costs.documentsFlagged())
                .as("costs().documentsFlagged() of %s, of those scored", call)
                .isBetween(0L, costs.documentsScored());
        if (costs.documentsScored() > 0) {
            assertThat(choices.stream()
                            .filter(choice -> choice.score().isPresent())
                            .count())
                    .as(
                            "choices of %s with a score of their own, of %s documents scored and %s of them flagged",
                            call, costs.documentsScored(), costs.documentsFlagged())
                    .isLessThanOrEqualTo(costs.documentsScored() - costs.documentsFlagged());
        }
        assertThat(List.of(costs.tokensScored(), costs.pulls(), (long) costs.rounds()))
                .as("costs().tokensScored(), pulls() and rounds() of %s", call)
                .allMatch(number -> number >= 0);
        assertThat(costs.tokensScored() > 0 ? 0 : costs.flops().orElse(0))
                .as("costs().flops() of %s, those of the tokens scored, of which there are none", call)
                .isZero();
        assertThat(selection.manifest())
                .as("the manifest of %s, with the seed in decimal", call)
                .containsEntry("seed", Long.toString(seed.value()));
        selection.manifest().forEach((name, value) -> IdentityHash.requireNone("the manifest's " + name, value));
        return budget.limit() - spent;
    }

    /** Whether the run ended as it says, as far as the result tells. */
    private void checkStop(Selection selection, Budget budget, long left) {
        CandidatePool<T> pool = givenPool();
        Set<Integer> chosen = selection.choices().stream().map(Choice::ordinal).collect(Collectors.toSet());
        int[] eligible =
                IntStream.range(0, pool.size()).filter(this::isEligible).toArray();
        String place = selection.stopReason() + ", " + left + " left of " + budget + ", " + chosen.size() + " of "
                + eligible.length + " documents chosen, " + selection.costs();
        switch (selection.stopReason()) {
            case BUDGET ->
                assertThat(left == 0
                                || IntStream.of(eligible)
                                        .anyMatch(ordinal ->
                                                !chosen.contains(ordinal) && budget.cost(pool.tokens(ordinal)) > left))
                        .as("nothing is left of the budget, or too little for some document: %s", place)
                        .isTrue();
            case EXHAUSTED -> {
                assertThat(left).as("the budget is not filled: %s", place).isPositive();
                assertThat(chosen.size() + selection.costs().documentsFlagged())
                        .as("every document was taken or could not be scored: %s", place)
                        .isGreaterThanOrEqualTo(eligible.length);
            }
            case STARVED -> {
                assertThat(left).as("the budget is not filled: %s", place).isPositive();
                assertThat(chosen.size())
                        .as("documents were turned down: %s", place)
                        .isLessThan(eligible.length);
            }
            case ROUNDS ->
                assertThat(selection.costs().rounds())
                        .as("there were rounds: %s", place)
                        .isPositive();
            case PATIENCE ->
                assertThat(selection.choices())
                        .as("the last round accepted nothing: %s", place)
                        .allMatch(choice -> choice.round() < selection.costs().rounds());
            case CANCELLED -> {
                // whether it was is for the caller to know
            }
        }
    }

    /** What it chooses, where it is to: what it throws is named by the call, and by what was asked before. */
    private static <T> Selection asked(
            String where, DataSelector<T> selector, CandidatePool<T> pool, Budget budget, long seed) {
        try {
            return selector.select(pool, budget, new Seed(seed));
        } catch (RuntimeException e) {
            throw new AssertionError(
                    "select(" + pool.fingerprint() + ", " + budget + ", seed " + seed + ") threw " + e + ", " + where,
                    e);
        }
    }

    private Selection select(DataSelector<T> selector, Budget budget, long seed) {
        Selection selection = asked("for the pool of the test class", selector, givenPool(), budget, seed);
        check(selection, budget, new Seed(seed));
        assertThat(selection.stopReason()).as("nobody interrupted the run").isNotEqualTo(StopReason.CANCELLED);
        return selection;
    }

    /** Budgets of one, of some, of the pool, and above it; in documents and tokens. */
    @Test
    public void select_anyBudget_isNotExceeded() {
        for (long seed : new long[] {90_210_417, 61_803}) {
            for (long limit : new long[] {1, 5, givenPool().size(), givenPool().size() + 3L}) {
                select(tested(), Budget.documents(limit), seed);
                select(tested(), Budget.tokens(limit * Math.max(1, givenPool().tokens(0))), seed);
            }
            select(tested(), Budget.documents(Long.MAX_VALUE), seed);
            select(tested(), Budget.tokens(Long.MAX_VALUE), seed);
            select(tested(), Budget.tokens((1L << 32) + 1), seed);
        }
    }

    /** The same pool, budget and seed give the same: twice in a row, after another run, and from another instance. */
    @Test
    public void select_again_isTheSame() {
        Budget budget = Budget.documents(5);
        DataSelector<T> selector = tested();
        Selection first = select(selector, budget, 3);
        isSame(select(selector, budget, 3), first, "asked twice in a row");
        isSame(
                select(selector, budget, 4),
                select(tested(), budget, 4),
                "with another seed, asked of an instance that was used and of a new one");
        Budget tokens = Budget.tokens(5 * Math.max(1, givenPool().tokens(0)));
        isSame(
                select(selector, tokens, 3),
                select(tested(), tokens, 3),
                "with another budget, asked of an instance that was used and of a new one");
        isSame(select(selector, budget, 3), first, "asked for another selection in between");
        isSame(select(tested(), budget, 3), first, "asked of another instance");
        Selection two = select(tested(), Budget.documents(2), 3);
        long start = System.nanoTime();
        for (int call = 0; call < CALLS && (call < FEW_CALLS || System.nanoTime() - start < LONG_NANOS); call++) {
            isSame(select(selector, Budget.documents(2), 3), two, "asked over and over, call " + call);
        }
    }

    /** A seed may be any number, none of which means another one each time, nor what its negative does. */
    @Test
    public void select_anySeed_isTheSame() {
        Budget budget = Budget.documents(5);
        List<String> names = List.copyOf(select(tested(), budget, 0).manifest().keySet());
        for (long seed : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            Selection selection = select(tested(), budget, seed);
            isSame(selection, select(tested(), budget, seed), "with the seed " + seed + ", asked of another instance");
            assertThat(common(selection.manifest().keySet(), names))
                    .as("the names in the manifest, in their order, with the seed %s, as with the seed 0", seed)
                    .isEqualTo(common(names, selection.manifest().keySet()));
        }
        List<List<Choice>> positive = ofSeeds(1);
        if (positive.stream().distinct().count() > 1) {
            assertThat(ofSeeds(-1))
                    .as("the choices of the seeds from -1 down, as those of the seeds from 1 on differ")
                    .isNotEqualTo(positive);
        }
    }

    private static List<String> common(Collection<String> names, Collection<String> others) {
        return names.stream().filter(others::contains).toList();
    }

    private List<List<Choice>> ofSeeds(int sign) {
        return IntStream.rangeClosed(1, SEEDS)
                .mapToObj(seed -> select(tested(), Budget.documents(5), (long) sign * seed)
                        .choices())
                .toList();
    }

    /** Part by part, so that it is told which one differs. */
    private static void isSame(Selection found, Selection expected, String where) {
        assertThat(found.choices()).as("the choices, %s", where).isEqualTo(expected.choices());
        assertThat(found.stopReason()).as("why the run ended, %s", where).isEqualTo(expected.stopReason());
        assertThat(found.costs()).as("the costs, %s", where).isEqualTo(expected.costs());
        assertThat(found.manifest())
                .as("the manifest, its entries in a fixed order, %s", where)
                .containsExactlyEntriesOf(expected.manifest());
    }

    /** What a new selector chooses from another pool; empty where it refuses that. */
    private Optional<Selection> selectFrom(CandidatePool<T> pool, Budget budget, long seed) {
        Selection selection;
        try {
            selection = tested().select(pool, budget, new Seed(seed));
        } catch (IllegalArgumentException | QuadException | UnsupportedOperationException e) {
            return Optional.empty();
        } catch (RuntimeException e) {
            throw new AssertionError(
                    "select(" + pool.fingerprint() + ", " + budget + ", seed " + seed + ") threw " + e
                            + "; a pool that the selector does not take is to be refused by an"
                            + " IllegalArgumentException, a QuadException or an UnsupportedOperationException",
                    e);
        }
        check(selection, pool, ordinal -> true, budget, new Seed(seed));
        return Optional.of(selection);
    }

    /**
     * Of any pool that it takes: asked for one and for another, each result is that of its pool, by documents and by
     * tokens, whichever object the pool is.
     */
    @Test
    public void select_otherPools_areThemselves() {
        for (Budget budget : List.of(
                Budget.documents(5), Budget.tokens(5 * Math.max(1, givenPool().tokens(0))))) {
            DataSelector<T> selector = tested();
            Selection first = select(selector, budget, 3);
            selectFrom(new InterruptingPool<>(givenPool(), Integer.MAX_VALUE), budget, 3)
                    .ifPresent(found -> isSame(found, first, "from an equal pool in another object"));
            for (CandidatePool<T> other : OtherPool.all(givenPool())) {
                Optional<Selection> expected = selectFrom(other, budget, 3);
                if (expected.isPresent()) {
                    String used = "asked of an instance that chose from another pool before";
                    isSame(
                            asked(used, selector, other, budget, 3),
                            expected.get(),
                            "from " + other.fingerprint() + " by " + budget + ", " + used);
                    isSame(select(selector, budget, 3), first, "after the choice from " + other.fingerprint());
                }
            }
        }
    }

    /**
     * Pools of hundreds of documents, many of them equal, and of documents of billions of tokens are chosen from as any
     * other, if at all: each document once, and within the budget.
     */
    @Test
    public void select_largeNumbers_areCountedRight() {
        CandidatePool<T> many = OtherPool.repeated(givenPool(), MANY);
        selectFrom(many, Budget.documents(many.size() / 2), 3);
        CandidatePool<T> large = OtherPool.ofLargeDocuments(givenPool());
        selectFrom(large, halfOf(large), 3);
        CandidatePool<T> sum = OtherPool.ofALargeSum(givenPool());
        if (selectFrom(sum, Budget.documents(1), 3).isPresent()) {
            assertThatCode(() -> tested().select(sum, halfOf(sum), new Seed(3)))
                    .as("the choice from %s, a pool that it takes, by %s", sum.fingerprint(), halfOf(sum))
                    .doesNotThrowAnyException();
        }
        selectFrom(sum, halfOf(sum), 3);
    }

    private static Budget halfOf(CandidatePool<?> pool) {
        return Budget.tokens(
                IntStream.range(0, pool.size()).mapToLong(pool::tokens).sum() / 2);
    }

    /**
     * No place of the pool is left out: where all documents but one are taken, it is not the last one, nor the first,
     * whichever document stands there.
     */
    @Test
    public void select_whole_leavesNoPlaceOut() {
        Budget all = Budget.documents(Long.MAX_VALUE);
        List<Optional<Selection>> whole = List.of(
                Optional.of(select(tested(), all, 3)),
                selectFrom(OtherPool.reversed(givenPool()), all, 3),
                selectFrom(OtherPool.rotated(givenPool()), all, 3));
        for (int place : new int[] {0, givenPool().size() - 1}) {
            assertThat(isEligible(place)
                            && whole.stream()
                                    .allMatch(selection -> selection
                                            .filter(some -> isAllBut(some, place))
                                            .isPresent()))
                    .as(
                            "whether of %s documents that at %s alone is never taken, in three orders",
                            givenPool().size(), place)
                    .isFalse();
        }
    }

    /** Documents of no token are documents: one that is taken neither fails nor ends the run. */
    @Test
    public void select_documentsOfNoToken_endNothing() {
        CandidatePool<T> free = OtherPool.ofFreeDocuments(givenPool());
        Budget all = Budget.documents(Long.MAX_VALUE);
        boolean takesFree = selectFrom(free, Budget.documents(1), 3).isPresent();
        boolean takesAll = select(tested(), all, 3).choices().size() == free.size();
        for (Budget budget : List.of(all, Budget.tokens(Long.MAX_VALUE))) {
            if (takesFree) {
                asked("from a pool of which it took one document", tested(), free, budget, 3);
            }
            selectFrom(free, budget, 3)
                    .filter(selection -> takesAll && selection.stopReason() == StopReason.EXHAUSTED)
                    .ifPresent(selection -> assertThat(
                                    selection.choices().stream().map(Choice::ordinal))
                            .as(
                                    "the documents of tokens chosen from %s by %s until it was exhausted, of which all"
                                            + " are chosen where none is without",
                                    free.fingerprint(), budget)
                            .containsAll(IntStream.range(0, free.size())
                                    .filter(ordinal -> free.tokens(ordinal) > 0)
                                    .boxed()
                                    .toList()));
        }
    }

    private boolean isAllBut(Selection selection, int place) {
        return selection.costs().documentsFlagged() == 0
                && selection.choices().size() == givenPool().size() - 1
                && selection.choices().stream().noneMatch(choice -> choice.ordinal() == place);
    }

    /** The manifest determines the result: of runs that chose otherwise it says something else. */
    @Test
    public void manifest_ofOtherChoices_isAnother() {
        Map<Map<String, String>, List<Choice>> choices = new HashMap<>();
        for (long seed : new long[] {3, 4, -4, 3 + (1L << 32)}) {
            for (long limit : new long[] {1, 5, givenPool().size()}) {
                long tokens = limit * Math.max(1, givenPool().tokens(0));
                keep(choices, select(tested(), Budget.documents(limit), seed));
                keep(choices, select(tested(), Budget.tokens(tokens), seed));
                selectFrom(givenPool(), Budget.documents(tokens), seed).ifPresent(same -> keep(choices, same));
            }
        }
        Budget some = Budget.tokens(5 * Math.max(1, givenPool().tokens(0)));
        for (CandidatePool<T> other : OtherPool.all(givenPool())) {
            selectFrom(other, some, 3).ifPresent(selection -> keep(choices, selection));
        }
    }

    private static void keep(Map<Map<String, String>, List<Choice>> choices, Selection selection) {
        assertThat(choices.computeIfAbsent(selection.manifest(), manifest -> selection.choices()))
                .as(
                        "the choices of two runs with one manifest, %s, which is to hold all that they depend on",
                        selection.manifest())
                .isEqualTo(selection.choices());
    }

    /** The default locale and time zone of the machine change nothing. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void select_otherLanguages_isTheSame() {
        Budget budget = Budget.documents(5);
        Selection first = select(tested(), budget, 3);
        Elsewhere.each(where -> isSame(select(tested(), budget, 3), first, where));
    }

    /** The number of threads changes nothing. */
    @Test
    public void select_otherThreads_isTheSame() {
        Budget budget = Budget.documents(5);
        Selection first = select(tested(), budget, 3);
        for (int threads : new int[] {1, 3}) {
            isSame(
                    Threads.in(threads, () -> select(tested(), budget, 3)),
                    first,
                    "in a pool of " + threads + " threads");
        }
    }

    /** An interrupted thread gets a valid result, and stays interrupted. */
    @Test
    public void select_interrupted_endsWithAValidResult() {
        Budget budget = Budget.documents(5);
        DataSelector<T> selector = tested();
        Thread.currentThread().interrupt();
        Selection selection = asked("interrupted before", selector, givenPool(), budget, 3);
        assertThat(Thread.interrupted()).as("the flag stays set").isTrue();
        check(selection, budget, new Seed(3));
        assertThat(selection.stopReason())
                .as("why the run ended whose thread was interrupted before it")
                .isEqualTo(StopReason.CANCELLED);
        isSame(select(selector, budget, 3), select(tested(), budget, 3), "asked again, not interrupted");
    }

    /** So does one that is interrupted on the way, wherever the run is then; it may be at its end. */
    @Test
    public void select_interruptedOnTheWay_endsWithAValidResult() {
        Budget budget = Budget.documents(5);
        if (selectFrom(new InterruptingPool<>(givenPool(), Integer.MAX_VALUE), budget, 3)
                .isEmpty()) {
            return;
        }
        DataSelector<T> selector = tested();
        for (int call : INTERRUPTED_AT) {
            InterruptingPool<T> pool = new InterruptingPool<>(givenPool(), call);
            Selection selection;
            boolean interrupted;
            try {
                selection = selector.select(pool, budget, new Seed(3));
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "a run that was interrupted at call " + call + " of its pool threw " + e
                                + "; it is to end with StopReason.CANCELLED and what was chosen until then",
                        e);
            } finally {
                interrupted = Thread.interrupted();
            }
            assertThat(interrupted)
                    .as("the flag stays set of a thread that is interrupted at call %s of the pool", call)
                    .isEqualTo(pool.hasInterrupted());
            check(selection, budget, new Seed(3));
            isSame(
                    select(selector, budget, 3),
                    select(tested(), budget, 3),
                    "asked again, after a run that was interrupted at call " + call + " of its pool");
        }
    }
}
