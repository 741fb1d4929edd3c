// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/** How long a reward counts. */
public sealed interface Memory {

    /** Every reward counts alike: arms that do not change. */
    static Memory forever() {
        return new Forever();
    }

    /**
     * Each round weighs γ times as much as the one after it (discounted UCB; Kocsis and Szepesvári, 2006): arms that
     * drift.
     *
     * @param gamma in {@code (0, 1)}
     */
    static Memory discounted(double gamma) {
        return new Discounted(gamma);
    }

    /**
     * Only the last rounds count (sliding-window UCB; Garivier and Moulines, 2011): arms that change at once.
     *
     * @param rounds {@code >= 1}
     */
    static Memory window(int rounds) {
        return new Window(rounds);
    }

    /** What a reward weighs a round later, of what it weighed, in {@code (0, 1]}. */
    default double discount() {
        return 1;
    }

    /** How many rounds a reward counts. */
    default int rounds() {
        return Integer.MAX_VALUE;
    }

    /** Whether a reward counts for some rounds only. */
    default boolean isBounded() {
        return rounds() < Integer.MAX_VALUE;
    }

    /** See {@link #forever}. */
    record Forever() implements Memory {}

    /** See {@link #discounted}. */
    record Discounted(double gamma) implements Memory {
        /** Checks γ. */
        public Discounted {
            if (!(gamma > 0 && gamma < 1)) {
                throw new IllegalArgumentException("the discount is " + gamma + "; allowed is (0, 1)");
            }
        }

        @Override
        public double discount() {
            return gamma;
        }
    }

    /** See {@link #window}. */
    record Window(int rounds) implements Memory {
        /** Checks the rounds. */
        public Window {
            if (rounds < 1) {
                throw new IllegalArgumentException("the window has " + rounds + " rounds; allowed is 1 or more");
            }
        }
    }
}
