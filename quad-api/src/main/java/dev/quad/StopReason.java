// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/** Why a selection ended. */
public enum StopReason {
    /** The budget is used; what is left of it is smaller than any document that was tried. */
    BUDGET("the budget is used"),
    /** Every document was drawn and taken if it could be scored, and they do not fill the budget. */
    EXHAUSTED("every document was drawn"),
    /** Every document was drawn, and so many were turned down that the rest does not fill the budget. */
    STARVED("every document was drawn and too few were good enough"),
    /** The allowed number of rounds is over. */
    ROUNDS("the allowed number of rounds is over"),
    /** Several rounds in a row accepted nothing. */
    PATIENCE("too many rounds in a row accepted nothing"),
    /** The thread was interrupted. */
    CANCELLED("the run was cancelled");

    private final String words;

    StopReason(String words) {
        this.words = words;
    }

    /** The reason as a clause in plain words. */
    public String words() {
        return words;
    }
}
