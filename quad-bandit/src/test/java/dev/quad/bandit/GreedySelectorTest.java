// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Objective;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import dev.quad.SetFunction;
import dev.quad.StopReason;
import dev.quad.bandit.submodular.InfluenceSum;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GreedySelectorTest {
    private static final Seed SEED = new Seed(1);

    /** An item is a set of topics as bits, which is worth how many topics there are, each less the more it is had. */
    private record Topics() implements Objective<Integer> {
        @Override
        public SetFunction over(CandidatePool<Integer> pool, Budget budget) {
            return new SetFunction() {
                @Override
                public int size() {
                    return pool.size();
                }

                @Override
                public double value(BitSet set) {
                    double sum = 0;
                    for (int topic = 0; topic < 8; topic++) {
                        int bit = 1 << topic;
                        int had = (int) set.stream()
                                .filter(item -> (pool.get(item) & bit) != 0)
                                .count();
                        sum += Math.log(1 + had);
                    }
                    return sum;
                }

                @Override
                public boolean isSubmodular() {
                    return true;
                }

                @Override
                public boolean isMonotone() {
                    return true;
                }
            };
        }

        @Override
        public String fingerprint() {
            return "topics";
        }
    }

    private static Objective<Integer> sums(double... utilities) {
        return always(new InfluenceSum(utilities));
    }

    private static Objective<Integer> always(SetFunction function) {
        return new Objective<>() {
            @Override
            public SetFunction over(CandidatePool<Integer> pool, Budget budget) {
                return function;
            }

            @Override
            public String fingerprint() {
                return "always the same";
            }
        };
    }

    private static CandidatePool<Integer> pool(List<Integer> items) {
        return CandidatePool.of(items, item -> 1 + item % 5, "pool " + items);
    }

    private static int[] ordinals(Selection selection) {
        return selection.choices().stream().mapToInt(Choice::ordinal).toArray();
    }

    /** Every gain in every round gives the same, and what is chosen is worth what theory says. */
    @Property(tries = 60)
    void select_anyPool_isPlainGreedyAndNearTheBest(
            @ForAll @Size(min = 1, max = 9) List<@IntRange(max = 255) Integer> items,
            @ForAll @IntRange(min = 1, max = 25) int limit) {
        CandidatePool<Integer> pool = pool(items);
        Budget budget = Budget.tokens(limit);
        int[] chosen = ordinals(GreedySelector.of(new Topics()).tolerance(0).select(pool, budget, SEED));
        SetFunction function = new Topics().over(pool, budget);
        assertThat(chosen).containsExactly(plain(function, pool, limit));
        int[] nearly = ordinals(GreedySelector.of(new Topics()).tolerance(0.2).select(pool, budget, SEED));
        double enough = (1 - Math.exp(0.2 - 1)) / 2;
        assertThat(Math.max(single(function, pool, limit), function.value(set(nearly))))
                .isGreaterThanOrEqualTo(enough * best(function, pool, limit) - 1e-9);
        assertThat(Math.max(single(function, pool, limit), function.value(set(chosen))))
                .isGreaterThanOrEqualTo((1 - 1 / Math.E) / 2 * best(function, pool, limit) - 1e-9);
    }

    private static double single(SetFunction function, CandidatePool<Integer> pool, int limit) {
        return IntStream.range(0, pool.size())
                .filter(item -> pool.tokens(item) <= limit)
                .mapToDouble(item -> function.value(set(item)))
                .max()
                .orElse(0);
    }

    private static int[] plain(SetFunction function, CandidatePool<Integer> pool, int limit) {
        BitSet set = new BitSet();
        List<Integer> taken = new ArrayList<>();
        BitSet refused = new BitSet();
        long left = limit;
        while (true) {
            int best = -1;
            double most = Double.NEGATIVE_INFINITY;
            for (int item = 0; item < pool.size(); item++) {
                BitSet larger = (BitSet) set.clone();
                larger.set(item);
                double ratio = (function.value(larger) - function.value(set)) / pool.tokens(item);
                if (!set.get(item) && !refused.get(item) && ratio > most) {
                    best = item;
                    most = ratio;
                }
            }
            if (best < 0) {
                return taken.stream().mapToInt(item -> item).toArray();
            }
            if (pool.tokens(best) <= left) {
                set.set(best);
                taken.add(best);
                left -= pool.tokens(best);
            } else {
                refused.set(best);
            }
            if (left == 0) {
                return taken.stream().mapToInt(item -> item).toArray();
            }
        }
    }

    private static double best(SetFunction function, CandidatePool<Integer> pool, int limit) {
        return IntStream.range(0, 1 << pool.size())
                .mapToObj(bits -> BitSet.valueOf(new long[] {bits}))
                .filter(set -> set.stream().mapToLong(pool::tokens).sum() <= limit)
                .mapToDouble(function::value)
                .max()
                .orElseThrow();
    }

    private static BitSet set(int... items) {
        BitSet set = new BitSet();
        IntStream.of(items).forEach(set::set);
        return set;
    }

    @Test
    void select_scores_areWhatEachAdded() {
        CandidatePool<Integer> pool = pool(List.of(1, 1, 2, 0));
        Selection selection = GreedySelector.of(new Topics()).select(pool, Budget.documents(9), SEED);
        assertThat(ordinals(selection)).containsExactly(0, 2, 1, 3);
        assertThat(selection.choices().get(0).score().orElseThrow()).isEqualTo(Math.log(2));
        assertThat(selection.stopReason()).isEqualTo(StopReason.EXHAUSTED);
        assertThat(selection.costs().documentsScored()).isEqualTo(4);
        assertThat(selection.manifest()).containsEntry("objective", "topics").containsEntry("selector", "greedy");
    }

    @Test
    void tolerance_outOfRange_isRefused() {
        for (double tolerance : new double[] {-0.1, 1, Double.NaN}) {
            assertThatThrownBy(() -> GreedySelector.of(new Topics()).tolerance(tolerance))
                    .hasMessage("the tolerance is " + tolerance + "; allowed is [0, 1)");
        }
    }

    @Test
    void select_notSubmodular_isRefused() {
        SetFunction function = new SetFunction() {
            @Override
            public int size() {
                return 2;
            }

            @Override
            public double value(BitSet set) {
                return set.cardinality();
            }
        };
        assertThatThrownBy(() ->
                        GreedySelector.of(always(function)).select(pool(List.of(1, 2)), Budget.documents(1), SEED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not claim to be submodular");
    }

    @Test
    void select_eligible_isHonouredAndListenersHearOfEachChoice() {
        List<Integer> told = new ArrayList<>();
        Selection selection = GreedySelector.of(new Topics())
                .among(ordinal -> ordinal != 1)
                .listener(new SelectionListener() {
                    @Override
                    public void onRoundFinished(RoundFinished event) {
                        event.choices().forEach(choice -> told.add(choice.ordinal()));
                    }
                })
                .select(pool(List.of(1, 3, 2)), Budget.documents(2), SEED);
        assertThat(ordinals(selection)).containsExactly(0, 2);
        assertThat(told).containsExactly(0, 2);
    }

    @Test
    void select_interrupted_isCancelled() {
        Thread.currentThread().interrupt();
        Selection selection = GreedySelector.of(new Topics()).select(pool(List.of(1, 2)), Budget.documents(1), SEED);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(selection.stopReason()).isEqualTo(StopReason.CANCELLED);
    }

    @Test
    void select_noFiniteGain_isNamed() {
        SetFunction broken = new SetFunction() {
            @Override
            public int size() {
                return 2;
            }

            @Override
            public double value(BitSet set) {
                return set.isEmpty() ? 0 : Double.NaN;
            }

            @Override
            public boolean isSubmodular() {
                return true;
            }
        };
        assertThatThrownBy(
                        () -> GreedySelector.of(always(broken)).select(pool(List.of(1, 2)), Budget.documents(1), SEED))
                .isInstanceOf(QuadException.class)
                .hasMessageStartingWith("document 0 adds NaN");
    }

    @Test
    void select_modular_takesTheBestRatios() {
        CandidatePool<Integer> pool = CandidatePool.of(List.of(1, 2, 3), item -> item, "lengths");
        Selection selection = GreedySelector.of(sums(2, 5, 3)).select(pool, Budget.tokens(3), SEED);
        assertThat(ordinals(selection)).containsExactly(1, 0);
        assertThat(ordinals(GreedySelector.of(sums(-1, -3, 0)).select(pool, Budget.tokens(9), SEED)))
                .containsExactly(2, 0, 1);
    }
}
