// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/**
 * What is known of each arm before a round: a read-only view that does not change while a selector looks at it.
 *
 * <p>Rewards are the utilities of scored items (positive = helpful), unshifted by any threshold. Counts come twice: as
 * what happened ({@link #pulls}, {@link #scored}) and as what it weighs now ({@link #trials}, {@link #evidence}). They
 * agree unless rewards are shared between arms, fade with time, are known beforehand, or are still on their way.
 */
public interface ArmStatistics {

    /** The number of arms. */
    int armCount();

    /** How many documents of the arm could be drawn at the start. */
    int size(int arm);

    /** How many documents of the arm can still be drawn; 0 means exhausted. */
    int remaining(int arm);

    /** How often the arm was pulled. */
    long pulls(int arm);

    /** The sum of {@link #pulls} over all arms. */
    long totalPulls();

    /** How many of the arm's own items were scored. */
    long scored(int arm);

    /**
     * T(C_i) of the paper: the pulls that count for the arm, {@code >= 0}: its own, those in flight, and what prior
     * knowledge and the pulls of neighbours are worth, faded where the memory fades.
     */
    double trials(int arm);

    /** ΣT, the sum of {@link #trials} over all arms. */
    double totalTrials();

    /**
     * The weight of the rewards in {@link #mean} and {@link #variance}, {@code >= 0}; the number of scored items as a
     * rule.
     */
    double evidence(int arm);

    /** The sum of {@link #evidence} over all arms. */
    double totalEvidence();

    /** The mean reward of the arm, Ī_i; 0 while {@link #evidence} is 0. */
    double mean(int arm);

    /** The sample variance of the arm's rewards (divisor n − 1); 0 while there are fewer than two. */
    double variance(int arm);

    /** {@link #mean} as it was after the first pull that brought a score; 0 before. */
    double firstMean(int arm);

    /**
     * The standard deviation of all rewards seen so far, over all arms; 0 while there are fewer than two. A unit in
     * which exploration weights can be given, since influence has no scale of its own.
     */
    double rewardSpread();

    /**
     * A robust {@link #rewardSpread}: the interquartile range of the rewards seen so far, over 1.349, so that it equals
     * the standard deviation of normal rewards and a few extreme ones do not move it. Where the range is 0, the
     * standard deviation.
     */
    double rewardScale();

    /** The median of the rewards seen so far, over all arms; 0 while there is none. */
    double rewardCentre();
}
