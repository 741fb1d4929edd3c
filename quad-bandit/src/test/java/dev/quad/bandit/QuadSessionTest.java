// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ArmSelector;
import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import dev.quad.StopReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuadSessionTest {
    @TempDir
    Path folder;

    /** {@code arms} clusters of ten documents with one token each; documents of higher clusters are better. */
    private static World world(int arms, Budget budget, SelectionOptions options) {
        int n = 10 * arms;
        double[] utilities =
                IntStream.range(0, n).map(i -> i / 10).asDoubleStream().toArray();
        long[] tokens = new long[n];
        Arrays.fill(tokens, 1);
        int[] clusters = IntStream.range(0, n).map(i -> i / 10).toArray();
        return new World(utilities, tokens, Clustering.of(clusters, arms), budget, options, new Seed(1));
    }

    private static SelectionOptions.Builder blocksOf(int documents) {
        return SelectionOptions.builder()
                .armSelector(Ucb1.standardised(0.5))
                .acceptance(Acceptance.blockMean())
                .threshold(Threshold.quantile(0.5))
                .blockSize(BlockSize.documents(documents));
    }

    @Test
    void run_clearClusters_takesTheBest() {
        World world = world(
                8,
                Budget.documents(20),
                blocksOf(2).threshold(Threshold.quantile(0.5)).build());
        Selection selection = world.select();
        assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
        assertThat(selection.choices()).hasSize(20).allMatch(choice -> choice.arm() >= 4);
        assertThat(selection.manifest())
                .containsEntry("selector", "quad")
                .containsEntry("threshold", "Quantile[q=0.5]")
                .containsEntry("estimator", "simulated")
                .containsEntry("budget", "20 documents");
    }

    @Test
    void blockMean_unscoredDocuments_areTakenOnEvidenceOfOthers() {
        World world = world(
                3,
                Budget.documents(100),
                blocksOf(5).samplePerBlock(2).threshold(Threshold.absolute(1.5)).build());
        Selection selection = world.select();
        assertThat(selection.stopReason()).isEqualTo(StopReason.STARVED);
        assertThat(selection.choices()).hasSize(10).allMatch(choice -> choice.arm() == 2);
        assertThat(selection.choices().stream().filter(choice -> choice.score().isPresent()))
                .hasSize(4);
        assertThat(selection.costs().documentsScored()).isEqualTo(12);
    }

    /** T7 does not hold for blocks: what was not scored may be anything. */
    @Test
    void blockMean_unscoredDocument_mayBeBelowThreshold() {
        double[] utilities = new double[40];
        Arrays.fill(utilities, 0, 20, 1.0);
        Arrays.fill(utilities, 20, 40, -1.0);
        World world = new World(
                utilities,
                new long[40],
                Clustering.of(new int[40], 1),
                Budget.documents(40),
                blocksOf(4).samplePerBlock(1).threshold(Threshold.absolute(0)).build(),
                new Seed(1));
        Selection.Choice below = world.select().choices().stream()
                .filter(choice -> utilities[choice.ordinal()] < 0)
                .findFirst()
                .orElseThrow();
        System.out.println("every document of an accepted block is above the threshold of 0 is false: document "
                + below.ordinal() + " has " + utilities[below.ordinal()]);
    }

    @Test
    void run_budgetAbovePool_endsExhausted() {
        World world = world(
                3, Budget.tokens(1000), blocksOf(4).threshold(Threshold.none()).build());
        Selection selection = world.select();
        assertThat(selection.stopReason()).isEqualTo(StopReason.EXHAUSTED);
        assertThat(selection.choices()).hasSize(30);
    }

    @Test
    void run_maxRounds_endsWithRounds() {
        World world = world(
                3,
                Budget.documents(30),
                blocksOf(1).threshold(Threshold.none()).maxRounds(4).build());
        assertThat(world.select().stopReason()).isEqualTo(StopReason.ROUNDS);
        assertThat(world.select().costs().rounds()).isEqualTo(4);
    }

    @Test
    void run_nothingAccepted_endsWithPatience() {
        World world = world(
                3,
                Budget.documents(30),
                blocksOf(1).threshold(Threshold.absolute(99)).patience(5).build());
        assertThat(world.select().stopReason()).isEqualTo(StopReason.PATIENCE);
        assertThat(world.select().costs().rounds()).isEqualTo(5);
        assertThat(world.select().choices()).isEmpty();
    }

    @Test
    void budget_documentThatDoesNotFit_isPassedOver() {
        long[] tokens = {60, 60, 60, 30, 30, 5};
        World world = new World(
                new double[] {1, 1, 1, 1, 1, 1},
                tokens,
                Clustering.of(new int[6], 1),
                Budget.tokens(100),
                blocksOf(6).threshold(Threshold.none()).build(),
                new Seed(2));
        Selection selection = world.select();
        assertThat(selection.costs().tokensChosen()).isBetween(65L, 100L);
        World large = world.with(Budget.tokens(4));
        assertThat(large.select().choices()).isEmpty();
        assertThat(large.select().stopReason()).isEqualTo(StopReason.BUDGET);
    }

    @Test
    void budget_crumbLeft_countsAsUsed() {
        long[] tokens = new long[50];
        Arrays.fill(tokens, 999);
        tokens[49] = 1;
        World world = new World(
                new double[50],
                tokens,
                Clustering.of(new int[50], 1),
                Budget.tokens(10 * 999 + 20),
                blocksOf(1).threshold(Threshold.none()).build(),
                new Seed(2));
        Selection selection = world.select();
        assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
        assertThat(selection.costs().rounds()).isLessThanOrEqualTo(12);
    }

    @Test
    void eligible_excluded_areNeverTouched() {
        World world = world(4, Budget.documents(40), blocksOf(3).build());
        world.wiring = builder -> builder.eligible(ordinal -> ordinal % 3 == 0 && ordinal < 30);
        SimulatedEstimator estimator = world.estimator();
        Selection selection = world.select(estimator);
        assertThat(estimator.asked)
                .allMatch(ordinal -> ordinal % 3 == 0 && ordinal < 30)
                .hasSize(10);
        assertThat(selection.manifest().get("eligible")).startsWith("10 of 40 (");
    }

    @Test
    void run_nothingEligible_endsExhausted() {
        World world = world(2, Budget.documents(3), SelectionOptions.defaults());
        List<Object> events = new ArrayList<>();
        world.wiring = builder -> builder.eligible(ordinal -> false).listener(recorder(events));
        SimulatedEstimator estimator = world.estimator();
        Selection nothing = world.select(estimator);
        assertThat(nothing.stopReason()).isEqualTo(StopReason.EXHAUSTED);
        assertThat(nothing.reason()).isEqualTo("no document was eligible");
        assertThat(estimator.batches).isEmpty();
        assertThat(events).hasSize(2);
        World none = world(0, Budget.documents(3), SelectionOptions.defaults());
        assertThat(none.select().stopReason()).isEqualTo(StopReason.EXHAUSTED);
        assertThat(none.select()).hasToString("selection of 0 documents, 0 tokens; the pool is empty");
    }

    @Test
    void score_roundOfBlocks_isOnePass() {
        World world = world(
                4,
                Budget.documents(40),
                blocksOf(5).armsPerRound(4).threshold(Threshold.none()).build());
        world.wiring = builder -> builder.scoreBatch(16);
        SimulatedEstimator estimator = world.estimator();
        world.select(estimator);
        assertThat(estimator.batches).containsExactly(16, 4, 16, 4);
    }

    @Test
    void pilot_documentsKnown_areNotScoredAgainAndCountOnce() {
        World world = world(
                1,
                Budget.documents(10),
                blocksOf(5)
                        .pilot(6)
                        .acceptance(Acceptance.items())
                        .threshold(Threshold.quantile(0))
                        .build());
        SimulatedEstimator estimator = world.estimator();
        Selection selection = world.select(estimator);
        assertThat(estimator.asked).doesNotHaveDuplicates().hasSize(10);
        assertThat(selection.costs().documentsScored()).isEqualTo(10);
        Bandit bandit = new Bandit(
                world.options,
                world.seed,
                world.clustering,
                new Eligible(10, ordinal -> true),
                world.pool,
                world.budget);
        int[] sample = bandit.pilotSample();
        bandit.settlePilot(sample, estimator.score(Arrays.stream(sample).boxed().toList()));
        assertThat(bandit.table().scored(0)).isEqualTo(6);
        assertThat(bandit.table().totalPulls()).isZero();
        for (int round = 0; round < 2; round++) {
            List<Block> blocks = bandit.draw();
            int[] fresh = blocks.get(0).fresh();
            bandit.settle(blocks, estimator.score(Arrays.stream(fresh).boxed().toList()));
        }
        assertThat(bandit.table().scored(0)).isEqualTo(10);
        assertThat(bandit.table().pulls(0)).isEqualTo(2);
    }

    @Test
    void pilot_nothingScored_saysWhy() {
        World world = world(2, Budget.documents(5), SelectionOptions.defaults());
        Arrays.fill(world.utilities, Double.NaN);
        assertThatThrownBy(world::select)
                .isInstanceOf(QuadException.class)
                .hasMessage("none of the 20 pilot documents could be scored, the first because: no text in 0. The"
                        + " threshold Quantile[q=0.5] needs scores: mend the input, or set an absolute threshold");
    }

    @Test
    void listeners_followTheRun() {
        World world = world(5, Budget.documents(8), blocksOf(2).build());
        List<Object> events = new ArrayList<>();
        world.wiring = builder -> builder.listener(recorder(events));
        Selection selection = world.select();
        assertThat(events.get(0)).isEqualTo(new SelectionListener.RunStarted(5, 50, Budget.documents(8), 2.0, 0));
        assertThat(events).hasSize(2 + selection.costs().rounds());
        assertThat(events.get(events.size() - 1)).isEqualTo(new SelectionListener.RunFinished(selection));
        SelectionListener.RoundFinished first = (SelectionListener.RoundFinished) events.get(1);
        assertThat(first.round()).isEqualTo(1);
        assertThat(first.pulls()).hasSize(2).allSatisfy(pull -> {
            assertThat(pull.drawn()).isEqualTo(2);
            assertThat(pull.mean()).isEqualTo(pull.arm());
        });
    }

    @Test
    void listener_throws_reachesTheCallerUnchanged() {
        World world = world(5, Budget.documents(8), blocksOf(2).build());
        IllegalStateException thrown = new IllegalStateException("disk full");
        world.wiring = builder -> builder.listener(new SelectionListener() {
            @Override
            public void onRoundFinished(RoundFinished event) {
                throw thrown;
            }
        });
        assertThatThrownBy(world::select).isSameAs(thrown);
    }

    private static SelectionListener recorder(List<Object> events) {
        return new SelectionListener() {
            @Override
            public void onRunStarted(RunStarted event) {
                events.add(event);
            }

            @Override
            public void onRoundFinished(RoundFinished event) {
                events.add(event);
            }

            @Override
            public void onRunFinished(RunFinished event) {
                events.add(event);
            }
        };
    }

    @Test
    void interrupt_inARound_givesItUpAndResumes() throws IOException {
        World world = world(
                6, Budget.documents(25), blocksOf(3).armsPerRound(3).pilot(7).build());
        Path journal = folder.resolve("journal");
        Selection expected = world.select(world.estimator(), folder.resolve("whole"));
        for (int batch = 0; batch < 5; batch++) {
            int last = batch;
            SimulatedEstimator estimator = new SimulatedEstimator(world.utilities) {
                @Override
                public InfluenceScores score(List<? extends Integer> items) {
                    if (batches.size() == last) {
                        Thread.currentThread().interrupt();
                    }
                    return super.score(items);
                }
            };
            Files.deleteIfExists(journal);
            Selection cancelled = world.select(estimator, journal);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(estimator.batches).hasSize(last + 1);
            assertThat(cancelled.stopReason()).isEqualTo(StopReason.CANCELLED);
            assertThat(expected.choices().subList(0, cancelled.choices().size()))
                    .isEqualTo(cancelled.choices());
            assertThat(world.select(world.estimator(), journal)).isEqualTo(expected);
            assertThat(journal).hasSameBinaryContentAs(folder.resolve("whole"));
        }
    }

    @Test
    void estimator_throws_keepsTheJournal() {
        World world = world(
                6, Budget.documents(25), blocksOf(3).armsPerRound(3).pilot(7).build());
        Path journal = folder.resolve("journal");
        SimulatedEstimator estimator = new SimulatedEstimator(world.utilities) {
            @Override
            public InfluenceScores score(List<? extends Integer> items) {
                if (batches.size() == 3) {
                    throw new IllegalStateException("out of memory on the device");
                }
                return super.score(items);
            }
        };
        QuadSelector<Integer> selector =
                world.selector(estimator).journal(journal).build();
        try (QuadSession session = selector.session(world.pool, world.budget, world.seed)) {
            assertThat(session.step()).isTrue();
            assertThatThrownBy(session::step)
                    .isInstanceOf(QuadException.class)
                    .hasMessageStartingWith("the estimator failed in round 2 on a batch of ")
                    .hasMessageEndingWith(": java.lang.IllegalStateException: out of memory on the device");
            assertThatThrownBy(session::step)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the session is closed or failed in an earlier step; open a new one, which goes on from"
                            + " the journal if there is one");
        }
        assertThat(world.select(world.estimator(), journal)).isEqualTo(world.select());
    }

    @Test
    void estimator_wrongCountOrSize_isReported() {
        World world = world(
                1, Budget.documents(5), blocksOf(3).threshold(Threshold.none()).build());
        SimulatedEstimator few = new SimulatedEstimator(world.utilities) {
            @Override
            public InfluenceScores score(List<? extends Integer> items) {
                return InfluenceScores.of(1, 2);
            }
        };
        assertThatThrownBy(() -> world.select(few))
                .isInstanceOf(QuadException.class)
                .hasMessageMatching("the estimator failed in round 1 on a batch of 3 documents from ordinal \\d on: it"
                        + " returned 2 scores; it must return one per document, in order, and flag those that cannot be"
                        + " scored");
        Arrays.fill(world.utilities, -1e200);
        assertThatThrownBy(world::select)
                .isInstanceOf(NumericalException.class)
                .hasMessageMatching(
                        "document \\d has the score -1.0E200; allowed is \\[-1.0E100, 1.0E100\\]: look at the"
                                + " damping, or flag the document");
    }

    @Test
    void armSelector_breaksItsContract_isReported() {
        for (int[] arms : new int[][] {{}, {7}, {-1}, {0, 0}, {0, 1, 0}}) {
            ArmSelector selector = (statistics, count, random) -> arms;
            World world = world(
                    5,
                    Budget.documents(5),
                    blocksOf(3)
                            .armSelector(selector)
                            .threshold(Threshold.none())
                            .build());
            assertThatThrownBy(world::select)
                    .isInstanceOf(QuadException.class)
                    .hasMessage("the arm selector dev.quad.bandit.QuadSessionTest$lambda chose the arms "
                            + Arrays.toString(arms)
                            + " in round 1; allowed are 1 to 2 different arms in [0, 5) with documents left");
        }
    }

    @Test
    void pool_ofAnotherSize_isRefused() {
        World world = world(2, Budget.documents(5), SelectionOptions.defaults());
        CandidatePool<Integer> small = CandidatePool.of(List.of(1, 2), item -> 1, "small");
        QuadSelector<Integer> selector = world.selector(world.estimator()).build();
        assertThatThrownBy(() -> selector.select(small, world.budget, world.seed))
                .isInstanceOf(MismatchException.class)
                .hasMessage(
                        "the clustering is of 20 documents and the pool has 2; cluster the pool that is chosen from");
    }

    @Test
    void scoreBatch_zero_isRefused() {
        World world = world(2, Budget.documents(5), SelectionOptions.defaults());
        assertThatThrownBy(() -> world.selector(world.estimator()).scoreBatch(0).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("scoreBatch is 0; allowed is 1 or more");
    }

    @Test
    void selection_beforeTheEnd_isWhatIsChosenSoFar() {
        World world = world(
                5, Budget.documents(30), blocksOf(2).threshold(Threshold.none()).build());
        try (QuadSession session =
                world.selector(world.estimator()).build().session(world.pool, world.budget, world.seed)) {
            assertThat(session.isDone()).isFalse();
            assertThat(session.selection().choices()).isEmpty();
            session.step();
            assertThat(session.selection().choices()).hasSize(4);
            assertThat(session.selection().stopReason()).isEqualTo(StopReason.CANCELLED);
            while (session.step()) {
                assertThat(session.isDone()).isFalse();
            }
            assertThat(session.isDone()).isTrue();
            assertThat(session.step()).isFalse();
            assertThat(session.selection()).isEqualTo(world.select());
            assertThat(session.selection().choices().stream().map(Choice::round))
                    .isSorted();
        }
    }
}
