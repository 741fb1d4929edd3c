// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Estimators with one mistake each. */
class BrokenEstimatorsTest {
    private static final AtomicInteger INSTANCES = new AtomicInteger();
    private static final AtomicInteger CLOSED = new AtomicInteger();
    private static final Thread MAIN = Thread.currentThread();
    private static final Object INSTANCES_LOCK = new Object();
    private static final Map<Integer, Double> ALL_KEPT = new HashMap<>();

    /** How a batch is scored. */
    private interface Scoring extends Function<List<Integer>, InfluenceScores> {}

    private static InfluenceScores good(List<Integer> items) {
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (int item : items) {
            if (item % 9 == 8) {
                scores.flag("divisible");
            } else {
                scores.add(item % 7 - 2).countTokens(item);
            }
        }
        return scores.build();
    }

    /** The right scores, changed by their place and the batch. */
    private interface Change {
        double score(double score, int place, List<Integer> items);
    }

    private static InfluenceScores changed(List<Integer> items, Change change) {
        InfluenceScores right = good(items);
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (int i = 0; i < items.size(); i++) {
            if (right.isScored(i)) {
                scores.add(change.score(right.value(i), i, items));
            } else {
                scores.flag("divisible");
            }
        }
        return scores.build();
    }

    private static class Estimator implements InfluenceEstimator<Integer> {
        private final Scoring scoring;

        Estimator(Scoring scoring) {
            this.scoring = scoring;
        }

        @Override
        @SuppressWarnings("unchecked")
        public InfluenceScores score(List<? extends Integer> items) {
            return scoring.apply((List<Integer>) items);
        }

        @Override
        public String fingerprint() {
            return "estimator";
        }
    }

    private static InfluenceEstimatorContract<Integer> contract(Supplier<InfluenceEstimator<Integer>> estimator) {
        return contract(estimator, Optional::empty);
    }

    private static InfluenceEstimatorContract<Integer> contract(
            Supplier<InfluenceEstimator<Integer>> estimator, Supplier<Optional<InfluenceEstimator<Integer>>> other) {
        return new InfluenceEstimatorContract<>() {
            @Override
            protected InfluenceEstimator<Integer> estimator() {
                return estimator.get();
            }

            @Override
            protected Optional<InfluenceEstimator<Integer>> other() {
                return other.get();
            }

            @Override
            protected List<Integer> items() {
                return List.of(3, 8, 1, 12, 5);
            }
        };
    }

    private static DynamicTest broken(String mistake, Supplier<InfluenceEstimator<Integer>> estimator) {
        return Contracts.broken(mistake, contract(estimator));
    }

    private static DynamicTest scoring(String mistake, Scoring scoring) {
        return broken(mistake, () -> new Estimator(scoring));
    }

    private static DynamicTest change(String mistake, Change change) {
        return scoring(mistake, items -> changed(items, change));
    }

    /** Each estimator counts its calls. */
    private static DynamicTest counting(String mistake, java.util.function.IntFunction<Change> change) {
        return broken(mistake, () -> {
            AtomicInteger calls = new AtomicInteger();
            return new Estimator(items -> changed(items, change.apply(calls.getAndIncrement())));
        });
    }

    private static DynamicTest fingerprint(String mistake, Supplier<Supplier<String>> fingerprint) {
        return broken(mistake, () -> {
            Supplier<String> own = fingerprint.get();
            return new Estimator(BrokenEstimatorsTest::good) {
                @Override
                public String fingerprint() {
                    return own.get();
                }
            };
        });
    }

    private static DynamicTest flops(String mistake, double flops) {
        return broken(mistake, () -> new Estimator(BrokenEstimatorsTest::good) {
            @Override
            public OptionalDouble flopsPerToken() {
                return OptionalDouble.of(flops);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongScores_areFound() {
        return Stream.of(
                scoring("the last one missing", items -> good(items.subList(0, Math.max(0, items.size() - 1)))),
                scoring(
                        "one too many",
                        items ->
                                good(Stream.concat(items.stream(), Stream.of(4)).toList())),
                scoring(
                        "what has no score is left out",
                        items -> good(
                                items.stream().filter(item -> item % 9 != 8).toList())),
                scoring("nothing has a score", items -> {
                    InfluenceScores.Builder scores = InfluenceScores.builder();
                    items.forEach(item -> scores.flag("no"));
                    return scores.build();
                }),
                scoring("equal items once", items -> good(List.copyOf(new java.util.LinkedHashSet<>(items)))),
                scoring("equal items: the second is refused", items -> {
                    InfluenceScores.Builder scores = InfluenceScores.builder();
                    HashSet<Integer> seen = new HashSet<>();
                    for (int item : items) {
                        if (item % 9 == 8 || !seen.add(item)) {
                            scores.flag("seen");
                        } else {
                            scores.add(item);
                        }
                    }
                    return scores.build();
                }),
                scoring("64 of a batch", items -> good(items.subList(0, Math.min(64, items.size())))),
                scoring("fails above 256", items -> {
                    java.util.Objects.checkIndex(items.size(), 257);
                    return good(items);
                }),
                scoring("fails above 1024", items -> {
                    java.util.Objects.checkIndex(items.size(), 1025);
                    return good(items);
                }),
                scoring("fails for one", items -> {
                    java.util.Objects.checkIndex(1, items.size() == 1 ? 1 : 2);
                    return good(items);
                }),
                scoring("fails for none", items -> items.get(0) < 0 ? good(List.of()) : good(items)),
                scoring("one score for none", items -> items.isEmpty() ? InfluenceScores.of(0) : good(items)),
                scoring(
                        "NaN",
                        items -> InfluenceScores.of(
                                items.stream().mapToDouble(item -> Double.NaN).toArray())),
                scoring("no reason", items -> {
                    InfluenceScores.Builder scores = InfluenceScores.builder();
                    items.forEach(item -> {
                        if (item == 8) {
                            scores.flag(" ");
                        } else {
                            scores.add(item);
                        }
                    });
                    return scores.build();
                }),
                scoring(
                        "tokens below zero",
                        items -> InfluenceScores.builder()
                                .add(1)
                                .add(1)
                                .add(1)
                                .add(1)
                                .add(1)
                                .countTokens(-3)
                                .build()),
                scoring("alone it has no score", items -> {
                    if (items.size() == 1) {
                        return InfluenceScores.builder()
                                .flag("too small a batch")
                                .build();
                    }
                    return good(items);
                }),
                scoring("sorted", items -> good(items.stream().sorted().toList())),
                change("the place is added", (score, place, items) -> score + place),
                change("divided by the batch", (score, place, items) -> score / items.size()),
                change(
                        "less the mean of the batch",
                        (score, place, items) -> score
                                - items.stream()
                                        .mapToInt(item -> item)
                                        .average()
                                        .orElse(0)),
                change(
                        "ranks",
                        (score, place, items) -> items.stream()
                                .filter(item -> item < items.get(place))
                                .count()),
                change(
                        "the item before leaks in",
                        (score, place, items) -> place == 0 ? score : score + 0.01 * items.get(place - 1)),
                change(
                        "the last of a batch is halved",
                        (score, place, items) -> place == items.size() - 1 ? score / 2 : score),
                change("from place 128 on they are zero", (score, place, items) -> place < 128 ? score : 0));
    }

    @TestFactory
    Stream<DynamicTest> state_isFound() {
        return Stream.of(
                counting("the second time another score", calls -> (score, place, items) -> score + calls),
                counting(
                        "from the sixth call on another score",
                        calls -> (score, place, items) -> calls > 5 ? -score : score),
                counting(
                        "from call 301 on another score",
                        calls -> (score, place, items) -> calls < 300 ? score : score * 1.1),
                broken("another score of each instance", () -> {
                    int number = INSTANCES.getAndIncrement();
                    return new Estimator(items -> changed(items, (score, place, all) -> score + number));
                }),
                broken("keeps scores by the size of the batch", () -> {
                    Map<Integer, InfluenceScores> kept = new HashMap<>();
                    return new Estimator(items -> kept.computeIfAbsent(items.size(), size -> good(List.copyOf(items))));
                }),
                broken("remembers the largest item", () -> {
                    int[] largest = {0};
                    return new Estimator(items -> {
                        items.forEach(item -> largest[0] = Math.max(largest[0], item));
                        return changed(items, (score, place, all) -> score / largest[0]);
                    });
                }),
                broken("keeps scores by the list", () -> {
                    IdentityHashMap<List<Integer>, InfluenceScores> kept = new IdentityHashMap<>();
                    return new Estimator(items -> kept.computeIfAbsent(items, list -> good(List.copyOf(list))));
                }),
                change(
                        "another score in another thread",
                        (score, place, items) -> Thread.currentThread() == MAIN ? score : score * 1.01),
                broken("from the thirtieth call on nothing has a score", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return new Estimator(items -> {
                        if (calls.incrementAndGet() < 30) {
                            return good(items);
                        }
                        InfluenceScores.Builder scores = InfluenceScores.builder();
                        items.forEach(item -> scores.flag("tired"));
                        return scores.build();
                    });
                }),
                scoring("sorts the caller's list", items -> {
                    InfluenceScores scores = good(items);
                    if (items instanceof ArrayList<Integer>) {
                        items.sort(Comparator.naturalOrder());
                    }
                    return scores;
                }),
                scoring("empties the caller's list", items -> {
                    InfluenceScores scores = good(items);
                    if (items instanceof ArrayList<Integer>) {
                        items.clear();
                    }
                    return scores;
                }),
                broken("all share what one closes", () -> {
                    int closed = CLOSED.get();
                    return new Estimator(items -> {
                        if (CLOSED.get() != closed) {
                            throw new IllegalStateException("closed");
                        }
                        return good(items);
                    }) {
                        @Override
                        public void close() {
                            CLOSED.incrementAndGet();
                        }
                    };
                }));
    }

    private record Text(String words) {}

    private static final List<Text> TEXTS = List.of(new Text("Aa"), new Text("BB"), new Text("one"), new Text("two"));

    /** A score of a text, kept by a key of its own. */
    private static DynamicTest kept(String mistake, Function<Text, Object> key) {
        return texts(mistake, Contracts::broken, key);
    }

    private static DynamicTest texts(
            String what, java.util.function.BiFunction<String, Object, DynamicTest> test, Function<Text, Object> key) {
        return test.apply(what, new InfluenceEstimatorContract<Text>() {
            @Override
            protected InfluenceEstimator<Text> estimator() {
                Map<Object, Double> kept = new HashMap<>();
                return new InfluenceEstimator<>() {
                    @Override
                    public InfluenceScores score(List<? extends Text> items) {
                        return InfluenceScores.of(items.stream()
                                .mapToDouble(item -> kept.computeIfAbsent(
                                        key.apply(item),
                                        any -> item.words()
                                                .chars()
                                                .mapToDouble(Math::sqrt)
                                                .sum()))
                                .toArray());
                    }

                    @Override
                    public String fingerprint() {
                        return "texts";
                    }
                };
            }

            @Override
            protected List<Text> items() {
                return TEXTS;
            }
        });
    }

    /** After a batch that fails, something is left. */
    private static DynamicTest afterAFailure(String mistake, Scoring then) {
        return broken(mistake, () -> {
            boolean[] failed = {false};
            return new Estimator(items -> {
                if (failed[0]) {
                    return then.apply(items);
                }
                failed[0] = true;
                InfluenceScores scores = good(List.copyOf(items));
                failed[0] = false;
                return scores;
            });
        });
    }

    private static DynamicTest closed(String mistake, Scoring then) {
        return broken(mistake, () -> {
            boolean[] closed = {false};
            return new Estimator(items -> closed[0] ? then.apply(items) : good(items)) {
                @Override
                public void close() {
                    closed[0] = true;
                }
            };
        });
    }

    private static InfluenceScores zeros(List<Integer> items) {
        return InfluenceScores.of(new double[items.size()]);
    }

    @TestFactory
    Stream<DynamicTest> failuresAndEnds_areFound() {
        return Stream.of(
                afterAFailure("busy for ever", items -> {
                    throw new IllegalStateException("busy");
                }),
                afterAFailure("zeros from a failure on", BrokenEstimatorsTest::zeros),
                afterAFailure("nothing from a failure on", items -> InfluenceScores.of()),
                broken("what was read of a batch that failed comes with the next", () -> {
                    List<Integer> waiting = new ArrayList<>();
                    return new Estimator(items -> {
                        for (int item : items) {
                            waiting.add(item);
                        }
                        InfluenceScores scores = good(List.copyOf(waiting));
                        waiting.clear();
                        return scores;
                    });
                }),
                closed("zeros once closed", BrokenEstimatorsTest::zeros),
                closed("nothing once closed", items -> InfluenceScores.of()),
                closed("no score once closed", items -> {
                    InfluenceScores.Builder scores = InfluenceScores.builder();
                    items.forEach(item -> scores.flag("closed"));
                    return scores.build();
                }),
                broken("another fingerprint once closed", () -> new Estimator(BrokenEstimatorsTest::good) {
                    private boolean isClosed;

                    @Override
                    public void close() {
                        isClosed = true;
                    }

                    @Override
                    public String fingerprint() {
                        return isClosed ? "closed" : super.fingerprint();
                    }
                }),
                broken("what is to be done at the end is not", () -> new Estimator(BrokenEstimatorsTest::good) {
                    @Override
                    public InfluenceEstimator<Integer> onClose(Runnable then) {
                        return this;
                    }
                }),
                broken("tokens add up", () -> {
                    int[] tokens = {0};
                    return new Estimator(items -> {
                        InfluenceScores right = good(items);
                        tokens[0] += (int) right.tokens();
                        InfluenceScores.Builder scores =
                                InfluenceScores.builder().countTokens(tokens[0]);
                        for (int i = 0; i < right.size(); i++) {
                            if (right.isScored(i)) {
                                scores.add(right.value(i));
                            } else {
                                scores.flag("divisible");
                            }
                        }
                        return scores.build();
                    });
                }));
    }

    @TestFactory
    Stream<DynamicTest> scoresThatAreKept_areFound() {
        return Stream.of(
                kept("by the hash code", Text::hashCode),
                kept("by the first letter", text -> text.words().charAt(0) % 2),
                texts("by the item", Contracts::honest, text -> text),
                broken("by the hash code in a table of 1000", () -> {
                    Map<Integer, Double> kept = new HashMap<>();
                    return new Estimator(items -> changed(
                            items,
                            (score, place, all) ->
                                    kept.computeIfAbsent(all.get(place).hashCode() % 1000, key -> score)));
                }),
                broken("by the size and the last item of a batch", () -> {
                    Map<List<Integer>, InfluenceScores> kept = new HashMap<>();
                    return new Estimator(items -> items.isEmpty()
                            ? good(items)
                            : kept.computeIfAbsent(
                                    List.of(items.size(), items.get(items.size() - 1)),
                                    key -> good(List.copyOf(items))));
                }),
                Contracts.broken("an equal item in another object is another", new InfluenceEstimatorContract<Text>() {
                    @Override
                    protected InfluenceEstimator<Text> estimator() {
                        return new Estimator(items -> InfluenceScores.of(
                                        items.stream().mapToDouble(item -> item).toArray()))
                                .from(System::identityHashCode);
                    }

                    @Override
                    protected List<Text> items() {
                        return TEXTS;
                    }
                }),
                Contracts.broken(
                        "all models keep scores in one table",
                        contract(
                                () -> new Estimator(items -> changed(
                                        items,
                                        (score, place, all) -> ALL_KEPT.computeIfAbsent(all.get(place), key -> score))),
                                () -> Optional.of(
                                        new Estimator(items -> changed(
                                                items,
                                                (score, place, all) ->
                                                        ALL_KEPT.computeIfAbsent(all.get(place), key -> score + 1))) {
                                            @Override
                                            public String fingerprint() {
                                                return "other";
                                            }
                                        }))),
                change(
                        "another score where a point is a comma",
                        (score, place, items) -> String.format("%.1f", 0.5).contains(",") ? score + 1 : score));
    }

    /** The right scores, with other tokens and reasons. */
    private static InfluenceScores told(List<Integer> items, long tokens, Supplier<String> reason) {
        InfluenceScores.Builder scores = InfluenceScores.builder().countTokens(tokens);
        InfluenceScores right = good(items);
        for (int i = 0; i < items.size(); i++) {
            if (right.isScored(i)) {
                scores.add(right.value(i));
            } else {
                scores.flag(reason.get());
            }
        }
        return scores.build();
    }

    private static DynamicTest reason(String mistake, Supplier<String> reason) {
        return scoring(mistake, items -> told(items, 0, reason));
    }

    private static long sum(List<Integer> items) {
        return items.stream().mapToLong(item -> item).sum();
    }

    private static DynamicTest tokens(String mistake, java.util.function.ToLongFunction<List<Integer>> tokens) {
        return scoring(
                mistake, items -> told(items, items.isEmpty() ? 0 : tokens.applyAsLong(items), () -> "divisible"));
    }

    @TestFactory
    Stream<DynamicTest> wrongTokensAndReasons_areFound() {
        return Stream.of(
                tokens("tokens of the first item", items -> items.get(0)),
                tokens("tokens of the last item", items -> items.get(items.size() - 1)),
                tokens("tokens of the longest item", java.util.Collections::max),
                tokens("tokens in seven bits", items -> sum(items) & 127),
                tokens("tokens of the first 100 items", items -> sum(items.subList(0, Math.min(100, items.size())))),
                reason("the number of an object", () -> "cannot score " + new Object()),
                reason("the number of an object for all", () -> "cannot score " + INSTANCES_LOCK),
                reason("a reason in the language of the machine", () -> String.format("loss of %.2f", 0.5)),
                reason("counts its reasons", () -> "failure " + INSTANCES.getAndIncrement()));
    }

    @TestFactory
    @SuppressWarnings("NullAway") // what is told of null
    Stream<DynamicTest> wrongNumbersAndNames_areFound() {
        return Stream.of(
                broken("no scores at all", () -> new Estimator(items -> null)),
                broken("no operations at all", () -> new Estimator(BrokenEstimatorsTest::good) {
                    @Override
                    public OptionalDouble flopsPerToken() {
                        return null;
                    }
                }),
                broken("operations that grow with each call", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return new Estimator(items -> {
                        calls.incrementAndGet();
                        return good(items);
                    }) {
                        @Override
                        public OptionalDouble flopsPerToken() {
                            return OptionalDouble.of(6.0 * calls.get());
                        }
                    };
                }),
                fingerprint("that of an object for all", () -> INSTANCES_LOCK::toString),
                fingerprint("in the language of the machine", () -> () -> String.format("damping %.2f", 0.5)),
                flops("operations below zero", -1),
                flops("operations without end", Double.POSITIVE_INFINITY),
                flops("operations that are no number", Double.NaN),
                fingerprint("that of the object", () -> new Object()::toString),
                fingerprint("blank", () -> () -> ""),
                Contracts.broken(
                        "that of another one too",
                        contract(
                                () -> new Estimator(BrokenEstimatorsTest::good),
                                () -> Optional.of(
                                        new Estimator(items -> changed(items, (score, place, all) -> score + 1))))),
                fingerprint("changes with use", () -> {
                    AtomicInteger calls = new AtomicInteger();
                    return () -> "estimator " + calls.getAndIncrement();
                }),
                broken("the fingerprint is that of the last batch", () -> {
                    int[] last = {0};
                    return new Estimator(items -> {
                        last[0] = items.hashCode();
                        return good(items);
                    }) {
                        @Override
                        public String fingerprint() {
                            return "estimator " + last[0];
                        }
                    };
                }));
    }

    /** What is given for what cannot be scored, which the contract is told. */
    private static InfluenceEstimatorContract<Integer> unscorable(Scoring scoring) {
        return new InfluenceEstimatorContract<>() {
            @Override
            protected InfluenceEstimator<Integer> estimator() {
                return new Estimator(scoring);
            }

            @Override
            protected List<Integer> items() {
                return List.of(3, 8, 1, 12, 5);
            }

            @Override
            protected List<Integer> unscorable() {
                return List.of(17, 8);
            }
        };
    }

    private static InfluenceScores instead(List<Integer> items, double score) {
        InfluenceScores.Builder scores = InfluenceScores.builder();
        items.forEach(item -> scores.add(item % 9 == 8 ? score : item % 7 - 2));
        return scores.build();
    }

    @TestFactory
    Stream<DynamicTest> numbersForWhatHasNoScore_areFound() {
        return Stream.of(
                Contracts.told("0 for what has no score", unscorable(items -> instead(items, 0))),
                Contracts.told("the least for what has no score", unscorable(items -> instead(items, -1e300))),
                Contracts.told(
                        "the message of an exception that has none",
                        contract(() -> new Estimator(items ->
                                told(items, 0, () -> String.valueOf(new ArithmeticException().getMessage()))))),
                Contracts.told(
                        "tokens of batches of more than one",
                        contract(() -> new Estimator(items -> told(
                                items,
                                items.size() > 1
                                        ? items.stream().mapToInt(i -> i).sum()
                                        : 0,
                                () -> "divisible")))),
                Contracts.honest("flagged", unscorable(BrokenEstimatorsTest::good)));
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                Contracts.honest("plain", contract(() -> new Estimator(BrokenEstimatorsTest::good))),
                Contracts.honest(
                        "rounds within the tolerance",
                        contract(() -> new Estimator(items ->
                                changed(items, (score, place, all) -> score * (1 + 1e-6 * Math.sin(place)))))),
                Contracts.honest(
                        "all scores zero",
                        contract(() -> new Estimator(items -> changed(items, (score, place, all) -> 0)))),
                Contracts.honest("fails once closed", contract(() -> {
                    boolean[] closed = {false};
                    return new Estimator(items -> {
                        if (closed[0]) {
                            throw new IllegalStateException("closed");
                        }
                        return good(items);
                    }) {
                        @Override
                        public void close() {
                            closed[0] = true;
                        }
                    };
                })),
                Contracts.honest(
                        "knows its items alone",
                        contract(() -> new Estimator(items -> {
                            for (int item : items) {
                                java.util.Objects.checkIndex(item, 13);
                            }
                            return good(items);
                        }))),
                Contracts.honest("counts the tokens of what it has not seen", contract(() -> {
                    HashSet<Integer> seen = new HashSet<>();
                    return new Estimator(items -> {
                        InfluenceScores right = good(items);
                        InfluenceScores.Builder scores = InfluenceScores.builder();
                        for (int i = 0; i < items.size(); i++) {
                            if (right.isScored(i)) {
                                scores.add(right.value(i)).countTokens(seen.add(items.get(i)) ? items.get(i) : 0);
                            } else {
                                scores.flag("divisible");
                            }
                        }
                        return scores.build();
                    });
                })),
                Contracts.honest("keeps scores by item", contract(() -> {
                    Map<Integer, Double> kept = new HashMap<>();
                    return new Estimator(items ->
                            changed(items, (score, place, all) -> kept.computeIfAbsent(all.get(place), item -> score)));
                })),
                Contracts.honest(
                        "tiny scores",
                        contract(() -> new Estimator(
                                items -> changed(items, (score, place, all) -> score * Double.MIN_NORMAL)))),
                Contracts.honest(
                        "of something else",
                        contract(() -> new Estimator(BrokenEstimatorsTest::good).from(item -> item))),
                Contracts.honest(
                        "only one has a score",
                        contract(() -> new Estimator(items -> {
                            InfluenceScores.Builder scores = InfluenceScores.builder();
                            IntStream.range(0, items.size()).forEach(i -> {
                                if (items.get(i) == 12) {
                                    scores.add(1);
                                } else {
                                    scores.flag("not twelve");
                                }
                            });
                            return scores.build();
                        }))));
    }

    /** Of texts, by their letters as they are seen, kept by a key where there is one. */
    private static InfluenceEstimatorContract<String> texts(UnaryOperator<String> seen, UnaryOperator<String> key) {
        return new InfluenceEstimatorContract<>() {
            @Override
            protected InfluenceEstimator<String> estimator() {
                Map<String, Double> kept = new HashMap<>();
                return new InfluenceEstimator<>() {
                    @Override
                    public InfluenceScores score(List<? extends String> items) {
                        InfluenceScores.Builder scores = InfluenceScores.builder();
                        items.forEach(item -> scores.add(kept.computeIfAbsent(key.apply(item), any ->
                                (double) Arrays.hashCode(seen.apply(item).getBytes(UTF_8)))));
                        return scores.build();
                    }

                    @Override
                    public String fingerprint() {
                        return "letters";
                    }
                };
            }

            @Override
            protected List<String> items() {
                return List.of(new String("Aa"), new String("BB"), new String("some words"));
            }
        };
    }

    @TestFactory
    Stream<DynamicTest> texts_areTakenAsTheyAre() {
        UnaryOperator<String> same = text -> text;
        return Stream.of(
                Contracts.broken("small letters of the default locale", texts(String::toLowerCase, same)),
                Contracts.broken("capitals of the default locale", texts(String::toUpperCase, same)),
                Contracts.broken("kept by small letters", texts(same, text -> text.toLowerCase(Locale.ROOT))),
                Contracts.broken("kept without blanks at the ends", texts(same, String::strip)),
                Contracts.honest("letters", texts(same, same)),
                Contracts.honest("small letters", texts(text -> text.toLowerCase(Locale.ROOT), same)));
    }
}
