// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.ArmSelector;
import dev.quad.Seed;
import dev.quad.bandit.ArmTable;
import dev.quad.bandit.EpsilonGreedy;
import dev.quad.bandit.GaussianThompson;
import dev.quad.bandit.KlUcb;
import dev.quad.bandit.RandomArms;
import dev.quad.bandit.RoundRobinArms;
import dev.quad.bandit.StaticArms;
import dev.quad.bandit.Ucb1;
import dev.quad.bandit.UcbTuned;
import dev.quad.bandit.UcbV;
import java.util.random.RandomGenerator;

/** Arms that were all pulled once or more, with normal means and rewards. */
final class ArmSelectionCase {
    static final int CHOSEN = 50;

    private final ArmSelector policy;
    private final ArmTable table;

    ArmSelectionCase(String policy, int arms) {
        this.policy = policy(policy);
        int[] left = new int[arms];
        this.table = new ArmTable(arms, arm -> 100, arm -> left[arm]);
        RandomGenerator random = new Seed(1).stream("benchmark");
        for (int arm = 0; arm < arms; arm++) {
            left[arm] = random.nextInt(20) == 0 ? 0 : 50;
            double mean = random.nextGaussian();
            for (int pull = random.nextInt(3); pull >= 0; pull--) {
                table.start(arm);
                table.reward(arm, mean + random.nextGaussian(), mean + random.nextGaussian());
            }
        }
    }

    static ArmSelector policy(String name) {
        return switch (name) {
            case "ucb1" -> Ucb1.standardised(0.5);
            case "tuned" -> UcbTuned.standardised();
            case "v" -> UcbV.standardised();
            case "kl" -> KlUcb.standardised();
            case "thompson" -> GaussianThompson.standardised();
            case "epsilon" -> new EpsilonGreedy(0.1);
            case "static" -> new StaticArms();
            case "robin" -> new RoundRobinArms();
            case "random" -> new RandomArms();
            default -> throw new IllegalArgumentException("no policy " + name);
        };
    }

    int[] select(RandomGenerator random) {
        return policy.select(table, CHOSEN, random);
    }

    ArmTable table() {
        return table;
    }
}
