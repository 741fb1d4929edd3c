// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ArmSelector;
import dev.quad.Seed;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Pseudo-regret on stationary Bernoulli arms, one arm a round, mean of 20 fixed seeds. */
class RegretTest {
    private static final double[] MEANS = {0.1, 0.2, 0.3, 0.45, 0.5, 0.9};
    private static final double BEST = 0.9;

    private static double regret(ArmSelector policy, int rounds) {
        return LongStream.range(0, 20)
                .mapToDouble(seed -> regret(policy, rounds, new Seed(seed)))
                .average()
                .orElseThrow();
    }

    private static double regret(ArmSelector policy, int rounds, Seed seed) {
        ArmTable table = new ArmTable(MEANS.length, arm -> 1);
        RandomGenerator rewards = seed.stream("rewards");
        RandomGenerator choices = seed.stream("choices");
        double regret = 0;
        for (int round = 0; round < rounds; round++) {
            int arm = policy.select(table, 1, choices)[0];
            table.pull(arm);
            table.credit(arm, ArmPolicyTest.rewards(rewards.nextDouble() < MEANS[arm] ? 1 : 0));
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
    void ucb1_stationaryArms_staysUnderItsBoundAndGrowsSlowly() {
        double half = regret(Ucb1.absolute(1), 10_000);
        double full = regret(Ucb1.absolute(1), 20_000);
        assertThat(half).isLessThan(bound(10_000));
        assertThat(full).isLessThan(bound(20_000)).isLessThan(1.25 * half);
    }

    @Test
    void ucb1_stationaryArms_beatsRandomAndGreedy() {
        double random = regret(new RandomArms(), 2_000);
        double greedy = regret(new GreedyArms(), 2_000);
        double ucb = regret(Ucb1.spread(Ucb1.DEFAULT_ALPHA), 2_000);
        assertThat(ucb).isLessThan(0.1 * random).isLessThan(0.7 * greedy);
    }
}
