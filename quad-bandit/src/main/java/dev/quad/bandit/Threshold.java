// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * What a score is compared with, τ of Zhang et al., 2025: what is above it is chosen. Fixed for a run, but for
 * {@link #adaptive}.
 */
public sealed interface Threshold {

    /** Whether τ is read off a pilot sample: documents drawn at random from the whole pool and scored first. */
    boolean needsPilot();

    /**
     * τ, in the unit of the scores; −∞ accepts everything, ∞ nothing.
     *
     * @param pilot scores of the pilot sample in any order, at least one where {@link #needsPilot}
     */
    double tau(double... pilot);

    /**
     * A given τ.
     *
     * @param tau not NaN
     */
    static Threshold absolute(double tau) {
        return new Absolute(tau);
    }

    /**
     * The score that a share q of the pool does not exceed, judged by the pilot sample: the smallest score of the
     * sample with at least {@code q·n} of its n scores at or below it. Free of the scale of the scores. Where that is
     * the largest score of the sample and at least two have it, nothing would be above it however many documents of the
     * pool are as good: τ is then the largest score below it, and −∞ where all are equal.
     *
     * @param q in {@code [0, 1]}; 0.5 is the median, and 1 lets through only what is above the whole sample, ties or
     *     not
     */
    static Threshold quantile(double q) {
        return new Quantile(q);
    }

    /**
     * A {@link #quantile} that lets through so many times what the budget is of the documents that can be drawn, but
     * not more than half of them: {@code q = max(½, 1 − times·share)}. The session, which knows both, fills it in.
     *
     * @param times above 0; 3 leaves a choice, and does not send the run through the whole pool
     */
    static Threshold forBudget(double times) {
        return new ForBudget(times);
    }

    /**
     * This threshold for a budget; itself unless it depends on that.
     *
     * @param share what the budget is of all that can be drawn, in its unit, above 0; above 1 where the budget is
     *     larger
     */
    default Threshold forShare(DoubleSupplier share) {
        return this;
    }

    /** Rounds in a row without a choice after which the threshold is lowered. */
    default int patience() {
        return SelectionOptions.UNLIMITED;
    }

    /** The next lower threshold, by the same pilot; empty if it stays. */
    default Optional<Threshold> lowered() {
        return Optional.empty();
    }

    /**
     * A {@link #quantile} that is lowered when it starves the run: each time that {@code patience} rounds in a row
     * chose nothing, by {@code step}, down to {@code lowest}. Listeners hear of each time, and it is logged.
     *
     * @param q in {@code [0, 1]}, where to begin
     * @param step above 0
     * @param lowest in {@code [0, q]}
     * @param patience {@code >= 1}
     */
    static Threshold adaptive(double q, double step, double lowest, int patience) {
        return new Adaptive(q, step, lowest, patience);
    }

    /** Everything is good enough. */
    static Threshold none() {
        return new Absolute(Double.NEGATIVE_INFINITY);
    }

    /** See {@link #absolute}. */
    record Absolute(double tau) implements Threshold {
        /** Checks τ. */
        public Absolute {
            if (Double.isNaN(tau)) {
                throw new IllegalArgumentException("the threshold is NaN; allowed is any number, −∞ or ∞");
            }
        }

        @Override
        public boolean needsPilot() {
            return false;
        }

        @Override
        public double tau(double... pilot) {
            return tau;
        }
    }

    /** See {@link #quantile}. */
    record Quantile(double q) implements Threshold {
        /** Checks the share. */
        public Quantile {
            if (!(q >= 0 && q <= 1)) {
                throw new IllegalArgumentException("the threshold's quantile is " + q + "; allowed is [0, 1]");
            }
        }

        @Override
        public boolean needsPilot() {
            return true;
        }

        @Override
        public double tau(double... pilot) {
            Objects.requireNonNull(pilot, "the scores of the pilot are null");
            if (pilot.length == 0) {
                throw new IllegalArgumentException("the threshold is a quantile of no scores; give at least one");
            }
            double[] sorted = pilot.clone();
            Arrays.sort(sorted);
            double tau = sorted[(int) Math.max(0, Math.ceil(q * sorted.length) - 1)];
            double best = sorted[sorted.length - 1];
            boolean common = sorted.length > 1 && sorted[sorted.length - 2] == best;
            return q < 1 && common && tau == best ? below(best, sorted) : tau;
        }

        private static double below(double best, double... sorted) {
            return Arrays.stream(sorted).filter(score -> score < best).max().orElse(Double.NEGATIVE_INFINITY);
        }
    }

    /** See {@link #forBudget}. */
    record ForBudget(double times) implements Threshold {
        /** Checks the factor. */
        public ForBudget {
            if (!(times > 0 && times < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("the threshold lets through " + times
                        + " times the budget's share of the pool; allowed is above 0");
            }
        }

        @Override
        public boolean needsPilot() {
            return true;
        }

        @Override
        public Threshold forShare(DoubleSupplier share) {
            Objects.requireNonNull(share, "what gives the share of the budget is null");
            return new Quantile(Math.max(0.5, 1 - times * share.getAsDouble()));
        }

        @Override
        public double tau(double... pilot) {
            throw new IllegalStateException("the threshold depends on the budget; ask what forShare gives");
        }
    }

    /** See {@link #adaptive}. */
    record Adaptive(double q, double step, double lowest, int patience) implements Threshold {
        /** Checks the numbers. */
        public Adaptive {
            if (!(q >= 0 && q <= 1 && step > 0 && lowest >= 0 && lowest <= q && patience >= 1)) {
                throw new IllegalArgumentException("the adaptive threshold has q " + q + ", step " + step + ", lowest "
                        + lowest + ", patience " + patience
                        + "; allowed are q in [0, 1], a step above 0, lowest in [0, q] and a patience of 1 or more");
            }
        }

        @Override
        public boolean needsPilot() {
            return true;
        }

        @Override
        public double tau(double... pilot) {
            Objects.requireNonNull(pilot, "the scores of the pilot are null");
            return new Quantile(q).tau(pilot);
        }

        @Override
        public Optional<Threshold> lowered() {
            return q > lowest
                    ? Optional.of(new Adaptive(Math.max(lowest, q - step), step, lowest, patience))
                    : Optional.empty();
        }
    }
}
