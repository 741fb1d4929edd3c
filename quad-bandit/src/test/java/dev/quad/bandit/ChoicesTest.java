// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InfluenceScores;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** Acceptance, threshold, block size and the options that hold them. */
class ChoicesTest {
    private static final InfluenceScores EVIDENCE =
            InfluenceScores.builder().add(5).add(-1).flag("empty").add(2).build();

    @Test
    void items_scoredAboveThreshold_areWanted() {
        assertThat(Acceptance.items().wanted(6, EVIDENCE, 0)).isEqualTo(BitSet.valueOf(new long[] {0b001001}));
        assertThat(Acceptance.items().wanted(6, EVIDENCE, 2)).isEqualTo(BitSet.valueOf(new long[] {0b000001}));
    }

    @Test
    void blockMean_meanAboveThreshold_takesTheBlockButWhatFailed() {
        assertThat(Acceptance.blockMean().wanted(6, EVIDENCE, 0)).isEqualTo(BitSet.valueOf(new long[] {0b111001}));
        assertThat(Acceptance.blockMean(false).wanted(6, EVIDENCE, 0)).isEqualTo(BitSet.valueOf(new long[] {0b111011}));
        assertThat(Acceptance.blockMean(false).wanted(6, EVIDENCE, 2).isEmpty()).isTrue();
        InfluenceScores none = InfluenceScores.builder().flag("empty").build();
        assertThat(Acceptance.blockMean()
                        .wanted(6, none, Double.NEGATIVE_INFINITY)
                        .isEmpty())
                .isTrue();
    }

    @Test
    void quantile_ofASample_isOneOfItsScores() {
        double[] pilot = {4, 1, 3, 2};
        assertThat(Threshold.quantile(0).tau(pilot)).isEqualTo(1);
        assertThat(Threshold.quantile(0.25).tau(pilot)).isEqualTo(1);
        assertThat(Threshold.quantile(0.5).tau(pilot)).isEqualTo(2);
        assertThat(Threshold.quantile(0.51).tau(pilot)).isEqualTo(3);
        assertThat(Threshold.quantile(1).tau(pilot)).isEqualTo(4);
        assertThat(pilot).containsExactly(4, 1, 3, 2);
        assertThat(Threshold.none().tau()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(Threshold.absolute(0.5).needsPilot()).isFalse();
    }

    @Test
    void quantile_thatIsTheBestOfSeveral_letsThemThrough() {
        assertThat(Threshold.quantile(0.5).tau(1, 2, 3, 3, 3)).isEqualTo(2);
        assertThat(Threshold.quantile(0.9).tau(3, 1, 2, 3)).isEqualTo(2);
        assertThat(Threshold.quantile(0.9).tau(7, 7)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(Threshold.quantile(0.9).tau(-0.0, 0.0, -1)).isEqualTo(-1);
        assertThat(Threshold.adaptive(0.9, 0.1, 0, 1).tau(3, 1, 2, 3)).isEqualTo(2);
        assertThat(Threshold.quantile(0.9).tau(1, 2, 3)).as("one of them alone").isEqualTo(3);
        assertThat(Threshold.quantile(0.9).tau(7)).as("a pilot of one").isEqualTo(7);
        assertThat(Threshold.quantile(0.4).tau(1, 2, 3, 3, 3))
                .as("below the best")
                .isEqualTo(2);
        assertThat(Threshold.quantile(0.25).tau(2, 2, 3, 3)).as("other ties").isEqualTo(2);
        assertThat(Threshold.quantile(1).tau(3, 1, 2, 3))
                .as("above the whole sample")
                .isEqualTo(3);
    }

    @Test
    void blockSize_smallClusters_areReachable() {
        assertThat(BlockSize.share(0.05).of(3, 3)).isEqualTo(1);
        assertThat(BlockSize.share(0.05).of(1000, 1000)).isEqualTo(50);
        assertThat(BlockSize.share(1).of(7, 7)).isEqualTo(7);
        assertThat(BlockSize.documents(20).of(7, 7)).isEqualTo(7);
        assertThat(BlockSize.documents(20).of(70, 70)).isEqualTo(20);
    }

    @Test
    void closedChoices_outOfRange_areRefused() {
        assertThatThrownBy(() -> BlockSize.share(0))
                .hasMessage("the block's share of a cluster is 0.0; allowed is (0, 1]");
        assertThatThrownBy(() -> BlockSize.documents(0)).hasMessage("the block has 0 documents; allowed is 1 or more");
        assertThatThrownBy(() -> Threshold.quantile(1.5))
                .hasMessage("the threshold's quantile is 1.5; allowed is [0, 1]");
        assertThatThrownBy(() -> Threshold.absolute(Double.NaN))
                .hasMessage("the threshold is NaN; allowed is any number, −∞ or ∞");
    }

    @Test
    void options_outOfRange_areAllNamed() {
        assertThatThrownBy(() -> SelectionOptions.builder()
                        .armsPerRound(0)
                        .samplePerBlock(-1)
                        .pilot(0)
                        .maxRounds(0)
                        .patience(-3)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "selection options: armsPerRound is 0, allowed is 1 or more; samplePerBlock is -1, allowed is 1"
                                + " or more; pilot is 0, allowed is 1 or more; maxRounds is 0, allowed is 1 or more; patience is"
                                + " -3, allowed is 1 or more");
    }

    @Test
    void options_defaults_followPoolAndAcceptance() {
        SelectionOptions options = SelectionOptions.defaults();
        assertThat(options.armsPerRound(1)).isEqualTo(1);
        assertThat(options.armsPerRound(8)).isEqualTo(2);
        assertThat(options.armsPerRound(50)).isEqualTo(4);
        assertThat(options.armsPerRound(10_000)).isEqualTo(500);
        assertThat(options.samplePerBlock()).isEqualTo(SelectionOptions.ALL);
        SelectionOptions means =
                SelectionOptions.builder().acceptance(Acceptance.blockMean()).build();
        assertThat(means.samplePerBlock()).isEqualTo(16);
        assertThat(options)
                .hasToString(
                        "{armSelector=Ucb1[alpha=0.25, unit=ROBUST, finite], prior=none, credit=items, memory=Forever[], armsPerRound=auto,"
                                + " blockSize=Share[gamma=0.05], order=Shuffled[], evidence=OF_BLOCK, rejected=Spent[],"
                                + " overshoot=false, redundancy=none, samplePerBlock=all, acceptance=Items[],"
                                + " threshold=ForBudget[times=3.0], pilot=256, maxRounds=unlimited, patience=unlimited}");
    }
}
