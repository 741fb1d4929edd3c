// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.StopReason;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.RandomSelector;
import dev.quad.bandit.SelectionOptions;
import dev.quad.bandit.StagedSelector;
import dev.quad.bandit.Threshold;
import dev.quad.bandit.TopKSelector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Selectors with one mistake each. */
class BrokenSelectorsTest {
    private static final int SIZE = 60;
    private static final CandidatePool<Integer> POOL =
            CandidatePool.of(IntStream.range(0, SIZE).boxed().toList(), item -> 1 + item % 5, "sixty");
    private static final DataSelector<Integer> GOOD = RandomSelector.of();
    private static final AtomicInteger INSTANCES = new AtomicInteger();

    private static DynamicTest broken(String mistake, Supplier<DataSelector<Integer>> selector) {
        return Contracts.broken(mistake, contract(selector, ordinal -> true));
    }

    private static DynamicTest honest(String what, Supplier<DataSelector<Integer>> selector) {
        return Contracts.honest(what, contract(selector, ordinal -> true));
    }

    private static DataSelectorContract<Integer> contract(
            Supplier<DataSelector<Integer>> selector, IntPredicate eligible) {
        return new DataSelectorContract<>() {
            @Override
            protected DataSelector<Integer> selector() {
                return selector.get();
            }

            @Override
            protected CandidatePool<Integer> pool() {
                return POOL;
            }

            @Override
            protected boolean isEligible(int ordinal) {
                return eligible.test(ordinal);
            }
        };
    }

    /** The right result, changed. */
    private static DynamicTest result(String mistake, UnaryOperator<Selection> change) {
        return broken(mistake, () -> (pool, budget, seed) -> change.apply(GOOD.select(pool, budget, seed)));
    }

    private static DynamicTest choices(String mistake, UnaryOperator<Choice> change) {
        return result(
                mistake,
                right -> new Selection(
                        right.choices().stream().map(change).toList(),
                        right.stopReason(),
                        right.costs(),
                        right.manifest()));
    }

    private static DynamicTest costs(String mistake, UnaryOperator<Costs> change) {
        return result(
                mistake,
                right -> new Selection(
                        right.choices(), right.stopReason(), change.apply(right.costs()), right.manifest()));
    }

    private static Selection stopped(Selection right, StopReason stop) {
        return new Selection(right.choices(), stop, right.costs(), right.manifest());
    }

    private static DynamicTest always(StopReason stop) {
        return result("always " + stop, right -> stopped(right, stop));
    }

    /** The same with that many choices at most, and what they cost. */
    private static Selection cut(Selection right, int choices, StopReason stop) {
        List<Choice> kept =
                right.choices().subList(0, Math.min(choices, right.choices().size()));
        long tokens =
                kept.stream().mapToLong(choice -> POOL.tokens(choice.ordinal())).sum();
        Costs costs = new Costs(kept.size(), tokens, 0, 0, 0, 0, 0, OptionalDouble.empty());
        return new Selection(kept, stop, costs, right.manifest());
    }

    private static Selection half(Selection right) {
        return cut(right, right.choices().size() / 2, right.stopReason());
    }

    private static Costs counted(long scored, long flagged, long tokens, int rounds, long pulls, Costs right) {
        return new Costs(
                right.documentsChosen(),
                right.tokensChosen(),
                scored,
                flagged,
                tokens,
                rounds,
                pulls,
                OptionalDouble.empty());
    }

    private static DynamicTest seeds(String mistake, Supplier<UnaryOperator<Seed>> change) {
        return broken(mistake, () -> {
            UnaryOperator<Seed> own = change.get();
            return (pool, budget, seed) -> {
                Selection selection = GOOD.select(pool, budget, own.apply(seed));
                Map<String, String> manifest = new HashMap<>(selection.manifest());
                manifest.put("seed", Long.toString(seed.value()));
                return new Selection(selection.choices(), selection.stopReason(), selection.costs(), manifest);
            };
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongChoices_areFound() {
        return Stream.of(
                broken(
                        "the budget is exceeded",
                        () -> (pool, budget, seed) -> GOOD.select(pool, Budget.documents(50), seed)),
                broken(
                        "one document too many",
                        () -> (pool, budget, seed) ->
                                GOOD.select(pool, new Budget(budget.limit() + 1, budget.unit()), seed)),
                broken(
                        "tokens are taken for documents",
                        () -> (pool, budget, seed) -> GOOD.select(pool, Budget.documents(budget.limit()), seed)),
                broken(
                        "documents are taken for tokens",
                        () -> (pool, budget, seed) -> GOOD.select(pool, Budget.tokens(budget.limit()), seed)),
                broken(
                        "the budget is an int",
                        () -> (pool, budget, seed) ->
                                GOOD.select(pool, new Budget(Math.max(1, (int) budget.limit()), budget.unit()), seed)),
                choices("always the same document", right -> new Choice(0, right.score(), right.arm(), right.round())),
                choices(
                        "a negative ordinal",
                        right -> new Choice(-right.ordinal(), right.score(), right.arm(), right.round())),
                choices(
                        "ordinals from 1",
                        right -> new Choice(right.ordinal() + 1, right.score(), right.arm(), right.round())),
                choices(
                        "a score that is no number",
                        right ->
                                new Choice(right.ordinal(), OptionalDouble.of(Double.NaN), right.arm(), right.round())),
                choices(
                        "an infinite score",
                        right -> new Choice(
                                right.ordinal(),
                                OptionalDouble.of(Double.NEGATIVE_INFINITY),
                                right.arm(),
                                right.round())),
                choices("arm -7", right -> new Choice(right.ordinal(), right.score(), -7, right.round())),
                choices("a round below zero", right -> new Choice(right.ordinal(), right.score(), right.arm(), -1)),
                result(
                        "rounds counted from 0",
                        right -> new Selection(
                                right.choices().stream()
                                        .map(choice -> new Choice(choice.ordinal(), choice.score(), choice.arm(), 0))
                                        .toList(),
                                right.stopReason(),
                                counted(0, 0, 0, 1, 1, right.costs()),
                                right.manifest())),
                choices("a round that never was", right -> new Choice(right.ordinal(), right.score(), right.arm(), 9)),
                broken("rounds fall", () -> (pool, budget, seed) -> {
                    Selection right = GOOD.select(pool, budget, seed);
                    List<Choice> choices = new ArrayList<>();
                    for (Choice choice : right.choices()) {
                        choices.add(new Choice(choice.ordinal(), choice.score(), 0, SIZE - choices.size()));
                    }
                    return new Selection(
                            choices,
                            right.stopReason(),
                            counted(SIZE, 0, 0, SIZE, SIZE, right.costs()),
                            right.manifest());
                }),
                Contracts.broken(
                        "documents that may not be chosen", contract(() -> GOOD, ordinal -> ordinal % 2 == 0)));
    }

    @TestFactory
    Stream<DynamicTest> wrongEnds_areFound() {
        return Stream.of(
                always(StopReason.BUDGET),
                always(StopReason.EXHAUSTED),
                always(StopReason.STARVED),
                always(StopReason.ROUNDS),
                always(StopReason.PATIENCE),
                always(StopReason.CANCELLED),
                result(
                        "never cancelled",
                        right ->
                                right.stopReason() == StopReason.CANCELLED ? stopped(right, StopReason.BUDGET) : right),
                result("nothing, and the budget is used", right -> cut(right, 0, StopReason.BUDGET)),
                result("nothing, and all were drawn", right -> cut(right, 0, StopReason.EXHAUSTED)),
                result("stops at half", BrokenSelectorsTest::half),
                result("at most 30 documents", right -> cut(right, 30, right.stopReason())),
                result("one left in the pool", right -> cut(right, SIZE - 1, right.stopReason())),
                result(
                        "exhausted though the budget is filled",
                        right -> right.choices().size() == SIZE ? stopped(right, StopReason.EXHAUSTED) : right),
                result(
                        "starved though all were taken",
                        right -> right.choices().size() == SIZE ? stopped(right, StopReason.STARVED) : right),
                broken("does not stop when it is interrupted", () -> (pool, budget, seed) -> {
                    boolean interrupted = Thread.interrupted();
                    Selection selection = GOOD.select(pool, budget, seed);
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    return selection;
                }),
                broken("the interruption is forgotten", () -> (pool, budget, seed) -> {
                    Selection selection = GOOD.select(pool, budget, seed);
                    Thread.interrupted();
                    return selection;
                }),
                broken("the interruption is thrown", () -> (pool, budget, seed) -> {
                    if (Thread.currentThread().isInterrupted()) {
                        throw new IllegalStateException("interrupted");
                    }
                    return GOOD.select(pool, budget, seed);
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongCosts_areFound() {
        return Stream.of(
                costs(
                        "one document less",
                        right -> new Costs(
                                right.documentsChosen() - 1, right.tokensChosen(), 0, 0, 0, 0, 0, right.flops())),
                costs("no tokens", right -> new Costs(right.documentsChosen(), 0, 0, 0, 0, 0, 0, right.flops())),
                costs(
                        "documents for tokens",
                        right -> new Costs(
                                right.documentsChosen(), right.documentsChosen(), 0, 0, 0, 0, 0, right.flops())),
                costs(
                        "operations of no token",
                        right -> new Costs(
                                right.documentsChosen(), right.tokensChosen(), 0, 0, 0, 0, 0, OptionalDouble.of(1e9))),
                costs("scored below zero", right -> counted(-1, -1, 0, 0, 0, right)),
                costs("flagged below zero", right -> counted(0, -1, 0, 0, 0, right)),
                costs("more flagged than scored", right -> counted(3, 4, 0, 0, 0, right)),
                costs("tokens below zero", right -> counted(0, 0, -1, 0, 0, right)),
                costs("rounds below zero", right -> counted(0, 0, 0, -1, 0, right)),
                costs("pulls below zero", right -> counted(0, 0, 0, 0, -1, right)));
    }

    @TestFactory
    Stream<DynamicTest> wrongManifests_areFound() {
        return Stream.of(
                result("none", right -> new Selection(right.choices(), right.stopReason(), right.costs(), Map.of())),
                result(
                        "another seed",
                        right -> new Selection(
                                right.choices(), right.stopReason(), right.costs(), Map.of("seed", "17"))),
                broken("no other seed but the first", () -> {
                    String[] first = {""};
                    return (pool, budget, seed) -> {
                        Selection right = GOOD.select(pool, budget, seed);
                        first[0] = first[0].isEmpty() ? Long.toString(seed.value()) : first[0];
                        return new Selection(
                                right.choices(), right.stopReason(), right.costs(), Map.of("seed", first[0]));
                    };
                }));
    }

    private static DynamicTest manifests(String mistake, Function<Map<String, String>, Map<String, String>> change) {
        return result(
                mistake,
                right -> new Selection(
                        right.choices(), right.stopReason(), right.costs(), change.apply(right.manifest())));
    }

    private static Map<String, String> with(Map<String, String> manifest, String name, String value) {
        Map<String, String> changed = new HashMap<>(manifest);
        changed.put(name, value);
        return changed;
    }

    private static CandidatePool<Integer> without(CandidatePool<Integer> pool, int place) {
        return new OtherPool<>(
                pool, "", pool.size() - 1, ordinal -> ordinal < place ? ordinal : ordinal + 1, tokens -> tokens);
    }

    /** Its own choice from a pool without a place, told as if it had found little good in that place. */
    private static DynamicTest leavingOut(String mistake, IntUnaryOperator place) {
        return broken(mistake, () -> (pool, budget, seed) -> {
            int out = place.applyAsInt(pool.size());
            Selection right = GOOD.select(without(pool, out), budget, seed);
            return new Selection(
                    right.choices().stream()
                            .map(choice -> new Choice(
                                    choice.ordinal() < out ? choice.ordinal() : choice.ordinal() + 1,
                                    choice.score(),
                                    choice.arm(),
                                    choice.round()))
                            .toList(),
                    right.stopReason() == StopReason.EXHAUSTED ? StopReason.STARVED : right.stopReason(),
                    right.costs(),
                    with(right.manifest(), "pool", pool.fingerprint()));
        });
    }

    private static DynamicTest told(String mistake, DataSelector<Integer> selector) {
        return Contracts.told(mistake, contract(() -> selector, ordinal -> true));
    }

    /** Thrown where a pool is another than the one of the test. */
    private static DynamicTest thrown(String mistake, Function<CandidatePool<Integer>, ?> use) {
        return told(mistake, (pool, budget, seed) -> {
            if (pool.equals(use.apply(pool))) {
                throw new AssertionError("a pool is not to be returned");
            }
            return GOOD.select(pool, budget, seed);
        });
    }

    @TestFactory
    Stream<DynamicTest> failuresThatAreNoRefusals_areFound() {
        return Stream.of(
                thrown(
                        "reads a second document",
                        pool -> pool.size() == 1 ? List.of(0).get(1) : 0),
                thrown(
                        "reads the first of no document",
                        pool -> pool.size() == 0 ? List.of().get(0) : 0),
                thrown(
                        "divides by the tokens",
                        pool -> IntStream.range(0, pool.size())
                                .mapToLong(ordinal -> 1000 / pool.tokens(ordinal))
                                .sum()),
                thrown("casts", pool -> pool.size() == SIZE ? 0 : (Comparable<?>) (Object) pool),
                thrown(
                        "looks up what it has of its own pool alone",
                        pool -> Objects.requireNonNull(
                                Map.of(POOL.fingerprint(), 1).get(pool.fingerprint()))));
    }

    /** The right run, and then something else if it was interrupted on the way. */
    private static DynamicTest onTheWay(String mistake, UnaryOperator<Selection> then) {
        return told(mistake, (pool, budget, seed) -> {
            boolean before = Thread.currentThread().isInterrupted();
            Selection right = GOOD.select(pool, budget, seed);
            return !before && Thread.currentThread().isInterrupted() ? then.apply(right) : right;
        });
    }

    @TestFactory
    Stream<DynamicTest> interruptionsOnTheWay_areFound() {
        return Stream.of(
                onTheWay("the interruption on the way is forgotten", right -> {
                    Thread.interrupted();
                    return right;
                }),
                onTheWay("the interruption on the way is thrown", right -> {
                    throw new QuadException("interrupted");
                }),
                onTheWay(
                        "what was chosen on the way is left out, and counted",
                        right -> new Selection(List.of(), right.stopReason(), right.costs(), right.manifest())));
    }

    private static final Object OBJECT = new Object();
    private static final Object ARRAY = new double[0];

    @TestFactory
    Stream<DynamicTest> pools_areFound() {
        return Stream.of(
                leavingOut("never the last document", size -> size - 1),
                leavingOut("never the first document", size -> 0),
                broken("keeps the first pool", () -> {
                    List<CandidatePool<Integer>> first = new ArrayList<>();
                    return (pool, budget, seed) -> {
                        first.add(pool);
                        return GOOD.select(first.get(0), budget, seed);
                    };
                }),
                broken("keeps the tokens of the first pool of a size", () -> {
                    Map<Integer, CandidatePool<Integer>> first = new HashMap<>();
                    return (pool, budget, seed) -> {
                        CandidatePool<Integer> kept = first.computeIfAbsent(pool.size(), size -> pool);
                        Selection right = GOOD.select(pool, budget, seed);
                        long tokens = right.choices().stream()
                                .mapToLong(choice -> kept.tokens(choice.ordinal()))
                                .sum();
                        return new Selection(
                                right.choices(),
                                right.stopReason(),
                                new Costs(right.choices().size(), tokens, 0, 0, 0, 0, 0, OptionalDouble.empty()),
                                right.manifest());
                    };
                }),
                broken("keeps the tokens by the ordinal", () -> {
                    Map<Integer, Long> kept = new HashMap<>();
                    return (pool, budget, seed) -> {
                        List<Choice> choices = new ArrayList<>();
                        long spent = 0;
                        for (int ordinal = 0; ordinal < pool.size(); ordinal++) {
                            long cost = budget.cost(kept.computeIfAbsent(ordinal, pool::tokens));
                            if (spent + cost <= budget.limit()) {
                                spent += cost;
                                choices.add(new Choice(ordinal, OptionalDouble.empty(), -1, 0));
                            }
                        }
                        long tokens = choices.stream()
                                .mapToLong(choice -> pool.tokens(choice.ordinal()))
                                .sum();
                        return new Selection(
                                choices,
                                choices.size() < pool.size() || spent == budget.limit()
                                        ? StopReason.BUDGET
                                        : StopReason.EXHAUSTED,
                                new Costs(choices.size(), tokens, 0, 0, 0, 0, 0, OptionalDouble.empty()),
                                Map.of(
                                        "seed",
                                        Long.toString(seed.value()),
                                        "budget",
                                        "" + budget,
                                        "pool",
                                        pool.fingerprint()));
                    };
                }),
                broken("another order for each object", () -> (pool, budget, seed) -> {
                    Selection right = GOOD.select(pool, budget, new Seed(seed.value() ^ pool.hashCode()));
                    return new Selection(
                            right.choices(),
                            right.stopReason(),
                            right.costs(),
                            with(right.manifest(), "seed", Long.toString(seed.value())));
                }),
                broken("the pool of all", () -> (pool, budget, seed) -> GOOD.select(POOL, budget, seed)),
                broken("one document scored less", () -> (pool, budget, seed) -> {
                    Selection right =
                            TopKSelector.<Integer>builder(known()).build().select(pool, budget, seed);
                    Costs costs = right.costs();
                    long scored = Math.max(0, costs.documentsScored() - 1);
                    return new Selection(
                            right.choices(),
                            right.stopReason(),
                            counted(scored, Math.min(scored, costs.documentsFlagged()), 0, 0, 0, costs),
                            right.manifest());
                }));
    }

    private static DynamicTest seeds(
            String mistake, BiFunction<List<String>, Seed, List<String>> order, Function<Seed, String> shown) {
        return broken(mistake, () -> (pool, budget, seed) -> {
            Selection right = GOOD.select(pool, budget, seed);
            Map<String, String> all = with(right.manifest(), "seed", shown.apply(seed));
            Map<String, String> ordered = new LinkedHashMap<>();
            order.apply(new ArrayList<>(all.keySet()), seed)
                    .forEach(name -> ordered.put(name, String.valueOf(all.get(name))));
            return new Selection(right.choices(), right.stopReason(), right.costs(), ordered);
        });
    }

    @TestFactory
    Stream<DynamicTest> manifestsThatDoNotDetermine_areFound() {
        return Stream.of(
                seeds("the seed as its object is shown", (names, seed) -> names, Seed::toString),
                seeds(
                        "in another order for each seed",
                        (names, seed) -> {
                            Collections.rotate(names, (int) (seed.value() % 2));
                            return names;
                        },
                        seed -> Long.toString(seed.value())),
                manifests("the seed alone", right -> Map.of("seed", String.valueOf(right.get("seed")))),
                Contracts.told(
                        "in another order each time",
                        contract(
                                () -> {
                                    AtomicInteger calls = new AtomicInteger();
                                    return (pool, budget, seed) -> {
                                        Selection right = GOOD.select(pool, budget, seed);
                                        List<String> names =
                                                new ArrayList<>(right.manifest().keySet());
                                        Collections.rotate(names, calls.incrementAndGet());
                                        Map<String, String> turned = new LinkedHashMap<>();
                                        names.forEach(name -> turned.put(
                                                name,
                                                String.valueOf(right.manifest().get(name))));
                                        return new Selection(
                                                right.choices(), right.stopReason(), right.costs(), turned);
                                    };
                                },
                                ordinal -> true)),
                manifests("not the budget", right -> with(right, "budget", "some")),
                manifests(
                        "the limit of the budget without its unit",
                        right -> with(
                                right,
                                "budget",
                                String.valueOf(right.get("budget")).replaceAll("[^0-9]", ""))),
                manifests(
                        "the last digits of the seed",
                        right -> with(right, "seed", Integer.toString((int)
                                Long.parseLong(String.valueOf(right.get("seed")))))),
                manifests("not the pool", right -> with(right, "pool", "some")),
                manifests("an object", right -> with(right, "options", OBJECT.toString())),
                manifests("an array", right -> with(right, "weights", ARRAY.toString())),
                manifests("in the language of the machine", right -> with(right, "alpha", String.format("%.2f", 0.5))),
                broken("from the hundredth call on another seed", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return (pool, budget, seed) -> {
                        Selection right = GOOD.select(
                                pool, budget, calls.incrementAndGet() < 100 ? seed : new Seed(seed.value() + 1));
                        return new Selection(
                                right.choices(),
                                right.stopReason(),
                                right.costs(),
                                with(right.manifest(), "seed", Long.toString(seed.value())));
                    };
                }));
    }

    private static Seed timed() {
        return new Seed(System.nanoTime());
    }

    /** The right choices, of which each is looked at. */
    private static DynamicTest reads(String mistake, BiFunction<CandidatePool<Integer>, Choice, Choice> read) {
        return broken(mistake, () -> (pool, budget, seed) -> {
            Selection right = GOOD.select(pool, budget, seed);
            return new Selection(
                    right.choices().stream()
                            .map(choice -> read.apply(pool, choice))
                            .toList(),
                    right.stopReason(),
                    right.costs(),
                    right.manifest());
        });
    }

    @TestFactory
    Stream<DynamicTest> documentsOfNoToken_areFound() {
        return Stream.of(
                reads("divided by its tokens", (pool, choice) -> {
                    long share = 100 / pool.tokens(choice.ordinal());
                    return new Choice(choice.ordinal(), choice.score(), -1, share > 0 ? 0 : choice.round());
                }),
                reads("a score for each token", (pool, choice) -> {
                    double score = 1.0 / pool.tokens(choice.ordinal());
                    return new Choice(choice.ordinal(), OptionalDouble.of(score), -1, choice.round());
                }),
                broken(
                        "ends at the first of no token",
                        () -> first(
                                (pool, seed) ->
                                        IntStream.range(0, pool.size()).takeWhile(ordinal -> pool.tokens(ordinal) > 0),
                                spent -> spent,
                                StopReason.EXHAUSTED)),
                honest(
                        "without those of no token",
                        () -> first(
                                (pool, seed) ->
                                        IntStream.range(0, pool.size()).filter(ordinal -> pool.tokens(ordinal) > 0),
                                spent -> spent,
                                StopReason.EXHAUSTED)));
    }

    @TestFactory
    Stream<DynamicTest> state_isFound() {
        return Stream.of(
                seeds("a seed more with each call", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return seed -> new Seed(seed.value() + calls.getAndIncrement());
                }),
                seeds("the time where the seed is 0", () -> seed -> seed.value() == 0 ? timed() : seed),
                seeds("the time where the seed is -1", () -> seed -> seed.value() == -1 ? timed() : seed),
                seeds(
                        "the time where the seed is the least",
                        () -> seed -> seed.value() == Long.MIN_VALUE ? timed() : seed),
                seeds("seeds without their sign", () -> seed -> new Seed(Math.abs(seed.value()))),
                seeds("a seed of each instance", () -> {
                    int number = INSTANCES.getAndIncrement();
                    return seed -> new Seed(seed.value() + number);
                }),
                seeds("the seed before", () -> {
                    Seed[] last = {new Seed(0)};
                    return seed -> {
                        Seed before = last[0];
                        last[0] = seed;
                        return before;
                    };
                }),
                seeds("every third call", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return seed -> new Seed(seed.value() + (calls.incrementAndGet() % 3 == 0 ? 1 : 0));
                }),
                seeds("a seed of the number of threads", () -> seed -> {
                    var pool = ForkJoinTask.getPool();
                    return new Seed(seed.value() + (pool == null ? 0 : pool.getParallelism()));
                }),
                seeds(
                        "a seed of the thread",
                        () -> seed ->
                                new Seed(seed.value() + Thread.currentThread().getId())),
                broken("keeps the selection by the budget", () -> {
                    Map<Budget, Selection> kept = new HashMap<>();
                    return (pool, budget, seed) ->
                            kept.computeIfAbsent(budget, key -> GOOD.select(pool, budget, new Seed(5)));
                }),
                broken("keeps the selection by the seed", () -> {
                    Map<Seed, Selection> kept = new HashMap<>();
                    return (pool, budget, seed) -> kept.computeIfAbsent(seed, key -> GOOD.select(pool, budget, seed));
                }),
                broken("interrupted once, interrupted for ever", () -> {
                    boolean[] cancelled = {false};
                    return (pool, budget, seed) -> {
                        cancelled[0] |= Thread.currentThread().isInterrupted();
                        Selection selection = GOOD.select(pool, budget, seed);
                        return cancelled[0] ? cut(selection, 0, StopReason.CANCELLED) : selection;
                    };
                }),
                broken("what was chosen once is not chosen again", () -> {
                    Set<Integer> gone = java.util.concurrent.ConcurrentHashMap.newKeySet();
                    return (pool, budget, seed) -> {
                        Selection selection = RandomSelector.<Integer>among(ordinal -> !gone.contains(ordinal))
                                .select(pool, budget, seed);
                        selection.choices().forEach(choice -> gone.add(choice.ordinal()));
                        return selection;
                    };
                }));
    }

    /** Every ninth has no score. */
    private static InfluenceEstimator<Integer> known() {
        return scoring(item -> item % 9 == 8);
    }

    private static InfluenceEstimator<Integer> scoring(IntPredicate fails) {
        return new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends Integer> items) {
                InfluenceScores.Builder scores = InfluenceScores.builder();
                for (int item : items) {
                    if (fails.test(item)) {
                        scores.flag("a ninth");
                    } else {
                        scores.add(item % 7 - 3);
                    }
                }
                return scores.build();
            }

            @Override
            public String fingerprint() {
                return "known";
            }
        };
    }

    private static Clustering clusters() {
        return Clustering.of(IntStream.range(0, SIZE).map(i -> i % 7).toArray(), 7);
    }

    private static DataSelector<Integer> quad(UnaryOperator<SelectionOptions.Builder> change) {
        return QuadSelector.<Integer>builder(clusters(), known())
                .options(change.apply(SelectionOptions.builder()).build())
                .build();
    }

    /** The documents that pass, in order, while they fit. */
    private static DataSelector<Integer> first(IntPredicate passes, StopReason otherwise) {
        return first((pool, seed) -> IntStream.range(0, pool.size()).filter(passes), spent -> spent, otherwise);
    }

    /** Documents in an order while they fit, by a sum of what they cost. */
    private static DataSelector<Integer> first(
            BiFunction<CandidatePool<Integer>, Seed, IntStream> order, LongUnaryOperator sum, StopReason otherwise) {
        return (pool, budget, seed) -> {
            List<Choice> choices = new ArrayList<>();
            long spent = 0;
            long tokens = 0;
            boolean full = false;
            boolean cancelled = Thread.currentThread().isInterrupted();
            for (int ordinal : order.apply(pool, seed).toArray()) {
                long after = sum.applyAsLong(spent + budget.cost(pool.tokens(ordinal)));
                full |= after > budget.limit();
                if (!full && !cancelled) {
                    spent = after;
                    tokens += pool.tokens(ordinal);
                    choices.add(new Choice(ordinal, OptionalDouble.empty(), -1, 0));
                }
            }
            StopReason end = full || spent == budget.limit() ? StopReason.BUDGET : otherwise;
            return new Selection(
                    choices,
                    cancelled ? StopReason.CANCELLED : end,
                    new Costs(choices.size(), tokens, 0, 0, 0, 0, 0, OptionalDouble.empty()),
                    Map.of(
                            "seed",
                            Long.toString(seed.value()),
                            "budget",
                            budget.toString(),
                            "pool",
                            pool.fingerprint()));
        };
    }

    /** Drawn with replacement, each kept once as the set has it. */
    private static DataSelector<Integer> drawn(Supplier<Set<Object>> set) {
        return first(
                (pool, seed) -> {
                    Set<Object> seen = set.get();
                    return seed.stream("own")
                            .ints(50L * pool.size(), 0, pool.size())
                            .filter(seen::add);
                },
                spent -> spent,
                StopReason.EXHAUSTED);
    }

    @TestFactory
    Stream<DynamicTest> largeNumbers_areFound() {
        return Stream.of(
                broken(
                        "spends in an int",
                        () -> first(
                                (pool, seed) -> IntStream.range(0, pool.size()),
                                spent -> (int) spent,
                                StopReason.EXHAUSTED)),
                costs(
                        "the tokens chosen are an int",
                        right -> new Costs(
                                right.documentsChosen(),
                                Math.max(0, (int) right.tokensChosen()),
                                0,
                                0,
                                0,
                                0,
                                0,
                                right.flops())),
                costs(
                        "the tokens chosen are an int, and refused where that is negative",
                        right -> new Costs(
                                right.documentsChosen(), (int) right.tokensChosen(), 0, 0, 0, 0, 0, right.flops())),
                broken(
                        "numbers beyond 127 are never the same",
                        () -> drawn(() -> Collections.newSetFromMap(new IdentityHashMap<>()))),
                honest("drawn with replacement", () -> drawn(HashSet::new)));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                honest("random", RandomSelector::of),
                Contracts.honest(
                        "random among some",
                        contract(() -> RandomSelector.among(ordinal -> ordinal % 2 == 0), o -> o % 2 == 0)),
                honest("quad", () -> quad(options -> options)),
                honest("quad without a threshold", () -> quad(options -> options.threshold(Threshold.none()))),
                honest("quad for nine rounds", () -> quad(options -> options.maxRounds(9))),
                honest("top k", () -> TopKSelector.<Integer>builder(known()).build()),
                honest(
                        "staged",
                        () -> StagedSelector.<Integer>builder(clusters(), (stage, chosen) -> scoring(item -> false))
                                .options(SelectionOptions.builder()
                                        .threshold(Threshold.none())
                                        .build())
                                .rounds(2)
                                .build()),
                honest("for its pool alone", () -> (pool, budget, seed) -> {
                    if (!pool.fingerprint().equals(POOL.fingerprint())) {
                        throw new IllegalArgumentException("made for " + POOL.fingerprint());
                    }
                    return first(ordinal -> true, StopReason.EXHAUSTED).select(pool, budget, seed);
                }),
                honest("of this size alone", () -> (pool, budget, seed) -> {
                    if (pool.size() != SIZE) {
                        throw new UnsupportedOperationException("made for " + SIZE + " documents");
                    }
                    return GOOD.select(pool, budget, seed);
                }),
                honest(
                        "all but one document",
                        () -> (pool, budget, seed) -> first(
                                        ordinal -> pool.get(ordinal) != SIZE - 1, StopReason.STARVED)
                                .select(pool, budget, seed)),
                honest("by scores that were there before", () -> (pool, budget, seed) -> {
                    Selection right =
                            first(ordinal -> true, StopReason.EXHAUSTED).select(pool, budget, seed);
                    return new Selection(
                            right.choices().stream()
                                    .map(choice ->
                                            new Choice(choice.ordinal(), OptionalDouble.of(1), -1, choice.round()))
                                    .toList(),
                            right.stopReason(),
                            right.costs(),
                            right.manifest());
                }),
                honest("the first that fit", () -> first(ordinal -> true, StopReason.EXHAUSTED)),
                honest("few of them good enough", () -> first(ordinal -> ordinal % 20 == 0, StopReason.STARVED)),
                honest("none of them good enough", () -> first(ordinal -> false, StopReason.STARVED)));
    }
}
