// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.IntStream;

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
     * The whole block if the mean of its scored sample is above τ; the way to choose more documents than are scored.
     * The paper's code works like this. A block without any score is not wanted.
     *
     * @param dropKnownBad whether documents of the block that were scored themselves, at or below τ, are left out
     */
    static Acceptance blockMean(boolean dropKnownBad) {
        return new BlockMean(dropKnownBad);
    }

    /**
     * The whole block, but what failed, if the mean of its scored sample is above τ by a margin: {@code mean −
     * c·s/√m·√(1 − m/n) > τ} with s the standard deviation of the m scored of n documents. A block with one score,
     * unless that is all of it, is not wanted.
     *
     * @param c how many standard errors, {@code >= 0}
     */
    static Acceptance blockLowerBound(double c) {
        return new BlockLowerBound(c);
    }

    /**
     * The best scored documents of each block, and above τ: rounded up, a share q of those that have a score.
     *
     * @param q in {@code (0, 1]}
     */
    static Acceptance topFraction(double q) {
        return new TopFraction(q);
    }

    /** See {@link #items}. */
    record Items() implements Acceptance {
        @Override
        public BitSet wanted(int documents, InfluenceScores evidence, double tau) {
            Objects.requireNonNull(evidence, "the scores of the evidence are null");
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
            Objects.requireNonNull(evidence, "the scores of the evidence are null");
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

    /** See {@link #blockLowerBound}. */
    record BlockLowerBound(double c) implements Acceptance {
        /** Checks c. */
        public BlockLowerBound {
            if (!(c >= 0 && c < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "the bound is " + c + " standard errors below; allowed is 0 or more");
            }
        }

        @Override
        public BitSet wanted(int documents, InfluenceScores evidence, double tau) {
            Objects.requireNonNull(evidence, "the scores of the evidence are null");
            Moments sample = Moments.of(evidence, 0, evidence.size());
            long scored = sample.count();
            boolean all = scored == documents;
            double error = Math.sqrt(sample.variance() / Math.max(1, scored) * (1 - (double) scored / documents));
            boolean sure = (scored > 1 || all) && sample.mean() - c * error > tau;
            return sure ? new BlockMean(true).wanted(documents, evidence, tau) : new BitSet();
        }

        @Override
        public int defaultSample() {
            return SelectionOptions.DEFAULT_SAMPLE_PER_BLOCK;
        }
    }

    /** See {@link #topFraction}. */
    record TopFraction(double q) implements Acceptance {
        /** Checks the share. */
        public TopFraction {
            if (!(q > 0 && q <= 1)) {
                throw new IllegalArgumentException("the accepted share of a block is " + q + "; allowed is (0, 1]");
            }
        }

        @Override
        public BitSet wanted(int documents, InfluenceScores evidence, double tau) {
            Objects.requireNonNull(evidence, "the scores of the evidence are null");
            BitSet wanted = new BitSet(documents);
            int[] best = IntStream.range(0, evidence.size())
                    .filter(evidence::isScored)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -evidence.value(i)))
                    .mapToInt(Integer::intValue)
                    .toArray();
            Arrays.stream(best, 0, (int) Math.ceil(q * best.length))
                    .filter(i -> evidence.value(i) > tau)
                    .forEach(wanted::set);
            return wanted;
        }

        @Override
        public int defaultSample() {
            return SelectionOptions.ALL;
        }
    }
}
