// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.Arrays;
import java.util.List;

/**
 * What a round drew, saw and chose; the content of a journal line.
 *
 * @param round from 1; 0 is the pilot. A pilot and a batch of {@link TopKSelector} have one pull, of {@link #NO_ARM}
 * @param pulls in the order of the round
 * @param tokens tokens that went through the model
 */
record RoundRecord(int round, List<Pull> pulls, long tokens) {
    static final int NO_ARM = -1;

    /** The pilot as a round of one pull. */
    static RoundRecord ofPilot(int[] sample, InfluenceScores scores) {
        return ofScores(0, sample, scores);
    }

    /** A round that scores documents, without an arm and without a choice. */
    static RoundRecord ofScores(int round, int[] documents, InfluenceScores scores) {
        return new RoundRecord(round, List.of(new Pull(NO_ARM, documents, scores, new int[0])), scores.tokens());
    }

    /** What a pull drew, saw and chose. */
    static final class Pull {
        private final int arm;
        private final int[] drawn;
        private final int[] probes;
        private final InfluenceScores scores;
        private final int[] accepted;

        /** With scores of the first documents drawn. */
        Pull(int arm, int[] drawn, InfluenceScores scores, int[] accepted) {
            this(arm, drawn, Arrays.copyOf(drawn, scores.size()), scores, accepted);
        }

        Pull(int arm, int[] drawn, int[] probes, InfluenceScores scores, int[] accepted) {
            this.arm = arm;
            this.drawn = drawn;
            this.probes = probes;
            this.scores = scores;
            this.accepted = accepted;
        }

        int arm() {
            return arm;
        }

        /** Ordinals of the block. */
        int[] drawn() {
            return drawn;
        }

        /** Ordinals of those with scores, the first of the block as a rule. */
        int[] probes() {
            return probes;
        }

        /** Whether the scores are those of the first documents of the block. */
        boolean scoresTheBlock() {
            return probes.length <= drawn.length && Arrays.equals(probes, 0, probes.length, drawn, 0, probes.length);
        }

        /** Of the probes. */
        InfluenceScores scores() {
            return scores;
        }

        /** Ordinals chosen. */
        int[] accepted() {
            return accepted;
        }
    }
}
