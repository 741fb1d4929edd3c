// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/** What is thought of an arm that was never tried. */
public sealed interface FirstPull {

    /** Every arm is tried once before any is tried twice, as UCB1's theory wants. */
    static FirstPull forced() {
        return new Forced();
    }

    /**
     * The arm is taken to have this mean, with the bonus of one trial. The paper's code is optimistic by its threshold,
     * which it subtracts from every reward while unknown arms stay at 0.
     *
     * @param mean in the unit of the scores, finite
     */
    static FirstPull optimistic(double mean) {
        return new Optimistic(mean);
    }

    /**
     * The index of an arm without a trial.
     *
     * @param bonus of one trial
     */
    double index(double bonus);

    /** See {@link #forced}. */
    record Forced() implements FirstPull {
        @Override
        public double index(double bonus) {
            return Double.POSITIVE_INFINITY;
        }
    }

    /** See {@link #optimistic}. */
    record Optimistic(double mean) implements FirstPull {
        /** Checks the mean. */
        public Optimistic {
            if (!Double.isFinite(mean)) {
                throw new IllegalArgumentException(
                        "the mean of an untried arm is " + mean + "; allowed are finite numbers");
            }
        }

        @Override
        public double index(double bonus) {
            return mean + bonus;
        }
    }
}
