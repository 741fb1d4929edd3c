// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import java.util.List;

/** What an interval, or several, tell of a claim. */
enum Verdict {
    /** The interval lies where the claim has it. */
    HOLDS("holds"),
    /** The interval lies where the claim does not have it. */
    DOES_NOT_HOLD("does not hold"),
    /** Both are in the interval. */
    CANNOT_BE_TOLD("cannot be told at this size");

    private final String words;

    Verdict(String words) {
        this.words = words;
    }

    /**
     * Of a claim that all parts of must hold: then a wrong one is said to hold no more often than its own interval is
     * wrong, and no allowance for several is needed (Berger, 1982). Where a control fails nothing can be told.
     */
    static Verdict of(List<Verdict> parts, List<Verdict> controls) {
        if (!controls.stream().allMatch(HOLDS::equals)) {
            return CANNOT_BE_TOLD;
        }
        return parts.contains(DOES_NOT_HOLD)
                ? DOES_NOT_HOLD
                : parts.stream().allMatch(HOLDS::equals) ? HOLDS : CANNOT_BE_TOLD;
    }

    @Override
    public String toString() {
        return words;
    }
}
