// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import java.util.List;

/** Every policy of the module. */
final class Policies {
    private Policies() {}

    /** Those that learn. */
    static List<ArmSelector> learning() {
        return List.of(
                Ucb1.standardised(0.5),
                Ucb1.spread(0.5),
                Ucb1.absolute(1),
                Ucb1.standardised(0.5).plusOne(),
                Ucb1.absolute(0.5).plusOne().firstPull(FirstPull.optimistic(1)).tiesByNumber(),
                UcbTuned.standardised(),
                new UcbTuned(RewardUnit.RAW),
                UcbV.standardised(),
                new UcbV(0.5, RewardUnit.RAW),
                KlUcb.standardised(),
                new KlUcb(3, RewardUnit.RAW),
                GaussianThompson.standardised(),
                new GaussianThompson(0.5, RewardUnit.RAW),
                new EpsilonGreedy(0.1),
                new GreedyArms(),
                new StaticArms());
    }

    /** Those that do not. */
    static List<ArmSelector> blind() {
        return List.of(new RandomArms(), new RoundRobinArms());
    }
}
