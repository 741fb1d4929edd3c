// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.Seed;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Options that depend on pool, budget and clusters, and are made before these are known. */
class OptionsForPoolTest {
    private static final int DOCUMENTS = 40;
    private static final Clustering FOUR = Clustering.of(
            ordinals(i -> i % 4), 4, new float[] {1, 0, 0.9f, 0.1f, 0, 1, 0.1f, 0.9f}); // two pairs of neighbours

    private static int[] ordinals(java.util.function.IntUnaryOperator cluster) {
        int[] result = new int[DOCUMENTS];
        Arrays.setAll(result, cluster);
        return result;
    }

    private static World world(Budget budget, SelectionOptions.Builder options) {
        double[] utilities = new double[DOCUMENTS];
        long[] tokens = new long[DOCUMENTS];
        Arrays.setAll(utilities, i -> Math.sin(i));
        Arrays.setAll(tokens, i -> i < 20 ? 1 : 3); // 80 tokens
        return new World(utilities, tokens, FOUR, budget, options.build(), new Seed(1));
    }

    private static String described(Budget budget, SelectionOptions.Builder options, String name) {
        return String.valueOf(world(budget, options).select().manifest().get(name));
    }

    @Test
    void thresholdForBudget_isTheQuantileOfItsShare() {
        SelectionOptions.Builder options = SelectionOptions.builder().threshold(Threshold.forBudget(3));
        assertThat(described(Budget.documents(4), options, "threshold")).isEqualTo("Quantile[q=0.7]");
        assertThat(described(Budget.tokens(4), options, "threshold")).isEqualTo("Quantile[q=0.85]");
        assertThat(described(Budget.tokens(900), options, "threshold")).isEqualTo("Quantile[q=0.5]");
        assertThat(options.build().describe()).containsEntry("threshold", "ForBudget[times=3.0]");
        assertThatThrownBy(() -> Threshold.forBudget(0)).hasMessageContaining("allowed is above 0");
        assertThatThrownBy(() -> Threshold.forBudget(3).tau(1)).isInstanceOf(IllegalStateException.class);
    }

    /** The share is of what can be drawn, not of the pool. */
    @Test
    void thresholdForBudget_knowsWhatIsEligible() {
        World world = world(Budget.tokens(4), SelectionOptions.builder().threshold(Threshold.forBudget(2)));
        world.wiring = builder -> builder.eligible(ordinal -> ordinal < 20);
        assertThat(world.select().manifest()).containsEntry("threshold", "Quantile[q=0.6]");
        world.wiring = builder -> builder.eligible(ordinal -> false);
        assertThat(world.select().choices()).isEmpty();
    }

    @Test
    void partOfMeanCluster_isAWholeBlock_andBoundsTheSample() {
        SelectionOptions code = Presets.publicCode().build();
        assertThat(code.forPool(198, 8, () -> 1).describe())
                .containsEntry("blockSize", "WholeDocuments[count=8]")
                .containsEntry("samplePerBlock", "8");
        assertThat(code.forPool(1_000_000_000, 10_000, () -> 1).describe())
                .containsEntry("blockSize", "WholeDocuments[count=20000]")
                .containsEntry("samplePerBlock", "10");
        assertThat(code.forPool(2, 10, () -> 1).blockSize()).isEqualTo(BlockSize.wholeDocuments(1));
        assertThat(BlockSize.partOfMeanCluster(3, 9).takesRest()).isFalse();
        assertThat(described(Budget.documents(9), Presets.publicCode(), "blockSize"))
                .isEqualTo("WholeDocuments[count=3]");
        assertThatThrownBy(() -> BlockSize.partOfMeanCluster(0, 1)).hasMessageContaining("allowed is 1 or more");
        assertThatThrownBy(() -> code.toBuilder().rejected(Rejected.retried(1)).build())
                .hasMessageContaining("cannot be retried");
    }

    @Test
    void neighbours_byTheCentresOfTheRun_areThoseByTheirCosine() {
        Budget budget = Budget.documents(12);
        World own =
                world(budget, SelectionOptions.builder().credit(Credit.items().sharedWithin(0.5)));
        World given = world(
                budget, SelectionOptions.builder().credit(Credit.items().sharedWithin(0.5, ArmDistance.cosine(FOUR))));
        assertThat(own.select()).isEqualTo(given.select());
        assertThat(own.select().manifest())
                .containsEntry("credit", "items, neighbours within 0.5 by cosine of centres");
        World without = new World(
                own.utilities, own.tokens, Clustering.of(new int[DOCUMENTS], 1), budget, own.options, new Seed(1));
        assertThatThrownBy(without::select).hasMessageContaining("the clustering has no centres");
    }

    @Test
    void redundancy_byTheSelectorsVectors_isAsByItsOwn() {
        IntFunction<float[]> vectors = i -> new float[] {i % 3, 1};
        Redundancy.OnNegative zero = Redundancy.OnNegative.COUNT_AS_ZERO;
        SelectionOptions.Builder options = SelectionOptions.builder().acceptance(Acceptance.items());
        Budget budget = Budget.documents(12);
        World own = world(budget, options.redundancy(new Redundancy("v", vectors, 20, zero)));
        World selectors = world(budget, options.redundancy(new Redundancy("v", 20, zero)));
        assertThatThrownBy(selectors::select)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give them with vectors(...)");
        selectors.wiring = builder -> builder.vectors(vectors);
        assertThat(selectors.select()).isEqualTo(own.select());
        World none = world(budget, SelectionOptions.builder());
        none.wiring = selectors.wiring;
        assertThatThrownBy(none::select)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no redundancy, and vectors(...) would do nothing; leave it out");
    }
}
