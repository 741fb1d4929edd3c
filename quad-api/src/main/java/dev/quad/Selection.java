// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * What a run chose, why it stopped and what it cost. Equals what a re-run from its manifest gives.
 *
 * @param choices the chosen documents, in the order in which they were accepted; each ordinal at most once
 * @param stopReason why the run ended
 * @param costs what the run took
 * @param manifest options, fingerprints and the seed, as {@code seed} and in decimal, that determine the result, by
 *     name, in a fixed order
 */
public record Selection(List<Choice> choices, StopReason stopReason, Costs costs, Map<String, String> manifest) {

    /** Copies what can change. */
    public Selection {
        Objects.requireNonNull(choices, "the choices are null");
        Objects.requireNonNull(manifest, "the manifest is null");
        Objects.requireNonNull(stopReason, "the stop reason of the selection is null");
        Objects.requireNonNull(costs, "the costs of the selection are null");
        choices = List.copyOf(choices);
        manifest = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(manifest));
    }

    /**
     * One chosen document.
     *
     * @param ordinal its place in the pool
     * @param score its utility, positive = helpful; empty where it was accepted on the evidence of others of its block
     * @param arm the cluster it was drawn from; −1 for selectors without arms
     * @param round the round that accepted it, from 1; 0 for selectors without rounds
     * @param weight how often it is to be trained on, {@code >= 1}; it counts as often in the budget and its tokens in
     *     the costs
     */
    public record Choice(int ordinal, OptionalDouble score, int arm, int round, int weight) {
        /** Checks them. */
        public Choice {
            Objects.requireNonNull(score, "the score of a choice is null; allowed is an empty one");
            if (ordinal < 0 || arm < -1 || round < 0 || !Double.isFinite(score.orElse(0)) || weight < 1) {
                throw new IllegalArgumentException("a choice has the ordinal " + ordinal + ", the score "
                        + score.orElse(0) + ", the arm " + arm + ", the round " + round + " and the weight " + weight
                        + "; allowed are ordinals and rounds of 0 or more, arms of -1 or more, finite scores and"
                        + " weights of 1 or more");
            }
        }

        /** With the weight 1. */
        public Choice(int ordinal, OptionalDouble score, int arm, int round) {
            this(ordinal, score, arm, round, 1);
        }
    }

    /**
     * What a run took.
     *
     * @param documentsChosen number of choices
     * @param tokensChosen their tokens, as often as their weights
     * @param documentsScored documents that went through the estimator
     * @param documentsFlagged those of them that could not be scored
     * @param tokensScored tokens that went through the model for them
     * @param rounds completed rounds
     * @param pulls arms pulled, over all rounds
     * @param flops floating-point operations of the scores, those of tokens scored by
     *     {@link InfluenceEstimator#flopsPerToken}, finite and {@code >= 0}; embedding and clustering the pool, and
     *     making the estimator, come on top. Empty where the estimator does not tell
     */
    public record Costs(
            long documentsChosen,
            long tokensChosen,
            long documentsScored,
            long documentsFlagged,
            long tokensScored,
            int rounds,
            long pulls,
            OptionalDouble flops) {

        /** Checks that none is negative. */
        public Costs {
            if (documentsChosen < 0
                    || tokensChosen < 0
                    || documentsScored < 0
                    || documentsFlagged < 0
                    || tokensScored < 0
                    || rounds < 0
                    || pulls < 0) {
                throw new IllegalArgumentException("the costs are " + documentsChosen + " documents of " + tokensChosen
                        + " tokens chosen, " + documentsScored + " of " + tokensScored + " tokens scored, "
                        + documentsFlagged + " flagged, " + rounds + " rounds and " + pulls
                        + " pulls; allowed is 0 or more of each");
            }
            Objects.requireNonNull(flops, "the flops are null; allowed is an empty number");
            if (flops.isPresent() && !(flops.getAsDouble() >= 0 && flops.getAsDouble() < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("the operations are " + flops.getAsDouble()
                        + "; allowed is 0 or more and finite: look at the estimator's flopsPerToken");
            }
        }
    }

    /**
     * Why the run ended, as a clause in plain words: those of the {@linkplain #stopReason stop reason}, or why there
     * was nothing to choose at all: an empty pool, no document that is eligible by the manifest, or none that could be
     * scored.
     */
    public String reason() {
        if (stopReason != StopReason.EXHAUSTED || !choices.isEmpty()) {
            return stopReason.words();
        }
        if ("0".equals(manifest.get("documents"))) {
            return "the pool is empty";
        }
        if (manifest.getOrDefault("eligible", "").startsWith("0 of ")) {
            return "no document was eligible";
        }
        return costs.documentsScored() > 0 && costs.documentsFlagged() == costs.documentsScored()
                ? "none of the " + costs.documentsScored() + " documents could be scored"
                : stopReason.words();
    }

    /** Without what was chosen, which may be millions. */
    @Override
    public String toString() {
        return "selection of " + choices.size() + " documents, " + costs.tokensChosen() + " tokens; " + reason();
    }
}
