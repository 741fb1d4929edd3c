// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * The largest mean that the rewards of an arm do not speak against: {@code max q: n·kl(p, q) ≤ ln N + c·ln ln N} with p
 * the arm's mean on {@code [0, 1]} and kl the divergence of Bernoulli distributions (KL-UCB; Garivier and Cappé, 2011).
 * Never wider than UCB1 with α = 1/2, and much narrower near 0 and 1. Here n counts scored documents.
 *
 * <p>Arms are ordered by {@code u = −ln(1 − q)}, which is the order of q and still tells arms apart where q rounds to
 * 1, as it does for most arms with few rewards among many. In u the equation {@code (1−p)·u − p·ln(1−e⁻ᵘ) = limit/n +
 * h(p)}, h the entropy, is convex, so that Newton's steps from above go straight to its root. Only an arm that may be
 * among the best is worked out: whether its u is above the worst of the best so far is the same inequality at that u,
 * whose two logarithms are shared by all arms, and for h a polynomial from above does. So most arms cost a dozen
 * multiplications.
 *
 * @param c weight of the second term, in {@code [0, 1e100]}; 3 in theory, 0 in practice
 * @param unit with {@link RewardUnit#RAW} rewards must lie in {@code [0, 1]}; else six units are laid on it
 */
public record KlUcb(double c, RewardUnit unit) implements ArmSelector {
    private static final double LOG_2 = Math.log(2);
    /** Of the test that spares a root, which must never turn away for rounding. */
    private static final double SLACK = 1e-9;

    /** A relative step after which the error, about its square, is below rounding. */
    private static final double CLOSE = 1e-9;

    private static final int LARGEST_STEPS = 100;

    /** Checks c. */
    public KlUcb {
        Objects.requireNonNull(unit, "the unit is null; allowed are RAW, SPREAD and ROBUST");
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
        Objects.requireNonNull(statistics, "the statistics of the arms are null");
        return TopArms.select(statistics, count, random, new Score(statistics));
    }

    /** u of each arm; {@code ±∞} for arms without a mean, and below that for the others. */
    final class Score implements TopArms.Index {
        private final ArmStatistics statistics;
        private final UnitInterval interval;
        private final double limit;
        private double floor = Double.NaN;
        private double floorMean;
        private double floorLog;

        Score(ArmStatistics statistics) {
            this.statistics = statistics;
            this.interval = UnitInterval.of(statistics, unit);
            double log = Math.log(Math.max(1, statistics.totalEvidence()));
            this.limit = log + c * Math.max(0, Math.log(Math.max(1, log)));
        }

        @Override
        public double of(int arm, long rank) {
            return UntriedArms.hasMean(statistics, arm)
                    ? exponent(interval.place(statistics.mean(arm)), limit / statistics.evidence(arm))
                    : UntriedArms.without(statistics, arm);
        }

        @Override
        public boolean mayReach(double worst, int arm, long rank) {
            if (worst != floor) {
                floor = worst;
                floorMean = -Math.expm1(-worst);
                floorLog = -Math.log(floorMean);
            }
            double evidence = statistics.evidence(arm);
            double p = interval.place(statistics.mean(arm));
            if (evidence == 0 || floorMean <= p) {
                return true;
            }
            double crossEntropy = (1 - p) * floor + p * floorLog;
            return evidence * (crossEntropy * (1 - SLACK) - entropyAtMost(p)) <= limit;
        }
    }

    /** max u: kl(p, 1 − e⁻ᵘ) ≤ limit; a number for p = 1 too. */
    static double exponent(double p, double limit) {
        if (p == 1) {
            return Double.MAX_VALUE;
        }
        double rest = 1 - p;
        double own = -Math.log1p(-p);
        double target = limit + entropy(p);
        double pinsker = p + Math.sqrt(limit / 2);
        double u = Math.min(Double.MAX_VALUE, target / rest);
        if (pinsker < 1) {
            u = Math.min(u, -Math.log1p(-pinsker));
        }
        for (int step = 0; step < LARGEST_STEPS && p > 0; step++) {
            double more = Math.expm1(u);
            double above = rest * u + p * Math.log1p(1 / more) - target;
            double next = Math.max(own, u - above / (rest - p / more));
            if (!(u - next > CLOSE * u)) {
                return next < u ? next : u;
            }
            u = next;
        }
        return u;
    }

    /** h(p) = −p ln p − (1−p) ln(1−p). */
    private static double entropy(double p) {
        return p == 0 || p == 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log1p(-p);
    }

    /** The first terms of {@code ln 2 − Σ (2p−1)²ᵏ/(2k(2k−1))}, whose terms all have one sign. */
    private static double entropyAtMost(double p) {
        double y = (2 * p - 1) * (2 * p - 1);
        return LOG_2 - y * (1.0 / 2 + y * (1.0 / 12 + y * (1.0 / 30 + y * (1.0 / 56 + y * (1.0 / 90)))));
    }
}
