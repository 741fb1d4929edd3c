// SPDX-License-Identifier: Apache-2.0
/**
 * Choosing documents by a bandit over clusters. {@link QuadSelector} is the entrance.
 *
 * <p>A round chooses some clusters by an {@link dev.quad.ArmSelector}, draws a block of documents from each without
 * replacement, scores a sample of every block in one pass, lets an {@link Acceptance} rule take what beats the
 * threshold, and credits the clusters with what was seen. Each finished round can be appended to a journal, from which
 * an interrupted run goes on as if it had never stopped. The classes, in reading order:
 *
 * <p>What one calls
 *
 * <ul>
 *   <li>{@link QuadSelector}: clusters, an estimator and options; selects, or opens a
 *   <li>{@link QuadSession}: one run, round by round
 *   <li>{@link SelectionOptions}: every rule with its default and why; {@link Presets} has the published ones
 *   <li>{@link StagedSelector}: goes on with another estimator
 *   <li>{@link TopKSelector}: the best of all scored, the baseline; {@link RandomSelector}: the control
 * </ul>
 *
 * <p>A round, inside
 *
 * <ul>
 *   <li>{@code Bandit}: <b>begin here</b>: its Javadoc tells the algorithm, and its methods are the steps
 *   <li>{@code Pilot}: documents of the whole pool that are scored before the first round, for the {@link Threshold}
 *   <li>{@code DrawOrder}: what comes next in a cluster, by {@link Order}, {@link BlockSize} and {@link Rejected},
 *       among those that are {@code Eligible}; shuffled by a {@code Permutation}
 *   <li>{@code Block}: the documents of a pull, and by {@link Evidence} those that are scored
 *   <li>{@code Scorer}: puts them through the estimator; on a run that goes on, {@code Replay} has the scores
 *   <li>{@code BlockChoice}: asks {@link Acceptance}, {@link Redundancy} and {@code Ledger}, which knows the budget
 *   <li>{@code Crediting}: brings scores to arms by {@link Credit}, whose neighbours an {@link ArmDistance} finds
 *       ({@code CentreDistance})
 *   <li>{@link ArmTable}: what was seen of each arm, as far as {@link Memory} goes, with a {@link Prior}, by
 *       {@code Moments}; {@code RewardSample} has the spread of all
 * </ul>
 *
 * <p>Arm policies
 *
 * <ul>
 *   <li>{@code TopArms}: the arms of highest index, ties shuffled; most policies are an index for it
 *   <li>{@link Ucb1}, {@link UcbTuned}, {@link UcbV}, {@link KlUcb}: upper bounds of the mean
 *   <li>{@link GaussianThompson}, {@link EpsilonGreedy}: by chance
 *   <li>{@link GreedyArms}, {@link StaticArms}, {@link RandomArms}, {@link RoundRobinArms}: controls
 *   <li>{@link RewardUnit}: what they count in, {@code UnitInterval} for those of the interval; {@link FirstPull} and
 *       {@code UntriedArms}: an arm never tried
 * </ul>
 *
 * <p>What is written down, and played again
 *
 * <ul>
 *   <li>{@code Journal}: the file of finished rounds, a {@code RoundRecord} a line as {@code JournalFormat} has it,
 *       each with a {@code Checksum}; {@code RunManifest} says what run it is of
 *   <li>{@link PolicyComparison}: policies side by side on a {@link RewardSource}, {@code RecordedRewards} or
 *       {@code SimulatedRewards}; gives a {@link PolicyTable} of means and {@link Interval}s
 *   <li>{@link Flops}: what scoring costs; {@code Spread}: how evenly arms were pulled
 * </ul>
 *
 * <p>Memory beyond pool and clustering: one bit a document, 4 bytes a document of the clusters drawn from so far, about
 * 50 bytes a cluster, and the choices themselves.
 */
@NullMarked
package dev.quad.bandit;

import org.jspecify.annotations.NullMarked;
