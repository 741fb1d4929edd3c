// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/** How long a reward counts. */
public sealed interface Memory {

    /** Every reward counts alike: arms that do not change. */
    static Memory forever() {
        return new Forever();
    }

    /**
     * Each round weighs γ times as much as the one after it (discounted UCB; Kocsis and Szepesvári, 2006): arms that drift.
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
