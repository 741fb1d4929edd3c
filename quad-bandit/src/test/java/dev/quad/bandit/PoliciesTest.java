// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.ArmSelector;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PoliciesTest {
    private static final int ARMS = 40;

    private static RandomGenerator random(long place) {
        return new Seed(2).stream("test", place);
    }

    private static List<ArmSelector> all() {
        List<ArmSelector> all = new ArrayList<>(Policies.learning());
        all.addAll(Policies.blind());
        return all;
    }

    /** Rewards in [0, 1], every fifth arm unknown, every seventh exhausted. */
    private static ArmTable known(long key) {
        RandomGenerator random = random(key);
        ArmTable table = new ArmTable(ARMS, arm -> 30, arm -> arm % 7 == 3 ? 0 : 1 + arm % 25);
        for (int arm = 0; arm < ARMS; arm++) {
            for (int pull = 0; arm % 5 != 0 && pull < 1 + random.nextInt(6); pull++) {
                table.start(arm);
                table.reward(arm, random.doubles(random.nextInt(5)).toArray());
            }
        }
        return table;
    }

    /** The arms by an index, the highest first; no ties are expected. */
    private static int[] sorted(ArmTable table, int count, IntToDoubleFunction index) {
        return IntStream.range(0, ARMS)
                .filter(arm -> table.remaining(arm) > 0)
                .filter(arm -> table.evidence(arm) > 0)
                .boxed()
                .sorted((a, b) -> Double.compare(index.applyAsDouble(b), index.applyAsDouble(a)))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static int[] ofThoseWithMean(ArmTable table, int[] arms, int count) {
        return Arrays.stream(arms)
                .filter(arm -> table.evidence(arm) > 0)
                .limit(count)
                .toArray();
    }

    @Test
    void policies_anyTable_chooseDistinctArmsWithSomethingLeft() {
        for (ArmSelector policy : all()) {
            for (int count : new int[] {1, 7, 34, ARMS, 1000}) {
                ArmTable table = known(count);
                int[] arms = policy.select(table, count, random(count));
                assertThat(arms).as(policy.id()).hasSize(Math.min(count, 34)).doesNotHaveDuplicates();
                assertThat(Arrays.stream(arms)).allMatch(arm -> arm % 7 != 3);
                assertThat(policy.select(table, count, random(count))).isEqualTo(arms);
            }
            assertThat(policy.select(new ArmTable(3, arm -> 1, arm -> 0), 2, random(0)))
                    .isEmpty();
            assertThatThrownBy(() -> policy.select(known(1), 0, random(0)))
                    .hasMessage("the number of arms wanted is 0; allowed is 1 or more");
        }
    }

    @Test
    void ids_ofDifferentPolicies_differ() {
        assertThat(all().stream().map(ArmSelector::id)).doesNotHaveDuplicates();
        assertThat(Ucb1.absolute(1e-4)
                        .plusOne()
                        .finite()
                        .tiesByNumber()
                        .firstPull(FirstPull.optimistic(2))
                        .id())
                .isEqualTo("Ucb1[alpha=1.0E-4, unit=RAW, plusOne, finite, Optimistic[mean=2.0], tiesByNumber]");
        assertThat(KlUcb.standardised().id()).contains("KlUcb", "ROBUST");
    }

    @Test
    void forced_unknownArms_comeFirst() {
        ArmTable table = known(3);
        Set<ArmSelector> others = Set.of(new StaticArms());
        for (ArmSelector policy : Policies.learning()) {
            if (policy.id().contains("Optimistic") || others.contains(policy) || policy instanceof EpsilonGreedy) {
                continue;
            }
            assertThat(policy.select(table, 7, random(4)))
                    .as(policy.id())
                    .containsExactlyInAnyOrder(0, 5, 15, 20, 25, 30, 35);
        }
    }

    @Test
    void ucb1_variants_followTheirFormulas() {
        for (long key = 0; key < 20; key++) {
            ArmTable t = known(key);
            double log = 2 * Math.log(t.totalTrials());
            assertThat(ofThoseWithMean(t, Ucb1.absolute(0.3).plusOne().select(t, 99, random(key)), 99))
                    .isEqualTo(sorted(t, 99, arm -> t.mean(arm) + 0.3 * Math.sqrt(log / (t.trials(arm) + 1))));
            assertThat(ofThoseWithMean(t, Ucb1.absolute(0.3).finite().select(t, 12, random(key)), 5))
                    .isEqualTo(sorted(
                            t,
                            5,
                            arm -> t.mean(arm)
                                    + 0.3 * Math.sqrt(log / t.trials(arm) * (1 - (29.0 - t.remaining(arm)) / 30))));
            assertThat(ofThoseWithMean(t, Ucb1.of(0.2, RewardUnit.ROBUST).select(t, 14, random(key)), 6))
                    .isEqualTo(sorted(
                            t, 6, arm -> t.mean(arm) + 0.2 * t.rewardScale() * Math.sqrt(log / t.trials(arm))));
        }
    }

    @Test
    void ucb1_optimistic_ranksUnknownArmsByTheirAssumedMean() {
        ArmTable table = new ArmTable(3, arm -> 9, arm -> 9);
        for (int i = 0; i < 50; i++) {
            table.start(0);
            table.reward(0, 0.5);
            table.start(1);
            table.reward(1, 0.1);
        }
        Ucb1 code = Ucb1.absolute(1e-4).plusOne();
        assertThat(code.firstPull(FirstPull.optimistic(0.3)).select(table, 3, random(0)))
                .containsExactly(0, 2, 1);
        assertThat(code.firstPull(FirstPull.optimistic(0.6)).select(table, 3, random(0)))
                .containsExactly(2, 0, 1);
        assertThat(Ucb1.absolute(0).tiesByNumber().select(new ArmTable(5, arm -> 1, arm -> 1), 3, random(0)))
                .containsExactly(0, 1, 2);
    }

    @Test
    void tunedAndV_followTheirFormulas() {
        for (long key = 0; key < 20; key++) {
            ArmTable t = known(key);
            double log = Math.log(t.totalEvidence());
            assertThat(ofThoseWithMean(t, new UcbTuned(RewardUnit.RAW).select(t, 15, random(key)), 8))
                    .isEqualTo(sorted(t, 8, arm -> {
                        double n = t.evidence(arm);
                        return t.mean(arm)
                                + Math.sqrt(log / n * Math.min(0.25, t.variance(arm) + Math.sqrt(2 * log / n)));
                    }));
            assertThat(ofThoseWithMean(t, new UcbV(0.7, RewardUnit.RAW).select(t, 15, random(key)), 8))
                    .isEqualTo(sorted(t, 8, arm -> {
                        double n = t.evidence(arm);
                        return t.mean(arm) + Math.sqrt(2 * t.variance(arm) * 0.7 * log / n) + 3 * 0.7 * log / n;
                    }));
        }
    }

    @Test
    void thompson_draws_areNormalWithTheDeviationOfTheMean() {
        assertThat(GaussianThompson.normal(0.5)).isZero();
        assertThat(GaussianThompson.normal(0.975)).isCloseTo(1.959963984540054, within(1e-8));
        assertThat(GaussianThompson.normal(0.001)).isCloseTo(-3.090232306167813, within(1e-8));
        assertThat(GaussianThompson.normal(1e-9)).isCloseTo(-5.997807015007687, within(1e-7));
        ArmTable table = new ArmTable(2, arm -> 1, arm -> 1);
        double[] rewards = new double[4];
        table.start(0);
        table.reward(0, rewards);
        Arrays.fill(rewards, 0.5);
        table.start(1);
        table.reward(1, rewards);
        // the difference of the draws is N(0.5, 2·(1/2)²): positive with probability Φ(0.5/0.7071) = 0.7602
        int wins = 0;
        for (int place = 0; place < 20_000; place++) {
            wins += new GaussianThompson(1, RewardUnit.RAW).select(table, 1, random(place))[0];
        }
        assertThat(wins / 20_000.0).isCloseTo(0.7602, within(0.012));
    }

    @Test
    void epsilonGreedy_epsilon_isTheShareOfChance() {
        ArmTable table = new ArmTable(100, arm -> 9, arm -> 9);
        for (int arm = 0; arm < 100; arm++) {
            table.start(arm);
            table.reward(arm, arm);
        }
        int best = 0;
        for (int place = 0; place < 2000; place++) {
            int[] arms = new EpsilonGreedy(0.3).select(table, 5, random(place));
            assertThat(arms).hasSize(5).doesNotHaveDuplicates();
            best += (int) Arrays.stream(arms).filter(arm -> arm >= 95).count();
        }
        assertThat(best / 10_000.0).isCloseTo(0.7, within(0.03));
        assertThat(new EpsilonGreedy(0).select(table, 3, random(0))).containsExactly(99, 98, 97);
    }

    @Test
    void staticArms_laterRewards_changeNothing() {
        ArmTable table = new ArmTable(2, arm -> 9, arm -> 9);
        table.start(0);
        table.reward(0, 1);
        table.start(1);
        table.reward(1, 2);
        table.start(1);
        table.reward(1, -100);
        assertThat(new StaticArms().select(table, 2, random(0))).containsExactly(1, 0);
        assertThat(new GreedyArms().select(table, 2, random(0))).containsExactly(0, 1);
        table.start(0);
        assertThat(new RoundRobinArms().select(table, 1, random(0))).isNotEmpty();
    }

    @Test
    void pullsInFlight_count_soThatRoundsMayOverlap() {
        for (ArmSelector policy : List.of(Ucb1.standardised(0.5), UcbTuned.standardised(), KlUcb.standardised())) {
            ArmTable table = new ArmTable(6, arm -> 9, arm -> 9);
            int[] first = policy.select(table, 3, random(0));
            Arrays.stream(first).forEach(table::start);
            int[] second = policy.select(table, 3, random(1));
            assertThat(IntStream.concat(Arrays.stream(first), Arrays.stream(second))
                            .sorted())
                    .as(policy.id())
                    .containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @Test
    void prior_knownArms_areRankedWithoutAFirstPull() {
        Prior prior = Prior.of(new double[] {2, 2, 0, 2}, new double[] {1, 3, 0, 2});
        ArmTable table = new ArmTable(4, arm -> 9, arm -> 9, Memory.forever(), prior);
        assertThat(Ucb1.absolute(0.1).select(table, 4, random(0))).containsExactly(2, 1, 3, 0);
        table.start(1);
        table.reward(1, 0, 0, 0, 0);
        assertThat(table.mean(1)).isCloseTo(1, within(1e-12));
        assertThat(table.trials(1)).isEqualTo(3);
        assertThat(table.pulls(1)).isEqualTo(1);
        assertThatThrownBy(() -> Prior.of(new double[] {-1}, new double[] {0}))
                .hasMessageStartingWith("the prior of arm 0 has weight -1.0 and mean 0.0; allowed are");
        assertThatThrownBy(() -> new ArmTable(3, arm -> 9, arm -> 9, Memory.forever(), prior))
                .hasMessage("the prior is of 4 arms and the clustering has 3 clusters");
    }

    @Test
    void scale_fewExtremeRewards_doNotMoveTheRobustOne() {
        ArmTable table = new ArmTable(1, arm -> 9, arm -> 9);
        RandomGenerator random = random(9);
        table.start(0);
        table.reward(
                0,
                random.doubles(5000)
                        .map(u -> GaussianThompson.normal(0.5e-9 + u * (1 - 1e-9)))
                        .toArray());
        assertThat(table.rewardScale()).isCloseTo(1, within(0.12));
        assertThat(table.rewardCentre()).isCloseTo(0, within(0.15));
        double before = table.rewardScale();
        table.reward(0, 1e9, -1e9, 1e9);
        assertThat(table.rewardScale()).isCloseTo(before, within(0.02));
        assertThat(table.rewardSpread()).isGreaterThan(1e6);
        ArmTable bits = new ArmTable(1, arm -> 9, arm -> 9);
        bits.start(0);
        bits.reward(0, 1, 1, 1, 1, 1, 1, 1, 0);
        assertThat(bits.rewardScale()).isEqualTo(bits.rewardSpread());
    }
}
