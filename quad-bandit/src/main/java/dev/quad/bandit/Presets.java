// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

/**
 * The two published behaviours, to measure ours against. Start from one, change what the comparison is about, and
 * build. {@code docs/questions.md} has each answer, with those that are given outside of the bandit.
 */
public final class Presets {
    /** α of the paper's code, absolute; its rewards differ by about ten times as much, so that it is nearly greedy. */
    public static final double PUBLISHED_ALPHA = 1e-4;
    /** τ of the paper's code, for scores that are means of cosines. */
    public static final double PUBLISHED_THRESHOLD = 0.0020;
    /** Documents scored for each pull of the paper's code. */
    public static final int PUBLISHED_SAMPLE = 10;
    /** Documents taken by each pull of the paper's code. */
    public static final int PUBLISHED_BLOCK = 20_000;
    /** Clusters of each round of the paper's code. */
    public static final int PUBLISHED_ARMS = 50;
    /** Rounds of the paper's code. */
    public static final int PUBLISHED_ROUNDS = 200;
    /** Radius within which clusters of the paper's code share rewards. */
    public static final double PUBLISHED_RADIUS = 0.2;

    private Presets() {}

    /**
     * The paper's formulas: {@code CS_i = Ī_i + α√(2 ln ΣT / T_i)} with α in the unit of the scores and Ī_i a mean over
     * documents, each cluster first tried once, a twentieth of a cluster a pull, blocks above the threshold taken
     * whole. The paper leaves its threshold open; here it is the median.
     *
     * @param alpha in the unit of the scores; the paper's value is not known, its code has {@link #PUBLISHED_ALPHA}
     */
    public static SelectionOptions.Builder paper(double alpha) {
        return SelectionOptions.builder()
                .armSelector(Ucb1.absolute(alpha))
                .acceptance(Acceptance.blockMean(false))
                .samplePerBlock(PUBLISHED_SAMPLE)
                .threshold(Threshold.quantile(0.5));
    }

    /**
     * What the paper's public code does (October 2024), but for its errors in linear algebra: T + 1 under the root,
     * unknown clusters taken to be as good as the threshold, rewards by pull and shared with neighbours, ties by
     * number, files in their order, blocks accepted by scores of other documents, small clusters never reached, the
     * budget overshot.
     *
     * @param block documents a pull; {@link #PUBLISHED_BLOCK} there
     * @param neighbours the code's distance of clusters, whose metric is not known
     */
    public static SelectionOptions.Builder publicCode(int block, ArmDistance neighbours) {
        return publicCode(block)
                .credit(Credit.pulls()
                        .sharedWithin(PUBLISHED_RADIUS, neighbours)
                        .countingWhole(PUBLISHED_THRESHOLD));
    }

    /** {@link #publicCode(int, ArmDistance)} without neighbours. */
    public static SelectionOptions.Builder publicCode(int block) {
        return publicCode(BlockSize.wholeDocuments(block), Math.min(block, PUBLISHED_SAMPLE));
    }

    /**
     * {@link #publicCode(int)} for a pool of another size: blocks are a third of the mean cluster, as in the paper's
     * pool, and {@link #PUBLISHED_BLOCK} at most.
     */
    public static SelectionOptions.Builder publicCode() {
        return publicCode(BlockSize.partOfMeanCluster(3, PUBLISHED_BLOCK), PUBLISHED_SAMPLE);
    }

    private static SelectionOptions.Builder publicCode(BlockSize block, int sample) {
        return SelectionOptions.builder()
                .armSelector(Ucb1.absolute(PUBLISHED_ALPHA)
                        .plusOne()
                        .firstPull(FirstPull.optimistic(PUBLISHED_THRESHOLD))
                        .tiesByNumber())
                .credit(Credit.pulls())
                .armsPerRound(PUBLISHED_ARMS)
                .blockSize(block)
                .order(Order.pool())
                .evidence(Evidence.OF_PREFIX)
                .samplePerBlock(sample)
                .acceptance(Acceptance.blockMean(false))
                .threshold(Threshold.absolute(PUBLISHED_THRESHOLD))
                .overshoot(true)
                .maxRounds(PUBLISHED_ROUNDS);
    }
}
