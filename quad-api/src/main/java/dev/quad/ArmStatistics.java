// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/**
 * What is known of each arm before a round: a read-only view that does not change while a selector looks at it.
 *
 * <p>Rewards are the utilities of scored items (positive = helpful), unshifted by any threshold.
 */
public interface ArmStatistics {

    /** The number of arms. */
    int armCount();

    /** How often the arm was pulled: T(C_i) of the paper. */
    long pulls(int arm);

    /** Over how many scored items {@link #mean} and {@link #variance} are taken. */
    long scored(int arm);

    /** The mean reward of the arm's scored items, Ī_i; 0 while {@link #scored} is 0. */
    double mean(int arm);

    /** The sample variance (divisor n − 1) of the arm's rewards; 0 while {@link #scored} is below 2. */
    double variance(int arm);

    /** How many documents of the arm can still be drawn; 0 means exhausted. */
    int remaining(int arm);

    /** The sum of {@link #pulls} over all arms, ΣT. */
    long totalPulls();

    /**
     * The standard deviation of all rewards seen so far, over all arms; 0 while there are fewer than two. The unit in
     * which exploration weights can be given, since influence has no scale of its own.
     */
    double rewardSpread();
}
