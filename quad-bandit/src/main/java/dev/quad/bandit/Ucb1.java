// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * The cluster score of Quad: the arms with the highest upper confidence bound.
 *
 * <p>{@code CS_i = Ī_i + α·u·√(2 ln ΣT / T_i)} (Zhang et al., ICLR 2025; UCB1: Auer, Cesa-Bianchi and Fischer, 2002),
 * with Ī_i the mean utility of the arm's scored documents and T_i its pulls. The unit u is 1 or the standard deviation
 * of all rewards. Influence has no scale of its own: with an absolute α far below the gaps between clusters the policy
 * is greedy, far above them it goes round all arms; α in spreads explores alike at every scale.
 *
 * <p>An arm never pulled comes before all others. An arm that was pulled without any document being scored has no mean
 * and comes after all others. Equal arms are ordered by chance. Costs O(arms · log count) at worst, O(arms) as a rule.
 *
 * @param alpha exploration weight, in {@code [0, 1e100]}
 * @param inSpreads whether α is counted in standard deviations of the rewards rather than in units of reward
 */
public record Ucb1(double alpha, boolean inSpreads) implements ArmSelector {
    /** In spreads: from 0.2 to 0.5 found the good clusters best in simulation, and 2 explored too much. */
    public static final double DEFAULT_ALPHA = 0.5;

    private static final double LARGEST = 1e100;

    /** Checks α. */
    public Ucb1 {
        if (!(alpha >= 0 && alpha <= LARGEST)) {
            throw new IllegalArgumentException("alpha is " + alpha + "; allowed is [0, " + LARGEST + "]");
        }
    }

    /** α in standard deviations of the rewards, free of the scale of the scores; try {@link #DEFAULT_ALPHA}. */
    public static Ucb1 spread(double alpha) {
        return new Ucb1(alpha, true);
    }

    /** α in units of reward, as the paper prints it; its code uses 1e-4. */
    public static Ucb1 absolute(double alpha) {
        return new Ucb1(alpha, false);
    }

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        return TopArms.select(statistics, count, random, index(statistics));
    }

    @Override
    public String id() {
        return toString();
    }

    /** CS of each arm, with the parts shared by all arms worked out once. */
    IntToDoubleFunction index(ArmStatistics statistics) {
        double weight = alpha * (inSpreads ? statistics.rewardSpread() : 1.0);
        double evidence = 2.0 * Math.log((double) Math.max(1, statistics.totalPulls()));
        return arm -> {
            long pulls = statistics.pulls(arm);
            if (pulls == 0) {
                return Double.POSITIVE_INFINITY;
            }
            if (statistics.scored(arm) == 0) {
                return Double.NEGATIVE_INFINITY;
            }
            return statistics.mean(arm) + weight * Math.sqrt(evidence / (double) pulls);
        };
    }
}
