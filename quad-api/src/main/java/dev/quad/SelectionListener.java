// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.Objects;

/**
 * Follows a run. Progress bars, logs and plots are listeners. Called on the selecting thread, in order; an exception
 * from a listener ends the run and reaches the caller unchanged.
 */
public interface SelectionListener {

    /** While documents are scored to set the threshold by, the pilot: before the first batch and after each. */
    default void onPilotScored(PilotScored event) {}

    /** Before the first round. */
    default void onRunStarted(RunStarted event) {}

    /** When the threshold was lowered, before {@link #onRoundFinished} of the round that it follows. */
    default void onThresholdLowered(ThresholdLowered event) {}

    /** After each round, once its result is safe. */
    default void onRoundFinished(RoundFinished event) {}

    /** After the last round. */
    default void onRunFinished(RunFinished event) {}

    /**
     * How far the pilot is.
     *
     * @param scored documents of it that are scored
     * @param documents documents of it
     */
    record PilotScored(int scored, int documents) {}

    /**
     * The start of a run.
     *
     * @param arms number of clusters that can be drawn from
     * @param documents documents that can be drawn
     * @param budget what may be chosen
     * @param threshold acceptance threshold τ, in the unit of the scores; −∞ accepts everything
     * @param resumedRounds rounds taken over from an earlier, interrupted run
     */
    record RunStarted(int arms, int documents, Budget budget, double threshold, int resumedRounds) {
        /** Checks that all is there. */
        public RunStarted {
            Objects.requireNonNull(budget, "the budget is null; give Budget.documents or Budget.tokens");
        }
    }

    /**
     * A threshold that let too little through.
     *
     * @param round the last round under the old threshold
     * @param before τ until now, in the unit of the scores
     * @param after τ from now on
     */
    record ThresholdLowered(int round, double before, double after) {}

    /**
     * The end of a round.
     *
     * @param round from 1
     * @param pulls the arms of this round, best first
     * @param spent budget used so far, in its unit
     * @param chosen documents chosen so far
     * @param documentsScored documents scored so far
     * @param choices what this round chose, in order; to train on, for one. Empty where all is chosen at the end, as by
     *     {@code TopKSelector}
     */
    record RoundFinished(
            int round,
            List<ArmPulled> pulls,
            long spent,
            long chosen,
            long documentsScored,
            List<Selection.Choice> choices) {

        /** Copies the lists. */
        public RoundFinished {
            Objects.requireNonNull(pulls, "the pulls are null");
            Objects.requireNonNull(choices, "the choices are null");
            pulls = List.copyOf(pulls);
            choices = List.copyOf(choices);
        }
    }

    /**
     * One pull of one arm.
     *
     * @param arm the cluster
     * @param drawn documents in the block
     * @param scored documents of the block that have a score
     * @param mean mean utility of these, 0 if none
     * @param accepted documents of the block that were chosen
     */
    record ArmPulled(int arm, int drawn, int scored, double mean, int accepted) {}

    /**
     * The end of a run.
     *
     * @param selection the result
     */
    record RunFinished(Selection selection) {
        /** Checks that all is there. */
        public RunFinished {
            Objects.requireNonNull(selection, "the selection is null");
        }
    }
}
