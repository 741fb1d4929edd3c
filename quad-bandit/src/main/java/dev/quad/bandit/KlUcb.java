// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.random.RandomGenerator;

/**
 * The largest mean that the rewards of an arm do not speak against: {@code max q: n·kl(p, q) ≤ ln N + c·ln ln N} with p the
 * arm's mean on {@code [0, 1]} and kl the divergence of Bernoulli distributions (KL-UCB; Garivier and Cappé, 2011). Never
 * wider than UCB1 with α = 1/2, and much narrower near 0 and 1. Here n counts scored documents.
 *
 * <p>Only arms that may be among the best are worked out in full: an arm is turned away if its divergence from the worst index
 * of the best so far is too large, which two bounds without a logarithm of p settle for most: Pinsker's, and the cross entropy
 * less ln 2.
 *
 * @param c weight of the second term, in {@code [0, 1e100]}; 3 in theory, 0 in practice
 * @param unit with {@link RewardUnit#RAW} rewards must lie in {@code [0, 1]}; else six units are laid on it
 */
public record KlUcb(double c, RewardUnit unit) implements ArmSelector {
    private static final double EDGE = 1e-15;
    private static final int STEPS = 50;
    private static final double LOG_2 = Math.log(2);

    /** Checks c. */
    public KlUcb {
        if (!(c >= 0 && c <= 1e100)) {
            throw new IllegalArgumentException("c is " + c + "; allowed is [0, 1e100]");
        }
    }

    /** Without the second term, in robust standard deviations of the rewards. */
    public static KlUcb standardised() {
        return new KlUcb(0, RewardUnit.ROBUST);
    }

    @Override
    public String id() {
        return toString();
    }

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        UnitInterval interval = UnitInterval.of(statistics, unit);
        double log = Math.log(Math.max(1, statistics.totalEvidence()));
        double limit = log + c * Math.max(0, Math.log(Math.max(1, log)));
        return TopArms.select(statistics, count, random, new TopArms.Index() {
            @Override
            public double of(int arm, long rank) {
                return Tried.hasMean(statistics, arm)
                        ? upper(interval.place(statistics.mean(arm)), limit / statistics.evidence(arm))
                        : Tried.without(statistics, arm);
            }

            private double known = Double.NaN;
            private double logFloor;
            private double logRest;

            @Override
            public boolean mayReach(double floor, int arm, long rank) {
                double evidence = statistics.evidence(arm);
                double p = interval.place(statistics.mean(arm));
                double gap = floor - p;
                if (evidence == 0 || gap <= 0) {
                    return true;
                }
                if (2 * gap * gap * evidence > limit) {
                    return false;
                }
                if (floor != known) {
                    known = floor;
                    logFloor = Math.log(Math.max(EDGE, floor));
                    logRest = Math.log(Math.max(EDGE, 1 - floor));
                }
                double crossEntropy = -p * logFloor - (1 - p) * logRest;
                return evidence * (crossEntropy - LOG_2) <= limit && evidence * divergence(p, floor) <= limit;
            }
        });
    }

    /** max q: kl(p, q) ≤ limit, from below, by bisection between p and Pinsker's bound. */
    static double upper(double p, double limit) {
        double low = p;
        double high = Math.min(1, p + Math.sqrt(limit / 2));
        for (int step = 0; step < STEPS && high - low > 1e-9; step++) {
            double middle = 0.5 * (low + high);
            if (divergence(p, middle) > limit) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return low;
    }

    /** kl(p, q) of Bernoulli distributions, finite at the edges. */
    static double divergence(double p, double q) {
        double x = Math.max(EDGE, Math.min(1 - EDGE, p));
        double y = Math.max(EDGE, Math.min(1 - EDGE, q));
        return x * Math.log(x / y) + (1 - x) * Math.log((1 - x) / (1 - y));
    }
}
