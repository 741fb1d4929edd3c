// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Budget;
import dev.quad.Draw;
import dev.quad.Draw.Drawn;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.IntToLongFunction;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Draws with one mistake each. */
class BrokenDrawsTest {
    private static final AtomicInteger CALLS = new AtomicInteger();

    private interface Mistake {
        List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed);
    }

    private static Draw of(Mistake mistake) {
        return new Draw() {
            @Override
            public List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
                return mistake.draw(scores, tokens, budget, seed);
            }

            @Override
            public String id() {
                return "mistaken";
            }
        };
    }

    private static DrawContract contract(Supplier<Draw> draw, boolean takesAll) {
        return new DrawContract() {
            @Override
            protected Draw draw() {
                return draw.get();
            }

            @Override
            protected boolean takesAll() {
                return takesAll;
            }
        };
    }

    private static DynamicTest broken(String name, Mistake mistake) {
        return Contracts.broken(name, contract(() -> of(mistake), true));
    }

    /** The right result, changed. */
    private static DynamicTest result(String name, UnaryOperator<List<Drawn>> change) {
        return broken(
                name, (scores, tokens, budget, seed) -> change.apply(Draw.top().draw(scores, tokens, budget, seed)));
    }

    private static InfluenceScores changed(InfluenceScores scores, UnaryOperator<Double> change, boolean all) {
        InfluenceScores.Builder others = InfluenceScores.builder();
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                others.add(change.apply(scores.value(i)));
            } else if (all) {
                others.add(9);
            } else {
                others.flag("none");
            }
        }
        return others.build();
    }

    @TestFactory
    Stream<DynamicTest> mistakes_areFound() {
        return Stream.of(
                broken(
                        "one document too many",
                        (scores, tokens, budget, seed) -> Draw.top()
                                .draw(scores, tokens, new Budget(budget.limit() | 1 << 3, budget.unit()), seed)),
                broken(
                        "tokens are taken for documents",
                        (scores, tokens, budget, seed) ->
                                Draw.top().draw(scores, tokens, Budget.documents(budget.limit()), seed)),
                broken(
                        "the lowest first",
                        (scores, tokens, budget, seed) ->
                                Draw.top().draw(changed(scores, value -> -value, false), tokens, budget, seed)),
                broken(
                        "what has no score is best",
                        (scores, tokens, budget, seed) ->
                                Draw.top().draw(changed(scores, value -> value, true), tokens, budget, seed)),
                broken(
                        "Gumbel noise of the wrong sign takes the lowest",
                        (scores, tokens, budget, seed) ->
                                Draw.gumbel(1).draw(changed(scores, value -> -value, false), tokens, budget, seed)),
                result(
                        "weights are not paid for",
                        right -> right.stream()
                                .map(one -> new Drawn(one.ordinal(), 2))
                                .toList()),
                result(
                        "one of them twice",
                        right -> Stream.concat(right.stream(), right.stream().limit(1))
                                .toList()),
                result("half of the budget", right -> right.subList(0, right.size() / 2)),
                result(
                        "ordinals from 1",
                        right -> right.stream()
                                .map(one -> new Drawn(one.ordinal() + 1, one.weight()))
                                .toList()),
                result("another order each time", right -> {
                    List<Drawn> turned = new ArrayList<>(right);
                    Collections.rotate(turned, CALLS.incrementAndGet());
                    return turned;
                }),
                result("by the threads that there are", right -> {
                    List<Drawn> turned = new ArrayList<>(right);
                    Collections.rotate(turned, ForkJoinTask.getPool() == null ? 0 : 1);
                    return turned;
                }),
                result("by the language of the machine", right -> {
                    List<Drawn> turned = new ArrayList<>(right);
                    Collections.rotate(
                            turned, "I".toLowerCase(Locale.getDefault()).equals("i") ? 0 : 1);
                    return turned;
                }),
                broken("null", (scores, tokens, budget, seed) -> Contracts.nothing()));
    }

    /** The best first, to be overridden. */
    private static class Ranked implements Draw {
        @Override
        public String id() {
            return "ranked";
        }

        @SuppressWarnings("UnusedVariable") // those that are broken take it
        List<Integer> order(InfluenceScores scores, Seed seed) {
            return IntStream.range(0, scores.size())
                    .filter(scores::isScored)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -scores.value(i)))
                    .collect(Collectors.toCollection(ArrayList::new));
        }

        boolean ends(boolean hasPassedOver, long left, long limit) {
            return hasPassedOver && left < limit / 200;
        }

        boolean fits(long cost, long spent, long limit) {
            return cost <= limit - spent;
        }

        @Override
        public List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
            List<Drawn> drawn = new ArrayList<>();
            long spent = 0;
            boolean hasPassedOver = false;
            for (int ordinal : order(scores, seed)) {
                if (ends(hasPassedOver, budget.limit() - spent, budget.limit())) {
                    break;
                }
                long cost = budget.cost(tokens.applyAsLong(ordinal));
                if (fits(cost, spent, budget.limit())) {
                    drawn.add(new Drawn(ordinal, 1));
                    spent += cost;
                } else {
                    hasPassedOver = true;
                }
            }
            return drawn;
        }
    }

    private static DynamicTest ranked(String mistake, Supplier<Draw> draw) {
        return Contracts.told(mistake, contract(draw, true));
    }

    private interface End {
        boolean ends(boolean hasPassedOver, long left, long limit);
    }

    private static DynamicTest ends(String mistake, End end) {
        return ranked(mistake, () -> new Ranked() {
            @Override
            boolean ends(boolean hasPassedOver, long left, long limit) {
                return end.ends(hasPassedOver, left, limit);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongEnds_areFound() {
        return Stream.of(
                ends("with the first that does not fit", (hasPassedOver, left, limit) -> hasPassedOver),
                ends("with a tenth left", (hasPassedOver, left, limit) -> hasPassedOver && left < limit / 10),
                ends("with a 200th left though all fit", (hasPassedOver, left, limit) -> left < limit / 200),
                ends("never", (hasPassedOver, left, limit) -> false));
    }

    private static DynamicTest tokens(String mistake, LongUnaryOperator change) {
        return ranked(
                mistake,
                () -> of((scores, tokens, budget, seed) -> new Ranked()
                        .draw(scores, ordinal -> change.applyAsLong(tokens.applyAsLong(ordinal)), budget, seed)));
    }

    private static DynamicTest fits(String mistake, LongBinaryOperator sum) {
        return ranked(mistake, () -> new Ranked() {
            @Override
            boolean fits(long cost, long spent, long limit) {
                return sum.applyAsLong(cost, spent) <= limit;
            }
        });
    }

    private static DynamicTest order(String mistake, BiFunction<InfluenceScores, List<Integer>, List<Integer>> order) {
        return ranked(mistake, () -> new Ranked() {
            @Override
            List<Integer> order(InfluenceScores scores, Seed seed) {
                return order.apply(scores, super.order(scores, seed));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> largeCostsAndTies_areFound() {
        return Stream.of(
                tokens("costs of 32 bits", tokens -> (int) tokens),
                fits("a sum that overflows", (cost, spent) -> cost + spent),
                fits("a sum of 32 bits", (cost, spent) -> (int) (cost + spent)),
                order("none of score 0", (scores, order) -> {
                    order.removeIf(i -> scores.value(i) == 0);
                    return order;
                }),
                order("one of equal ones", (scores, order) -> {
                    Set<Double> seen = new HashSet<>();
                    order.removeIf(i -> !seen.add(scores.value(i)));
                    return order;
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatIsKept_isFound() {
        return Stream.of(
                ranked("the first seed", () -> new Ranked() {
                    private @Nullable Seed first;

                    @Override
                    List<Integer> order(InfluenceScores scores, Seed seed) {
                        first = first == null ? seed : first;
                        List<Integer> order = super.order(scores, seed);
                        Collections.rotate(order, (int) first.value());
                        return order;
                    }
                }),
                ranked("one list for all calls", () -> new Ranked() {
                    private final List<Drawn> kept = new ArrayList<>();

                    @Override
                    public synchronized List<Drawn> draw(
                            InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
                        List<Drawn> drawn = super.draw(scores, tokens, budget, seed);
                        kept.clear();
                        kept.addAll(drawn);
                        return kept;
                    }
                }),
                ranked("the order for all threads", () -> new Ranked() {
                    private final HandOver threads = new HandOver();
                    private List<Integer> kept = List.of();

                    @Override
                    List<Integer> order(InfluenceScores scores, Seed seed) {
                        kept = super.order(scores, seed);
                        return threads.meet(() -> kept);
                    }
                }),
                ranked("an id that counts", () -> new Ranked() {
                    private int calls;

                    @Override
                    List<Integer> order(InfluenceScores scores, Seed seed) {
                        calls++;
                        return super.order(scores, seed);
                    }

                    @Override
                    public String id() {
                        return "ranked " + calls;
                    }
                }),
                ranked("now and then another order", () -> new Ranked() {
                    private int calls;

                    @Override
                    List<Integer> order(InfluenceScores scores, Seed seed) {
                        List<Integer> order = super.order(scores, seed);
                        Collections.rotate(order, ++calls % 30 == 0 ? 1 : 0);
                        return order;
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> honestDraws_pass() {
        return Stream.of(
                Contracts.honest("the best", contract(Draw::top, true)),
                Contracts.honest("the best, by itself", contract(Ranked::new, true)),
                Contracts.honest("Gumbel", contract(() -> Draw.gumbel(0.5), true)),
                Contracts.honest("multinomial", contract(() -> Draw.multinomial(0.5), true)),
                Contracts.honest(
                        "standard scores", contract(() -> Draw.gumbel(2).standardised(), true)),
                Contracts.honest("the best half", contract(() -> Draw.topShare(0.5), false)),
                Contracts.honest("above 0", contract(() -> Draw.atLeast(0), false)),
                Contracts.honest("by group", contract(() -> Draw.top().byGroup(ordinal -> ordinal % 3), false)),
                Contracts.honest(
                        "in the order of the documents among those above 0",
                        contract(
                                () -> of((scores, tokens, budget, seed) -> {
                                    InfluenceScores.Builder equal = InfluenceScores.builder();
                                    IntStream.range(0, scores.size()).forEach(i -> {
                                        if (scores.isScored(i) && scores.value(i) > 0) {
                                            equal.add(1);
                                        } else {
                                            equal.flag("low");
                                        }
                                    });
                                    return Draw.top().draw(equal.build(), tokens, budget, seed);
                                }),
                                false)));
    }
}
