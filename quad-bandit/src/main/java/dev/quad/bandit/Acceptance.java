// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.BitSet;

/** Which documents of a block are wanted. A document that could not be scored never is. */
public sealed interface Acceptance {

    /**
     * The wanted documents of a block.
     *
     * @param documents size of the block
     * @param evidence scores of the first {@code evidence.size()} documents of the block, a uniform sample of it
     * @param tau the threshold; a score passes if it is above it, not if it equals it
     * @return positions in {@code [0, documents)}
     */
    BitSet wanted(int documents, InfluenceScores evidence, double tau);

    /** How many documents of a block are scored unless the options say otherwise. */
    int defaultSample();

    /**
     * Each scored document above τ; documents that were not scored are never wanted. Every choice is backed by a score
     * of its own, at the price of scoring the whole block.
     */
    static Acceptance items() {
        return new Items();
    }

    /** {@link #blockMean(boolean)} without the documents that were scored and failed. */
    static Acceptance blockMean() {
        return new BlockMean(true);
    }

    /**
     * The whole block if the mean of its scored sample is above τ; the way to choose more documents than are scored. The
     * paper's code works like this. A block without any score is not wanted.
     *
     * @param dropKnownBad whether documents of the block that were scored themselves, at or below τ, are left out
     */
    static Acceptance blockMean(boolean dropKnownBad) {
        return new BlockMean(dropKnownBad);
    }

    /** See {@link #items}. */
    record Items() implements Acceptance {
        @Override
        public BitSet wanted(int documents, InfluenceScores evidence, double tau) {
            BitSet wanted = new BitSet(documents);
            for (int i = 0; i < evidence.size(); i++) {
                wanted.set(i, evidence.isScored(i) && evidence.value(i) > tau);
            }
            return wanted;
        }

        @Override
        public int defaultSample() {
            return SelectionOptions.ALL;
        }
    }

    /** See {@link #blockMean(boolean)}. */
    record BlockMean(boolean dropKnownBad) implements Acceptance {
        @Override
        public BitSet wanted(int documents, InfluenceScores evidence, double tau) {
            BitSet wanted = new BitSet(documents);
            Moments sample = Moments.of(evidence, 0, evidence.size());
            if (sample.count() == 0 || !(sample.mean() > tau)) {
                return wanted;
            }
            wanted.set(0, documents);
            for (int i = 0; i < evidence.size(); i++) {
                if (!evidence.isScored(i) || (dropKnownBad && !(evidence.value(i) > tau))) {
                    wanted.clear(i);
                }
            }
            return wanted;
        }

        @Override
        public int defaultSample() {
            return SelectionOptions.DEFAULT_SAMPLE_PER_BLOCK;
        }
    }
}
