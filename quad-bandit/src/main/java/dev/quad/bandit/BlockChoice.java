// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import dev.quad.Selection.Choice;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Takes of a block what is wanted, what adds to the documents chosen before, and what the budget allows.
 *
 * <p>Where redundancy counts, the documents of a block come in the order of their scores, those without one with the
 * mean of the block's, and each must still be above the threshold after what it loses to those before it.
 */
final class BlockChoice {
    private final Acceptance acceptance;
    private final Evidence source;
    private final Optional<Redundancy.Chosen> redundancy;
    private final Ledger ledger;
    private boolean turnedDown;

    BlockChoice(SelectionOptions options, Ledger ledger) {
        this.acceptance = options.acceptance();
        this.source = options.evidence();
        this.redundancy = options.redundancy().map(Redundancy::start);
        this.ledger = ledger;
    }

    /** What was taken of a block, and whether any of it was wanted. */
    static final class Taken {
        private final int[] ordinals;
        private final boolean anyWanted;

        private Taken(int[] ordinals, boolean anyWanted) {
            this.ordinals = ordinals;
            this.anyWanted = anyWanted;
        }

        int[] ordinals() {
            return ordinals;
        }

        boolean anyWanted() {
            return anyWanted;
        }
    }

    Taken from(Block block, InfluenceScores evidence, double tau, int round) {
        int[] documents = block.documents();
        BitSet wanted = wanted(documents.length, evidence, tau);
        boolean ofBlock = source == Evidence.OF_BLOCK;
        for (int i = wanted.nextClearBit(0); i < documents.length; i = wanted.nextClearBit(i + 1)) {
            turnedDown |= !ofBlock || i >= evidence.size() || evidence.isScored(i);
        }
        double mean = Moments.of(evidence, 0, evidence.size()).mean();
        int[] taken = inOrder(wanted, evidence, mean)
                .filter(i -> {
                    boolean known = ofBlock && i < evidence.size() && evidence.isScored(i);
                    if (!adds(documents[i], known ? evidence.value(i) : mean, tau)) {
                        turnedDown = true;
                        return false;
                    }
                    OptionalDouble score = known ? OptionalDouble.of(evidence.value(i)) : OptionalDouble.empty();
                    boolean fits = ledger.take(new Choice(documents[i], score, block.arm(), round));
                    if (fits) {
                        redundancy.ifPresent(chosen -> chosen.add(documents[i]));
                    }
                    return fits;
                })
                .map(i -> documents[i])
                .toArray();
        return new Taken(taken, !wanted.isEmpty());
    }

    private BitSet wanted(int documents, InfluenceScores evidence, double tau) {
        if (source == Evidence.OF_BLOCK) {
            return acceptance.wanted(documents, evidence, tau);
        }
        BitSet all = new BitSet(documents);
        all.set(0, acceptance.wanted(evidence.size(), evidence, tau).isEmpty() ? 0 : documents);
        return all;
    }

    private IntStream inOrder(BitSet wanted, InfluenceScores evidence, double mean) {
        if (redundancy.isEmpty()) {
            return wanted.stream();
        }
        return wanted.stream()
                .boxed()
                .sorted(Comparator.comparingDouble(
                        (Integer i) -> i < evidence.size() && evidence.isScored(i) ? -evidence.value(i) : -mean))
                .mapToInt(Integer::intValue);
    }

    private boolean adds(int ordinal, double utility, double tau) {
        return redundancy.isEmpty() || utility - redundancy.get().cost(ordinal) > tau;
    }

    /** Whether a document that could have a score was ever not good enough. */
    boolean hasTurnedDown() {
        return turnedDown;
    }
}
