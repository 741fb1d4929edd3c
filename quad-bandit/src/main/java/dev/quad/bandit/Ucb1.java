// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The cluster score of Quad: the arms with the highest upper confidence bound.
 *
 * <p>{@code CS_i = Ī_i + α·u·√(2 ln ΣT / T_i)} (Zhang et al., 2025, cluster score; UCB1: Auer, Cesa-Bianchi and
 * Fischer, 2002), with Ī_i the mean utility of the arm's scored documents and T_i its {@linkplain ArmStatistics#trials
 * trials}. The unit u is 1 or a standard deviation of all rewards. Influence has no scale of its own: with an absolute
 * α far below the gaps between clusters the policy is greedy, far above them it goes round all arms; α in deviations
 * explores alike at every scale.
 *
 * <p>Variants: {@link #plusOne} divides by T_i + 1, as the paper's code does. {@link #finite} multiplies the bonus by
 * {@code √(1 − (n−1)/N)} for n of N documents drawn (Serfling, 1974; Féraud and Urvoy, "A stochastic bandit algorithm
 * for scratch games", 2012), so that it vanishes as a cluster is used up. {@link #firstPull} says what is thought of an
 * arm never tried.
 *
 * <p>An arm that was pulled without any document being scored has no mean and comes after all others. Equal arms are
 * ordered by chance, or by number with {@link #tiesByNumber}. Costs O(arms · log count) at worst, O(arms) as a rule.
 */
public final class Ucb1 implements ArmSelector {
    /**
     * In deviations: from 0.2 to 0.5 found the good clusters best in simulation, and 2 explored too much; of the values
     * from 0.1 to 1 this found the domain of the reference best in a pool of many.
     */
    public static final double DEFAULT_ALPHA = 0.25;

    private static final double LARGEST = 1e100;
    /** Rounding of the comparison that spares a root. */
    private static final double SLACK = 1e-12;

    private final double alpha;
    private final RewardUnit unit;
    private final boolean plusOne;
    private final boolean finite;
    private final FirstPull firstPull;
    private final boolean tiesByNumber;

    private Ucb1(
            double alpha, RewardUnit unit, boolean plusOne, boolean finite, FirstPull firstPull, boolean tiesByNumber) {
        if (!(alpha >= 0 && alpha <= LARGEST)) {
            throw new IllegalArgumentException("alpha is " + alpha + "; allowed is [0, " + LARGEST + "]");
        }
        this.alpha = alpha;
        this.unit = Objects.requireNonNull(unit, "the unit of alpha is null; allowed are RAW, SPREAD and ROBUST");
        this.plusOne = plusOne;
        this.finite = finite;
        this.firstPull = Objects.requireNonNull(firstPull, "firstPull is null; allowed is FirstPull.forced()");
        this.tiesByNumber = tiesByNumber;
    }

    /**
     * The variant to use: α in robust standard deviations of the rewards, and clusters that end.
     *
     * @param alpha exploration weight, in {@code [0, 1e100]}; try {@link #DEFAULT_ALPHA}
     */
    public static Ucb1 standardised(double alpha) {
        return of(alpha, RewardUnit.ROBUST).finite();
    }

    /** α in standard deviations of the rewards, nothing else changed from the paper. */
    public static Ucb1 spread(double alpha) {
        return of(alpha, RewardUnit.SPREAD);
    }

    /** α in units of reward, as the paper prints it; its code uses 1e-4. */
    public static Ucb1 absolute(double alpha) {
        return of(alpha, RewardUnit.RAW);
    }

    /** α in a unit, each arm first tried once. */
    public static Ucb1 of(double alpha, RewardUnit unit) {
        return new Ucb1(alpha, unit, false, false, FirstPull.forced(), false);
    }

    /** With T_i + 1 under the root. */
    public Ucb1 plusOne() {
        return new Ucb1(alpha, unit, true, finite, firstPull, tiesByNumber);
    }

    /** With a bonus that vanishes as a cluster is used up. */
    public Ucb1 finite() {
        return new Ucb1(alpha, unit, plusOne, true, firstPull, tiesByNumber);
    }

    /** With this opinion of arms never tried; {@link FirstPull#forced} unless set. */
    public Ucb1 firstPull(FirstPull value) {
        return new Ucb1(alpha, unit, plusOne, finite, value, tiesByNumber);
    }

    /** With equal arms in the order of their numbers. */
    public Ucb1 tiesByNumber() {
        return new Ucb1(alpha, unit, plusOne, finite, firstPull, true);
    }

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        Objects.requireNonNull(statistics, "the statistics of the arms are null");
        Score score = new Score(statistics);
        return tiesByNumber
                ? TopArms.selectInOrder(statistics, count, score)
                : TopArms.select(statistics, count, random, score);
    }

    @Override
    public String id() {
        return "Ucb1[alpha=" + alpha + ", unit=" + unit + (plusOne ? ", plusOne" : "") + (finite ? ", finite" : "")
                + (firstPull.equals(FirstPull.forced()) ? "" : ", " + firstPull)
                + (tiesByNumber ? ", tiesByNumber" : "") + "]";
    }

    private List<Object> values() {
        return List.of(alpha, unit, plusOne, finite, firstPull, tiesByNumber);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Ucb1 that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return id();
    }

    /** CS of an arm. */
    double index(ArmStatistics statistics, int arm) {
        return new Score(statistics).of(arm, 0);
    }

    /** CS of each arm, with the parts shared by all arms worked out once. */
    private final class Score implements TopArms.Index {
        private final ArmStatistics statistics;
        private final double weight;
        private final double evidence;

        Score(ArmStatistics statistics) {
            this.statistics = statistics;
            this.weight = alpha * unit.of(statistics);
            this.evidence = 2.0 * Math.log(Math.max(1, statistics.totalTrials()));
        }

        @Override
        public double of(int arm, long rank) {
            double trials = statistics.trials(arm);
            if (trials == 0) {
                return firstPull.index(weight * Math.sqrt(evidence));
            }
            if (statistics.evidence(arm) == 0) {
                return Double.NEGATIVE_INFINITY;
            }
            double bonus = Math.sqrt(evidence / (plusOne ? trials + 1 : trials));
            return statistics.mean(arm) + weight * (finite ? bonus * Math.sqrt(left(arm)) : bonus);
        }

        private double left(int arm) {
            int size = statistics.size(arm);
            return Math.min(1.0, (statistics.remaining(arm) + 1.0) / size);
        }

        /** The same comparison without roots and quotients. */
        @Override
        public boolean mayReach(double floor, int arm, long rank) {
            double trials = statistics.trials(arm);
            double gap = floor - statistics.mean(arm);
            double needed = gap * gap * trials;
            return !(gap > 0 && weight * weight * evidence < needed * (1 - SLACK)) || trials == 0;
        }
    }
}
