// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import dev.quad.StopReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopKSelectorTest {
    @TempDir
    Path folder;

    private static CandidatePool<Integer> pool(int size) {
        return CandidatePool.of(IntStream.range(0, size).boxed().toList(), item -> 1 + item % 5, "pool of " + size);
    }

    private static List<Integer> ordinals(Selection selection) {
        return selection.choices().stream().map(Choice::ordinal).toList();
    }

    @Test
    void select_documents_areTheBestFirst() {
        SimulatedEstimator estimator = new SimulatedEstimator(-1, 3, Double.NaN, 3, 7, -2);
        Selection selection =
                TopKSelector.<Integer>builder(estimator).build().select(pool(6), Budget.documents(4), new Seed(1));
        assertThat(ordinals(selection)).as("ties by ordinal").containsExactly(4, 1, 3, 0);
        assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
        assertThat(selection.costs().documentsScored()).isEqualTo(6);
        assertThat(selection.costs().documentsFlagged()).isEqualTo(1);
        assertThat(selection.costs().flops()).hasValue(60 * 6e9);
        assertThat(selection.manifest()).containsEntry("selector", "top-k").containsEntry("estimator", "simulated");
    }

    @Test
    void select_zerosOfBothSigns_areTies() {
        Selection selection = TopKSelector.<Integer>builder(new SimulatedEstimator(-0.0, 0.0, -0.0, 0.0, -0.0))
                .build()
                .select(pool(5), Budget.documents(3), new Seed(1));
        assertThat(ordinals(selection)).containsExactly(0, 1, 2);
    }

    @Test
    void select_nothingEligible_orScored_saysSo() {
        TopKSelector.Builder<Integer> unscored =
                TopKSelector.builder(new SimulatedEstimator(Double.NaN, Double.NaN, Double.NaN));
        Selection flagged = unscored.build().select(pool(3), Budget.tokens(1), new Seed(1));
        assertThat(flagged.stopReason()).isEqualTo(StopReason.EXHAUSTED);
        assertThat(flagged.reason()).isEqualTo("none of the 3 documents could be scored");
        Selection none = unscored.eligible(ordinal -> false).build().select(pool(3), Budget.tokens(1), new Seed(1));
        assertThat(none.reason()).isEqualTo("no document was eligible");
        assertThat(TopKSelector.<Integer>builder(new SimulatedEstimator(Double.NaN, 1, 1))
                        .build()
                        .select(pool(3), Budget.tokens(1), new Seed(1))
                        .reason())
                .isEqualTo("every document was drawn");
    }

    /** The document of one token is flagged, and the others are longer than the budget. */
    @Test
    void select_nothingFits_isNoUsedBudget() {
        Selection selection = TopKSelector.<Integer>builder(new SimulatedEstimator(Double.NaN, 1, 1))
                .build()
                .select(pool(3), Budget.tokens(1), new Seed(1));
        assertThat(selection.choices()).isEmpty();
        assertThat(selection.stopReason()).isEqualTo(StopReason.EXHAUSTED);
    }

    /** No set of as many documents has a larger sum; flagged documents are never among them. */
    @Property(tries = 200)
    void select_documents_haveTheLargestSum(
            @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = -9, max = 9) Double> utilities,
            @ForAll @IntRange(min = 1, max = 45) int budget,
            @ForAll @IntRange(min = 1, max = 9) int batch) {
        double[] values = utilities.stream()
                .mapToDouble(value -> value > 8 ? Double.NaN : value)
                .toArray();
        Selection selection = TopKSelector.<Integer>builder(new SimulatedEstimator(values))
                .scoreBatch(batch)
                .build()
                .select(pool(values.length), Budget.documents(budget), new Seed(1));
        double best = IntStream.range(0, values.length)
                .mapToObj(i -> values[i])
                .filter(value -> !Double.isNaN(value))
                .sorted(Comparator.reverseOrder())
                .limit(budget)
                .mapToDouble(value -> value)
                .sum();
        assertThat(selection.choices().stream()
                        .mapToDouble(choice -> choice.score().orElseThrow())
                        .sum())
                .isEqualTo(best);
    }

    @Test
    void select_tokens_passesOverWhatDoesNotFit() {
        Selection selection = TopKSelector.<Integer>builder(new SimulatedEstimator(1, 2, 3, 4, 5))
                .build()
                .select(pool(5), Budget.tokens(7), new Seed(1));
        assertThat(ordinals(selection)).as("5 tokens, then 2").containsExactly(4, 1);
        assertThat(selection.costs().tokensChosen()).isEqualTo(7);
    }

    @Test
    void select_eligibleOnly_areScored() {
        SimulatedEstimator estimator = new SimulatedEstimator(new double[30]);
        Selection selection = TopKSelector.<Integer>builder(estimator)
                .eligible(ordinal -> ordinal % 3 == 0)
                .build()
                .select(pool(30), Budget.documents(100), new Seed(1));
        assertThat(estimator.asked).hasSize(10).allMatch(ordinal -> ordinal % 3 == 0);
        assertThat(ordinals(selection)).isEqualTo(estimator.asked);
        assertThat(selection.stopReason()).isEqualTo(StopReason.EXHAUSTED);
    }

    /** Stopped after each batch and gone on with: the same result and the same file, and nothing is scored twice. */
    @Test
    void select_interruptedAnywhere_goesOnFromTheJournal() throws Exception {
        double[] utilities = new Seed(8).stream("u").doubles(23).toArray();
        utilities[5] = Double.NaN;
        Path whole = folder.resolve("whole");
        Selection expected = TopKSelector.<Integer>builder(new SimulatedEstimator(utilities))
                .scoreBatch(4)
                .journal(whole)
                .build()
                .select(pool(23), Budget.tokens(20), new Seed(2));
        for (int stopAfter = 0; stopAfter <= 6; stopAfter++) {
            Path file = folder.resolve("cut" + stopAfter);
            SimulatedEstimator first = interrupting(utilities, stopAfter);
            if (stopAfter == 0) {
                Thread.currentThread().interrupt();
            }
            Selection cut = TopKSelector.<Integer>builder(first)
                    .scoreBatch(4)
                    .journal(file)
                    .build()
                    .select(pool(23), Budget.tokens(20), new Seed(2));
            assertThat(Thread.interrupted()).isTrue();
            if (stopAfter < 6) {
                assertThat(cut.choices()).isEmpty();
                assertThat(cut.stopReason()).isEqualTo(StopReason.CANCELLED);
            }
            SimulatedEstimator second = new SimulatedEstimator(utilities);
            List<Integer> batches = new ArrayList<>();
            Selection resumed = TopKSelector.<Integer>builder(second)
                    .scoreBatch(4)
                    .journal(file)
                    .listener(new SelectionListener() {
                        @Override
                        public void onRoundFinished(RoundFinished event) {
                            batches.add(event.round());
                        }
                    })
                    .build()
                    .select(pool(23), Budget.tokens(20), new Seed(2));
            assertThat(resumed).isEqualTo(expected);
            assertThat(first.asked.size() + second.asked.size()).isEqualTo(23);
            assertThat(batches).hasSize(6 - stopAfter);
            assertThat(file).hasSameBinaryContentAs(whole);
        }
    }

    private static SimulatedEstimator interrupting(double[] utilities, int after) {
        return new SimulatedEstimator(utilities) {
            @Override
            public InfluenceScores score(List<? extends Integer> items) {
                InfluenceScores scores = super.score(items);
                if (batches.size() == after) {
                    Thread.currentThread().interrupt();
                }
                return scores;
            }
        };
    }

    @Test
    void select_journalOfAnotherRun_isRefused() throws Exception {
        Path file = folder.resolve("journal");
        TopKSelector<Integer> selector = TopKSelector.<Integer>builder(new SimulatedEstimator(1, 2, 3))
                .journal(file)
                .build();
        selector.select(pool(3), Budget.documents(1), new Seed(1));
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> selector.select(pool(3), Budget.documents(2), new Seed(1)))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("budget is 1 documents there and 2 documents here");
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    void build_badBatch_isRefused() {
        assertThatThrownBy(() -> TopKSelector.builder(new SimulatedEstimator(1))
                        .scoreBatch(0)
                        .build())
                .hasMessage("scoreBatch is 0; allowed is 1 or more");
    }
}
