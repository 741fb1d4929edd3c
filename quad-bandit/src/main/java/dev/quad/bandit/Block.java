// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.Arrays;

/**
 * The documents of one pull, those with a score first: what the pilot knows, then what is scored now, then the rest.
 *
 * <p>Both parts of the sample are uniform: the pilot was drawn without regard to scores, and the order of an arm is a
 * shuffle. So documents that the pilot knows replace others in the sample and save their scoring.
 */
final class Block {
    private final int arm;
    private final int[] documents;
    private final int known;
    private final int sampled;

    /**
     * Arranges what was drawn.
     *
     * @param sample documents of a block to score at most, those known included
     */
    Block(int arm, int[] drawn, int sample, Pilot pilot) {
        this.arm = arm;
        this.documents = new int[drawn.length];
        int first = 0;
        for (int ordinal : drawn) {
            if (pilot.indexOf(ordinal) >= 0) {
                documents[first++] = ordinal;
            }
        }
        this.known = first;
        for (int ordinal : drawn) {
            if (pilot.indexOf(ordinal) < 0) {
                documents[first++] = ordinal;
            }
        }
        this.sampled = Math.max(known, Math.min(sample, drawn.length));
    }

    int arm() {
        return arm;
    }

    int[] documents() {
        return documents;
    }

    /** How many documents at the front are known from the pilot. */
    int known() {
        return known;
    }

    /** How many documents at the front have scores in the end. */
    int sampled() {
        return sampled;
    }

    /** The documents to be scored now. */
    int[] fresh() {
        return Arrays.copyOfRange(documents, known, sampled);
    }

    /**
     * The scores of the sampled documents.
     *
     * @param scores of the fresh documents of all blocks of the round
     * @param from where those of this block start
     */
    InfluenceScores evidence(Pilot pilot, InfluenceScores scores, int from) {
        InfluenceScores.Builder evidence = InfluenceScores.builder();
        for (int i = 0; i < known; i++) {
            copy(evidence, pilot.scores(), pilot.indexOf(documents[i]));
        }
        for (int i = known; i < sampled; i++) {
            copy(evidence, scores, from + i - known);
        }
        return evidence.build();
    }

    /** Appends one item of a result to another. */
    static void copy(InfluenceScores.Builder target, InfluenceScores source, int item) {
        if (source.isScored(item)) {
            target.add(source.value(item));
        } else {
            target.flag(source.reason(item).orElseThrow());
        }
    }
}
