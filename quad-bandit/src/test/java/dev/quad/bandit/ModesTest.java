// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import dev.quad.StopReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How blocks are drawn, judged, accepted and given back. */
class ModesTest {

    /** One document a token; utilities by ordinal. */
    private static World world(double[] utilities, int[] clusters, Budget budget, SelectionOptions.Builder options) {
        long[] tokens = new long[utilities.length];
        Arrays.fill(tokens, 1);
        int count = 1 + Arrays.stream(clusters).max().orElseThrow();
        return new World(utilities, tokens, Clustering.of(clusters, count), budget, options.build(), new Seed(1));
    }

    private static List<Integer> ordinals(Selection selection) {
        return selection.choices().stream().map(Choice::ordinal).toList();
    }

    private static BitSet bits(int... set) {
        return Arrays.stream(set).collect(BitSet::new, BitSet::set, BitSet::or);
    }

    @Test
    void lowerBound_uncertainBlock_isNotWanted() {
        InfluenceScores spread = InfluenceScores.of(3, -1, 3, -1);
        assertThat(Acceptance.blockLowerBound(0).wanted(6, spread, 0.5)).isEqualTo(bits(0, 2, 4, 5));
        // mean 1, s = 2.31, s/2·√(1/3) = 0.667
        assertThat(Acceptance.blockLowerBound(0.7).wanted(6, spread, 0.5)).isEqualTo(bits(0, 2, 4, 5));
        assertThat(Acceptance.blockLowerBound(0.8).wanted(6, spread, 0.5)).isEqualTo(bits());
        assertThat(Acceptance.blockLowerBound(99).wanted(4, spread, 0.5)).isEqualTo(bits(0, 2));
        assertThat(Acceptance.blockLowerBound(0).wanted(6, InfluenceScores.of(9), 0.5))
                .isEqualTo(bits());
        assertThat(Acceptance.blockLowerBound(1).wanted(1, InfluenceScores.of(9), 0.5))
                .isEqualTo(bits(0));
        assertThatThrownBy(() -> Acceptance.blockLowerBound(-1)).hasMessageContaining("allowed is 0 or more");
    }

    @Test
    void topFraction_ofTheScored_roundedUpAndAboveThreshold() {
        InfluenceScores scores = InfluenceScores.builder()
                .add(5)
                .flag("empty")
                .add(9)
                .add(1)
                .add(7)
                .add(3)
                .build();
        assertThat(Acceptance.topFraction(0.4).wanted(8, scores, 0)).isEqualTo(bits(2, 4));
        assertThat(Acceptance.topFraction(0.41).wanted(8, scores, 0)).isEqualTo(bits(0, 2, 4));
        assertThat(Acceptance.topFraction(1).wanted(8, scores, 6)).isEqualTo(bits(2, 4));
        assertThatThrownBy(() -> Acceptance.topFraction(0)).hasMessageContaining("allowed is (0, 1]");
    }

    @Test
    void blockSizes_followArmAndRest() {
        assertThat(BlockSize.share(0.1).of(100, 5)).isEqualTo(10);
        assertThat(BlockSize.shareOfRest(0.1).of(100, 50)).isEqualTo(5);
        assertThat(BlockSize.shareOfRest(0.1).of(100, 2)).isEqualTo(1);
        assertThat(BlockSize.documents(7).of(5, 2)).isEqualTo(5);
        assertThat(BlockSize.wholeDocuments(7).takesRest()).isFalse();
    }

    @Test
    void wholeDocuments_smallArmsAndRests_areNotDrawn() {
        int[] clusters = IntStream.range(0, 17).map(i -> i < 3 ? 0 : 1).toArray();
        World world = world(
                new double[17],
                clusters,
                Budget.documents(100),
                SelectionOptions.builder()
                        .blockSize(BlockSize.wholeDocuments(4))
                        .threshold(Threshold.none()));
        Selection selection = world.select();
        assertThat(selection.choices()).hasSize(12).allMatch(choice -> choice.arm() == 1);
        assertThat(selection.stopReason()).isEqualTo(StopReason.EXHAUSTED);
    }

    @Test
    void order_poolAndKeys_areFollowed() {
        double[] utilities = {1, 1, 1, 1, 1, 1};
        SelectionOptions.Builder options =
                SelectionOptions.builder().blockSize(BlockSize.documents(2)).threshold(Threshold.none());
        World world = world(utilities, new int[6], Budget.documents(6), options.order(Order.pool()));
        assertThat(ordinals(world.select())).containsExactly(0, 1, 2, 3, 4, 5);
        World keyed = world(utilities, new int[6], Budget.documents(6), options.order(Order.by("reverse", i -> -i)));
        assertThat(ordinals(keyed.select())).containsExactly(5, 4, 3, 2, 1, 0);
        assertThat(keyed.select().manifest()).containsEntry("order", "By[name=reverse]");
    }

    @Test
    void permutation_anySize_isOneToOneAndFair() {
        for (int n : new int[] {1, 2, 3, 17, 1000, 65_537}) {
            Permutation permutation = new Permutation(n, new Seed(n).stream("permutation"));
            assertThat(IntStream.range(0, n).map(permutation::at).sorted().toArray())
                    .isEqualTo(IntStream.range(0, n).toArray());
        }
        int[] tenths = new int[10];
        for (int seed = 0; seed < 10_000; seed++) {
            tenths[new Permutation(20_000, new Seed(seed).stream("permutation")).at(5) / 2000]++;
        }
        assertThat(Arrays.stream(tenths)).allMatch(count -> count > 880 && count < 1120);
    }

    /** Large arms are drawn by a permutation; all documents come once, those left out never. */
    @Test
    void largeArms_areDrawnWithoutAShuffle() {
        int n = 3 * DrawOrder.LARGEST_SHUFFLE;
        Clustering clustering = Clustering.of(new int[n], 1);
        Eligible eligible = new Eligible(n, i -> i % 3 != 0);
        DrawOrder order =
                new DrawOrder(clustering, eligible, new Seed(1), Order.shuffled(), BlockSize.documents(1000), 0);
        BitSet drawn = new BitSet();
        int blocks = 0;
        while (!order.isUsedUp()) {
            Arrays.stream(order.draw(0)).forEach(i -> {
                assertThat(drawn.get(i)).isFalse();
                drawn.set(i);
            });
            blocks++;
        }
        assertThat(drawn.cardinality()).isEqualTo(eligible.count());
        assertThat(blocks).isEqualTo((eligible.count() + 999) / 1000);
        assertThat(drawn.stream()).allMatch(i -> i % 3 != 0);
    }

    @Test
    void rejectedBlocks_retried_areJudgedAgainByOtherDocuments() {
        double[] utilities = new double[40];
        Arrays.setAll(utilities, i -> i % 4 == 0 ? 1 : -1);
        SelectionOptions.Builder options = SelectionOptions.builder()
                .blockSize(BlockSize.documents(4))
                .samplePerBlock(1)
                .acceptance(Acceptance.blockMean())
                .threshold(Threshold.absolute(0));
        World spent = world(utilities, new int[40], Budget.documents(40), options);
        World retried = world(utilities, new int[40], Budget.documents(40), options.rejected(Rejected.retried(3)));
        SimulatedEstimator estimator = retried.estimator();
        Selection more = retried.select(estimator);
        assertThat(estimator.asked).doesNotHaveDuplicates();
        assertThat(more.choices().size()).isGreaterThan(spent.select().choices().size());
        assertThat(ordinals(more)).doesNotHaveDuplicates();
        assertThat(more.stopReason()).isEqualTo(StopReason.STARVED);
        assertThatThrownBy(() -> SelectionOptions.builder()
                        .blockSize(BlockSize.wholeDocuments(3))
                        .rejected(Rejected.retried(1))
                        .build())
                .hasMessageContaining("rejected blocks cannot be retried");
    }

    @Test
    void overshoot_allowed_takesTheLastRoundWhole() {
        SelectionOptions.Builder options = SelectionOptions.builder()
                .blockSize(BlockSize.documents(7))
                .armsPerRound(2)
                .threshold(Threshold.none());
        int[] clusters = IntStream.range(0, 60).map(i -> i % 3).toArray();
        World strict = world(new double[60], clusters, Budget.documents(20), options);
        assertThat(strict.select().choices()).hasSize(20);
        World loose = world(new double[60], clusters, Budget.documents(20), options.overshoot(true));
        assertThat(loose.select().choices()).hasSize(28);
        assertThat(loose.select().stopReason()).isEqualTo(StopReason.BUDGET);
    }

    @Test
    void adaptive_starvedRun_lowersTheThresholdAndTells() {
        double[] utilities =
                IntStream.range(0, 400).mapToDouble(i -> i == 7 ? 50 : i % 20).toArray();
        int[] clusters = IntStream.range(0, 400).map(i -> i % 8).toArray();
        List<SelectionListener.ThresholdLowered> lowered = new ArrayList<>();
        World world = world(
                utilities,
                clusters,
                Budget.documents(30),
                SelectionOptions.builder()
                        .blockSize(BlockSize.documents(2))
                        .acceptance(Acceptance.blockMean())
                        .threshold(Threshold.adaptive(1, 0.25, 0.25, 3))
                        .pilot(200));
        world.wiring = builder -> builder.listener(new SelectionListener() {
            @Override
            public void onThresholdLowered(ThresholdLowered event) {
                lowered.add(event);
            }
        });
        Selection selection = world.select();
        assertThat(selection.choices()).hasSize(30);
        assertThat(lowered).isNotEmpty();
        for (SelectionListener.ThresholdLowered event : lowered) {
            assertThat(event.after()).isLessThanOrEqualTo(event.before());
            assertThat(event.round()).isGreaterThanOrEqualTo(3);
        }
        assertThatThrownBy(() -> Threshold.adaptive(0.5, 0, 0.1, 1)).hasMessageContaining("a step above 0");
        assertThat(Threshold.adaptive(0.5, 0.4, 0.3, 1).lowered().orElseThrow().lowered())
                .isEmpty();
    }

    @Test
    void starved_everythingDrawnAndSomeTurnedDown_isNotExhausted() {
        World world = world(
                new double[] {1, 2, 3, 4},
                new int[4],
                Budget.documents(9),
                SelectionOptions.builder().threshold(Threshold.absolute(2.5)).acceptance(Acceptance.items()));
        assertThat(world.select().stopReason()).isEqualTo(StopReason.STARVED);
        World all = world.with(SelectionOptions.builder()
                .threshold(Threshold.absolute(0))
                .acceptance(Acceptance.items())
                .build());
        assertThat(all.select().stopReason()).isEqualTo(StopReason.EXHAUSTED);
    }

    /** Copies of a document lose what they have in common with those chosen. */
    @Test
    void redundancy_copies_areTurnedDown() {
        double[] utilities = {5, 5, 5, 4, 4, 4};
        float[][] vectors = {{2, 0}, {2, 0}, {2, 0}, {0, 1}, {0, 1}, {0, 1}};
        SelectionOptions.Builder options = SelectionOptions.builder()
                .blockSize(BlockSize.documents(6))
                .acceptance(Acceptance.items())
                .threshold(Threshold.absolute(0))
                .redundancy(new Redundancy("copies", i -> vectors[i], 1, Redundancy.OnNegative.COUNT_AS_ZERO));
        World world = world(utilities, new int[6], Budget.documents(6), options);
        // first of the fives: 5 − 2 = 3; second: 5 − 2 − 4 < 0; the fours: 3.5, 2.5, 1.5
        assertThat(world.select().choices().stream()
                        .map(choice -> choice.score().orElseThrow()))
                .containsExactly(5.0, 4.0, 4.0, 4.0);
        assertThat(world.select().manifest()).containsEntry("redundancy", "copies, n=1.0, COUNT_AS_ZERO");
    }

    @Test
    void redundancy_negativeTerm_isHandledAsAsked() {
        float[][] vectors = {{1, 0}, {-1, 0}};
        for (Redundancy.OnNegative mode : Redundancy.OnNegative.values()) {
            Redundancy.Chosen chosen = new Redundancy("v", i -> vectors[i], 2, mode).start();
            assertThat(chosen.cost(0)).isEqualTo(0.25);
            chosen.add(0);
            switch (mode) {
                case COUNT_AS_ZERO -> assertThat(chosen.cost(1)).isEqualTo(0.25);
                case ALLOW -> assertThat(chosen.cost(1)).isEqualTo(-0.25);
                case REFUSE ->
                    assertThatThrownBy(() -> chosen.cost(1))
                            .isInstanceOf(NumericalException.class)
                            .hasMessageContaining("the documents 1 and 0 have the term -1.0 by v, below 0");
            }
        }
        assertThatThrownBy(() -> new Redundancy("v", i -> new float[] {Float.NaN}, 1, Redundancy.OnNegative.ALLOW)
                        .start()
                        .cost(4))
                .hasMessageContaining("document 4 has the redundancy NaN by v");
    }

    @Test
    void flops_followTheRule() {
        Selection.Costs costs = new Selection.Costs(1, 1, 1, 0, 1_000_000, 1, 1, OptionalDouble.empty());
        assertThat(Flops.scoring(1e9, costs)).isEqualTo(6e15);
        assertThatThrownBy(() -> new Selection.Costs(1, 1, 1, 0, 1, 1, 1, OptionalDouble.of(Double.NaN)))
                .hasMessageContaining("the operations are NaN; allowed is 0 or more and finite");
        assertThat(Flops.forward(1.3e9, 627e9)).isEqualTo(2 * 1.3e9 * 627e9);
        assertThat(Flops.lloyd(6e8, 1e4, 1024)).isCloseTo(1.2288e16, org.assertj.core.api.Assertions.within(1e6));
    }
}
