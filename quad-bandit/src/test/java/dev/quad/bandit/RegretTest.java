// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ArmSelector;
import dev.quad.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Pseudo-regret on stationary arms, fixed seeds. */
class RegretTest {
    private static final double[] MEANS = {0.1, 0.2, 0.3, 0.45, 0.5, 0.9};
    private static final double BEST = 0.9;

    private static double regret(ArmSelector policy, int rounds) {
        return LongStream.range(0, 20)
                .mapToDouble(seed -> regret(policy, rounds, new Seed(seed)))
                .average()
                .orElseThrow();
    }

    /** Bernoulli arms, one a round. */
    private static double regret(ArmSelector policy, int rounds, Seed seed) {
        ArmTable table = new ArmTable(MEANS.length, arm -> rounds, arm -> rounds);
        RandomGenerator rewards = seed.stream("rewards");
        RandomGenerator choices = seed.stream("choices");
        double regret = 0;
        for (int round = 0; round < rounds; round++) {
            int arm = policy.select(table, 1, choices)[0];
            table.start(arm);
            table.reward(arm, rewards.nextDouble() < MEANS[arm] ? 1 : 0);
            regret += BEST - MEANS[arm];
        }
        return regret;
    }

    /** Auer, Cesa-Bianchi and Fischer, 2002, theorem 1: 8 Σ ln T / Δ_i + (1 + π²/3) Σ Δ_i. */
    private static double bound(int rounds) {
        double bound = 0;
        for (double mean : MEANS) {
            double gap = BEST - mean;
            bound += gap == 0 ? 0 : 8 * Math.log(rounds) / gap + (1 + Math.PI * Math.PI / 3) * gap;
        }
        return bound;
    }

    @Test
    void ucb1_everySeed_staysUnderTheTextbookBound() {
        for (long seed = 0; seed < 100; seed++) {
            for (int rounds : new int[] {100, 1000, 5000}) {
                assertThat(regret(Ucb1.absolute(1), rounds, new Seed(seed)))
                        .as("seed %d, %d rounds", seed, rounds)
                        .isLessThan(bound(rounds));
            }
        }
    }

    @Test
    void ucb1_twiceTheRounds_addLessThanAQuarter() {
        double half = regret(Ucb1.absolute(1), 10_000);
        assertThat(regret(Ucb1.absolute(1), 20_000)).isLessThan(1.25 * half);
    }

    @Test
    void policies_thatLearn_beatRandom() {
        double random = regret(new RandomArms(), 2_000);
        for (ArmSelector policy : Policies.learning()) {
            assertThat(regret(policy, 2_000)).as(policy.id()).isLessThan(0.8 * random);
        }
        double greedy = regret(new GreedyArms(), 2_000);
        double ucb = regret(Ucb1.spread(Ucb1.DEFAULT_ALPHA), 2_000);
        assertThat(ucb).isLessThan(0.1 * random).isLessThan(0.7 * greedy);
    }

    /**
     * 200 clusters, 20 a round, rewards of any scale: the share of truly best clusters in the second half. In the unit
     * of the scores α = 1 finds them at one scale only.
     */
    @Test
    void standardised_anyScale_findsTheBest() {
        for (double scale : new double[] {1e-6, 0.01, 1, 100}) {
            assertThat(shareOfBest(Ucb1.of(0.5, RewardUnit.ROBUST), scale)).isGreaterThan(0.85);
        }
        assertThat(shareOfBest(Ucb1.absolute(0.5), 1)).isGreaterThan(0.85);
        assertThat(shareOfBest(Ucb1.absolute(0.5), 0.01)).isLessThan(0.2);
    }

    private static double shareOfBest(ArmSelector policy, double scale) {
        int arms = 200;
        RandomGenerator random = new Seed(6).stream("scale");
        double[] means =
                IntStream.range(0, arms).mapToDouble(i -> random.nextGaussian()).toArray();
        double twentieth = Arrays.stream(means).sorted().toArray()[arms - 20];
        ArmTable table = new ArmTable(arms, arm -> 1, arm -> 1);
        int good = 0;
        for (int round = 0; round < 400; round++) {
            for (int arm : policy.select(table, 20, random)) {
                double[] rewards = new double[20];
                Arrays.setAll(rewards, i -> scale * (means[arm] + random.nextGaussian()));
                table.start(arm);
                table.reward(arm, rewards);
                good += round >= 200 && means[arm] >= twentieth ? 1 : 0;
            }
        }
        return good / (20.0 * 200);
    }
}
