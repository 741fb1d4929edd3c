// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Budget;
import dev.quad.Draw;
import dev.quad.Draw.Drawn;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
                    java.util.Collections.rotate(turned, CALLS.incrementAndGet());
                    return turned;
                }),
                result("by the threads that there are", right -> {
                    List<Drawn> turned = new ArrayList<>(right);
                    java.util.Collections.rotate(turned, ForkJoinTask.getPool() == null ? 0 : 1);
                    return turned;
                }),
                result("by the language of the machine", right -> {
                    List<Drawn> turned = new ArrayList<>(right);
                    java.util.Collections.rotate(
                            turned, "I".toLowerCase(Locale.getDefault()).equals("i") ? 0 : 1);
                    return turned;
                }),
                broken("null", (scores, tokens, budget, seed) -> Contracts.nothing()));
    }

    @TestFactory
    Stream<DynamicTest> honestDraws_pass() {
        return Stream.of(
                Contracts.honest("the best", contract(Draw::top, true)),
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
