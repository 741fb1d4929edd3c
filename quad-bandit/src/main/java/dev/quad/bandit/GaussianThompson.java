// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Thompson sampling with normal rewards of one known deviation: each arm draws from {@code N(mean, (s·u)²/n)}, what its
 * mean may be given its n rewards, and the highest draws win (Thompson, 1933; Agrawal and Goyal, 2013).
 *
 * @param s deviation of a reward in units u, in {@code [0, 1e100]}; 1 trusts the unit
 * @param unit with {@link RewardUnit#RAW} s is in the unit of the scores
 */
public record GaussianThompson(double s, RewardUnit unit) implements ArmSelector {
    /** Checks s. */
    public GaussianThompson {
        Objects.requireNonNull(unit, "the unit is null; allowed are RAW, SPREAD and ROBUST");
        if (!(s >= 0 && s <= 1e100)) {
            throw new IllegalArgumentException("the deviation of a reward is " + s + "; allowed is [0, 1e100]");
        }
    }

    /** In robust standard deviations of the rewards. */
    public static GaussianThompson standardised() {
        return new GaussianThompson(1, RewardUnit.ROBUST);
    }

    @Override
    public String id() {
        return toString();
    }

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        Objects.requireNonNull(statistics, "the statistics of the arms are null");
        double deviation = s * unit.of(statistics);
        return TopArms.select(statistics, count, random, (arm, rank) -> {
            if (!UntriedArms.hasMean(statistics, arm)) {
                return UntriedArms.without(statistics, arm);
            }
            double uniform = ((RewardSample.mix(rank) >>> 12) + 0.5) * 0x1.0p-52;
            return statistics.mean(arm) + deviation * normal(uniform) / Math.sqrt(statistics.evidence(arm));
        });
    }

    /**
     * The standard normal quantile within 1.2e-9 of itself (Acklam, 2003): a polynomial quotient for most arguments,
     * where Box and Muller need two slow functions.
     *
     * @param p in {@code (0, 1)}
     */
    static double normal(double p) {
        double edge = Math.min(p, 1 - p);
        if (edge >= 0.02425) {
            double q = p - 0.5;
            double r = q * q;
            double above = ((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r
                                                    + 1.383577518672690e+02)
                                            * r
                                    - 3.066479806614716e+01)
                            * r
                    + 2.506628277459239e+00;
            double below = ((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r
                                                    + 6.680131188771972e+01)
                                            * r
                                    - 1.328068155288572e+01)
                            * r
                    + 1;
            return above * q / below;
        }
        double q = StrictMath.sqrt(-2 * StrictMath.log(edge));
        double above = ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q
                                                - 2.549732539343734e+00)
                                        * q
                                + 4.374664141464968e+00)
                        * q
                + 2.938163982698783e+00;
        double below = (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q
                                + 3.754408661907416e+00)
                        * q
                + 1;
        return p < 0.5 ? above / below : -above / below;
    }
}
