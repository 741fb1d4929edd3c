// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Seed;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Rewards to try policies on, recorded or simulated. Reward number n of an arm is the same whoever draws it and when,
 * so that policies can be compared on the same luck.
 */
public interface RewardSource {

    /** The number of arms. */
    int arms();

    /** How many rewards an arm has. */
    int size(int arm);

    /**
     * One reward of an arm.
     *
     * @param draw how many rewards of the arm were drawn before, in {@code [0, size(arm))}
     * @param seed of the repetition
     * @return a finite number
     */
    double reward(int arm, int draw, Seed seed);

    /** The mean of an arm where it is known, which regret is measured against. */
    OptionalDouble mean(int arm);

    /**
     * Normal rewards.
     *
     * @param means of the arms, copied
     * @param deviation of a reward from the mean of its arm, {@code >= 0}
     * @param size rewards of each arm
     */
    static RewardSource normal(double[] means, double deviation, int size) {
        Objects.requireNonNull(means, "the means are null");
        return new SimulatedRewards(means, deviation, size, false);
    }

    /**
     * Rewards of 0 and 1.
     *
     * @param means of the arms, in {@code [0, 1]}, copied
     * @param size rewards of each arm
     */
    static RewardSource bernoulli(double[] means, int size) {
        Objects.requireNonNull(means, "the means are null");
        return new SimulatedRewards(means, 0, size, true);
    }

    /**
     * The scores that a run left in its journal, by arm; each repetition takes them in an order of its own. What the
     * run never scored cannot be drawn, so that this compares policies on the documents which one policy chose to look
     * at.
     *
     * @throws dev.quad.InputException if the file is no journal, or is damaged
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    static RewardSource recorded(Path journal) {
        Objects.requireNonNull(journal, "the journal is null");
        return RecordedRewards.read(journal);
    }
}
