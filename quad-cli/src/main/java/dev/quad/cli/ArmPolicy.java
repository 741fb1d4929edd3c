// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.ArmSelector;
import dev.quad.bandit.EpsilonGreedy;
import dev.quad.bandit.GaussianThompson;
import dev.quad.bandit.GreedyArms;
import dev.quad.bandit.KlUcb;
import dev.quad.bandit.RandomArms;
import dev.quad.bandit.RewardUnit;
import dev.quad.bandit.RoundRobinArms;
import dev.quad.bandit.StaticArms;
import dev.quad.bandit.Ucb1;
import dev.quad.bandit.UcbTuned;
import dev.quad.bandit.UcbV;
import dev.quad.files.Words;
import java.util.Optional;
import java.util.OptionalDouble;

/** The arm policies that have a name on the command line. */
enum ArmPolicy implements PolicyOption {
    UCB1,
    UCB_TUNED,
    UCB_V,
    KL_UCB,
    THOMPSON,
    EPSILON_GREEDY,
    GREEDY,
    STATIC,
    RANDOM,
    ROUND_ROBIN;

    @Override
    public ArmSelector of(OptionalDouble weight, Optional<RewardUnit> given) {
        RewardUnit unit = given.orElse(RewardUnit.ROBUST);
        return switch (this) {
            case UCB1 -> Ucb1.of(weight.orElse(Ucb1.DEFAULT_ALPHA), unit).finite();
            case UCB_TUNED -> new UcbTuned(unit);
            case UCB_V -> new UcbV(weight.orElse(UcbV.DEFAULT_ZETA), unit);
            case KL_UCB -> new KlUcb(weight.orElse(0), unit);
            case THOMPSON -> new GaussianThompson(weight.orElse(1), unit);
            case EPSILON_GREEDY -> new EpsilonGreedy(weight.orElse(0.1));
            case GREEDY -> new GreedyArms();
            case STATIC -> new StaticArms();
            case RANDOM -> new RandomArms();
            case ROUND_ROBIN -> new RoundRobinArms();
        };
    }

    @Override
    public boolean hasWeight() {
        return switch (this) {
            case UCB1, UCB_V, KL_UCB, THOMPSON, EPSILON_GREEDY -> true;
            case UCB_TUNED, GREEDY, STATIC, RANDOM, ROUND_ROBIN -> false;
        };
    }

    @Override
    public boolean hasUnit() {
        return switch (this) {
            case UCB1, UCB_TUNED, UCB_V, KL_UCB, THOMPSON -> true;
            case EPSILON_GREEDY, GREEDY, STATIC, RANDOM, ROUND_ROBIN -> false;
        };
    }

    @Override
    public String label() {
        return Words.of(this);
    }
}
