// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.Arrays;

/**
 * The documents of one pull, and those that are scored to judge them: what the pilot knows first, then what is scored
 * now. As a rule these are the first of the block.
 *
 * <p>Both parts of the sample are uniform: the pilot was drawn without regard to scores, and the order of an arm is a
 * shuffle. So documents that the pilot knows replace others in the sample and save their scoring.
 */
final class Block {
    private final int arm;
    private final int[] documents;
    private final int[] probes;
    private final int known;

    private Block(int arm, int[] documents, int[] probes, int known) {
        this.arm = arm;
        this.documents = documents;
        this.probes = probes;
        this.known = known;
    }

    /**
     * A block that is judged by a sample of itself.
     *
     * @param sample documents of the block to score at most, those known included
     */
    static Block judgedByItself(int arm, int[] drawn, int sample, Pilot pilot) {
        int[] documents = knownFirst(drawn, pilot);
        int known = known(documents, pilot);
        int sampled = Math.max(known, Math.min(sample, drawn.length));
        return new Block(arm, documents, Arrays.copyOf(documents, sampled), known);
    }

    /** A block that is judged by other documents. */
    static Block judgedBy(int[] probes, int arm, int[] documents, Pilot pilot) {
        int[] arranged = knownFirst(probes, pilot);
        return new Block(arm, documents, arranged, known(arranged, pilot));
    }

    private static int[] knownFirst(int[] drawn, Pilot pilot) {
        int[] arranged = new int[drawn.length];
        int first = 0;
        for (int ordinal : drawn) {
            if (pilot.indexOf(ordinal) >= 0) {
                arranged[first++] = ordinal;
            }
        }
        for (int ordinal : drawn) {
            if (pilot.indexOf(ordinal) < 0) {
                arranged[first++] = ordinal;
            }
        }
        return arranged;
    }

    private static int known(int[] arranged, Pilot pilot) {
        int known = 0;
        while (known < arranged.length && pilot.indexOf(arranged[known]) >= 0) {
            known++;
        }
        return known;
    }

    int arm() {
        return arm;
    }

    int[] documents() {
        return documents;
    }

    /** The documents that have scores in the end. */
    int[] probes() {
        return probes;
    }

    /** How many probes at the front are known from the pilot. */
    int known() {
        return known;
    }

    /** The number of probes. */
    int sampled() {
        return probes.length;
    }

    /** The documents to be scored now. */
    int[] fresh() {
        return Arrays.copyOfRange(probes, known, probes.length);
    }

    /** The documents without a score, if the block is judged by itself. */
    int[] unscored() {
        return Arrays.copyOfRange(documents, Math.min(documents.length, probes.length), documents.length);
    }

    /**
     * The scores of the probes.
     *
     * @param scores of the fresh documents of all blocks of the round
     * @param from where those of this block start
     */
    InfluenceScores evidence(Pilot pilot, InfluenceScores scores, int from) {
        InfluenceScores.Builder evidence = InfluenceScores.builder();
        for (int i = 0; i < known; i++) {
            copy(evidence, pilot.scores(), pilot.indexOf(probes[i]));
        }
        for (int i = known; i < probes.length; i++) {
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
