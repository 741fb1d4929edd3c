// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Upper confidence bounds by the empirical Bernstein inequality: {@code mean + √(2 v ζ ln N / n) + 3 w ζ ln N / n} with
 * v the variance of the arm's rewards and w their range (UCB-V; Audibert, Munos and Szepesvári, 2009, with c = 1). Here
 * n counts scored documents.
 *
 * @param zeta exploration weight, in {@code [0, 1e100]}; the theory wants more than 1
 * @param unit with {@link RewardUnit#RAW} rewards must lie in {@code [0, 1]} and w = 1; else w is six units
 */
public record UcbV(double zeta, RewardUnit unit) implements ArmSelector {
    /** Little above what the theory wants. */
    public static final double DEFAULT_ZETA = 1.2;

    /** Checks ζ. */
    public UcbV {
        Objects.requireNonNull(unit, "the unit is null; allowed are RAW, SPREAD and ROBUST");
        if (!(zeta >= 0 && zeta <= 1e100)) {
            throw new IllegalArgumentException("zeta is " + zeta + "; allowed is [0, 1e100]");
        }
    }

    /** The default ζ, in robust standard deviations of the rewards. */
    public static UcbV standardised() {
        return new UcbV(DEFAULT_ZETA, RewardUnit.ROBUST);
    }

    @Override
    public String id() {
        return toString();
    }

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        Objects.requireNonNull(statistics, "the statistics of the arms are null");
        double width = UnitInterval.of(statistics, unit).width();
        double evidence = zeta * Math.log(Math.max(1, statistics.totalEvidence()));
        return TopArms.select(statistics, count, random, (arm, rank) -> {
            if (!UntriedArms.hasMean(statistics, arm)) {
                return UntriedArms.without(statistics, arm);
            }
            double rate = evidence / statistics.evidence(arm);
            return statistics.mean(arm) + Math.sqrt(2 * statistics.variance(arm) * rate) + 3 * width * rate;
        });
    }
}
