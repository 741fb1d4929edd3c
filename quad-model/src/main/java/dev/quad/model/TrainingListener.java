// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

/** Follows a training. Called on the training thread; an exception ends the training and reaches the caller. */
@FunctionalInterface
public interface TrainingListener {

    /**
     * After each step.
     *
     * @param step from 1
     * @param tokens predicted tokens so far
     * @param totalTokens predicted tokens of the whole training
     * @param loss mean loss of this step's tokens before the update, in nats
     */
    void onStep(int step, long tokens, long totalTokens, double loss);

    /**
     * After the loss on the held-out part was measured.
     *
     * @param step the step after which, from 1
     * @param loss mean loss of a token, in nats
     */
    default void onEvaluation(int step, double loss) {}

    /**
     * Before the state after a step is written. A training that goes on from the state does not tell what came before
     * it again, so that what was told up to here must be kept when this returns.
     *
     * @param step the step after which, from 1
     * @return a text that the state carries, for {@link #onResume}
     */
    default String onSave(int step) {
        return "";
    }

    /**
     * Before the first step of a training that goes on from a state. What was told of later steps is told again.
     *
     * @param step the last step that the state knows
     * @param kept what {@link #onSave} returned then
     */
    default void onResume(int step, String kept) {}
}
