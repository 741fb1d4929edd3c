// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * UCB1 with the variance of each arm in its bonus: {@code mean + w·√(ln N / n · min(1/4, v + √(2 ln N / n)))} with v
 * the variance of the arm's rewards in the unit w² (UCB1-tuned; Auer, Cesa-Bianchi and Fischer, 2002, section 4). Here
 * n counts scored documents, so that arms of little spread are told apart sooner.
 *
 * @param unit with {@link RewardUnit#RAW} rewards must lie in {@code [0, 1]} and w = 1; else w is six units
 */
public record UcbTuned(RewardUnit unit) implements ArmSelector {
    /** Checks the unit. */
    public UcbTuned {
        Objects.requireNonNull(unit, "the unit is null; allowed are RAW, SPREAD and ROBUST");
    }

    /** In robust standard deviations of the rewards. */
    public static UcbTuned standardised() {
        return new UcbTuned(RewardUnit.ROBUST);
    }

    @Override
    public String id() {
        return toString();
    }

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        Objects.requireNonNull(statistics, "the statistics of the arms are null");
        double width = UnitInterval.of(statistics, unit).width();
        double evidence = Math.log(Math.max(1, statistics.totalEvidence()));
        return TopArms.select(statistics, count, random, new TopArms.Index() {
            @Override
            public double of(int arm, long rank) {
                if (!UntriedArms.hasMean(statistics, arm)) {
                    return UntriedArms.without(statistics, arm);
                }
                double rate = evidence / statistics.evidence(arm);
                double variance = width == 0 ? 0 : statistics.variance(arm) / (width * width);
                double spread = Math.min(0.25, variance + Math.sqrt(2 * rate));
                return statistics.mean(arm) + width * Math.sqrt(rate * spread);
            }

            @Override
            public boolean mayReach(double floor, int arm, long rank) {
                double gap = floor - statistics.mean(arm);
                return !(gap > 0) || 0.2501 * width * width * evidence >= gap * gap * statistics.evidence(arm);
            }
        });
    }
}
