// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import dev.quad.SelectionListener.RoundFinished;
import dev.quad.SelectionListener.RunFinished;
import dev.quad.SelectionListener.RunStarted;
import dev.quad.StopReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten clusters of 60: those of low numbers are best at first, later those of high numbers. */
class StagedSelectorTest {
    private static final int N = 600;
    private static final SelectionOptions OPTIONS = SelectionOptions.builder()
            .armsPerRound(2)
            .blockSize(BlockSize.documents(5))
            .acceptance(Acceptance.items())
            .threshold(Threshold.absolute(5))
            .build();

    private final World world = world(Budget.documents(120));
    private final List<SimulatedEstimator> made = new ArrayList<>();
    private int closed;

    private static World world(Budget budget) {
        return new World(
                utilities(false),
                IntStream.range(0, N).mapToLong(i -> 1 + i % 3).toArray(),
                Clustering.of(IntStream.range(0, N).map(i -> i % 10).toArray(), 10),
                budget,
                OPTIONS,
                new Seed(4));
    }

    private static double[] utilities(boolean later) {
        return IntStream.range(0, N)
                .mapToDouble(i -> (later ? i % 10 : 9 - i % 10) + (i / 10 % 2))
                .toArray();
    }

    private SimulatedEstimator estimator(boolean later) {
        SimulatedEstimator estimator = new SimulatedEstimator(utilities(later)) {
            @Override
            public void close() {
                closed++;
            }
        };
        made.add(estimator);
        return estimator;
    }

    private StagedSelector.Builder<Integer> staged(World in, int rounds, double discount) {
        return StagedSelector.<Integer>builder(in.clustering, (stage, chosen) -> estimator(stage > 0))
                .options(OPTIONS)
                .rounds(rounds)
                .discount(discount);
    }

    private Selection select(World in, int rounds, double discount) {
        return staged(in, rounds, discount).build().select(in.pool, in.budget, in.seed);
    }

    @Test
    void select_followsTheEstimatorOfItsStage_andChoosesNothingTwice() {
        Selection selection = select(world, 9, 0.1);
        assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
        assertThat(selection.choices()).hasSize(120);
        assertThat(selection.choices().stream().map(Selection.Choice::ordinal)).doesNotHaveDuplicates();
        for (Selection.Choice choice : selection.choices()) {
            double[] stage = utilities(choice.round() > 9);
            assertThat(choice.score()).hasValue(stage[choice.ordinal()]);
            assertThat(stage[choice.ordinal()]).isGreaterThan(5);
        }
        assertThat(selection.choices().stream()
                        .mapToInt(Selection.Choice::round)
                        .max())
                .hasValue(selection.costs().rounds());
        assertThat(selection.costs().documentsScored())
                .isEqualTo(made.stream().mapToInt(e -> e.asked.size()).sum());
        assertThat(selection.costs().flops()).hasValue(6e9 * selection.costs().tokensScored());
        assertThat(closed).isEqualTo(made.size()).isGreaterThan(1);
        assertThat(selection).isEqualTo(select(world, 9, 0.1));
    }

    /** Who follows hears of one run: every choice once, in order, with the rounds, counts and budget of the whole. */
    @Test
    void listener_hearsTheRunAsOne() {
        List<RoundFinished> heard = new ArrayList<>();
        List<Object> ends = new ArrayList<>();
        List<List<Choice>> given = new ArrayList<>();
        Selection selection = StagedSelector.<Integer>builder(world.clustering, (stage, chosen) -> {
                    given.add(chosen);
                    return estimator(stage > 0);
                })
                .options(OPTIONS)
                .rounds(3)
                .listener(new SelectionListener() {
                    @Override
                    public void onRunStarted(RunStarted event) {
                        ends.add(event);
                    }

                    @Override
                    public void onRoundFinished(RoundFinished event) {
                        heard.add(event);
                    }

                    @Override
                    public void onRunFinished(RunFinished event) {
                        ends.add(event.selection());
                    }
                })
                .build()
                .select(world.pool, world.budget, world.seed);

        assertThat(ends).containsExactly(new RunStarted(10, N, world.budget, 5, 0), selection);
        assertThat(heard.stream().map(RoundFinished::round))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, selection.costs().rounds())
                                .boxed()
                                .toList());
        assertThat(heard.stream().flatMap(event -> event.choices().stream()).toList())
                .isEqualTo(selection.choices());
        RoundFinished last = heard.get(heard.size() - 1);
        assertThat(last.spent()).isEqualTo(120);
        assertThat(last.chosen()).isEqualTo(120);
        assertThat(last.documentsScored()).isEqualTo(selection.costs().documentsScored());
        for (int stage = 0; stage < given.size(); stage++) {
            int rounds = 3 * stage;
            assertThat(given.get(stage))
                    .isEqualTo(selection.choices().stream()
                            .filter(choice -> choice.round() <= rounds)
                            .toList());
        }
    }

    /** Ended after any round, and gone on with from the journals. */
    @Test
    void journals_goOnWhereverTheRunEnded(@TempDir Path folder) throws IOException {
        Selection whole = select(world, 3, 0.5);
        for (int last = 1; last <= whole.costs().rounds(); last++) {
            Path journals = folder.resolve("ended" + last).resolve("made");
            int ending = last;
            StagedSelector<Integer> ended = staged(world, 3, 0.5)
                    .journals(journals)
                    .listener(new SelectionListener() {
                        @Override
                        public void onRoundFinished(RoundFinished event) {
                            if (event.round() == ending) {
                                throw new IllegalStateException("ended");
                            }
                        }
                    })
                    .build();
            assertThatThrownBy(() -> ended.select(world.pool, world.budget, world.seed))
                    .hasMessage("ended");
            made.clear();
            StagedSelector<Integer> again =
                    staged(world, 3, 0.5).journals(journals).build();
            assertThat(again.select(world.pool, world.budget, world.seed)).isEqualTo(whole);
            assertThat(made.stream()
                            .mapToInt(estimator -> estimator.asked.size())
                            .sum())
                    .as("scored again after round %d", last)
                    .isLessThan((int) whole.costs().documentsScored());
            assertThatThrownBy(() -> staged(world, 3, 0.4)
                            .journals(journals)
                            .build()
                            .select(world.pool, world.budget, new Seed(5)))
                    .isInstanceOf(MismatchException.class);
        }
    }

    /** And none of its files is touched. */
    @Test
    void journals_ofStagesOfAnotherSize_areRefused(@TempDir Path folder) throws IOException {
        staged(world, 2, 0.5).journals(folder).build().select(world.pool, world.budget, world.seed);
        byte[] first = Files.readAllBytes(folder.resolve("stage-0.jsonl"));

        for (int rounds : new int[] {1, 3}) {
            StagedSelector<Integer> other =
                    staged(world, rounds, 0.5).journals(folder).build();
            assertThatThrownBy(() -> other.select(world.pool, world.budget, world.seed))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContainingAll("of 2 rounds", "of " + rounds + " rounds");
        }
        assertThat(Files.readAllBytes(folder.resolve("stage-0.jsonl"))).isEqualTo(first);
        assertThat(staged(world, 2, 0.5).journals(folder).build().select(world.pool, world.budget, world.seed))
                .isEqualTo(select(world, 2, 0.5));
    }

    /** Each stage is offered again what the one before turned down, so that stages alone would never end. */
    @Test
    void select_nothingGoodEnough_ends() {
        Selection selection = StagedSelector.<Integer>builder(world.clustering, (stage, chosen) -> estimator(false))
                .options(OPTIONS.toBuilder().threshold(Threshold.absolute(9)).build())
                .rounds(2)
                .build()
                .select(world.pool, world.budget, world.seed);
        assertThat(selection.stopReason()).isEqualTo(StopReason.STARVED);
        assertThat(selection.choices())
                .as("those of 10, the only ones above 9")
                .allMatch(choice -> choice.score().orElseThrow() == 10);
        assertThat(closed).isEqualTo(made.size());
    }

    /** The default pilot scores the whole pool in each stage; that draws none of it. */
    @Test
    void select_withAPilotOfThePool_endsWithTheBudget(@TempDir Path folder) {
        for (int n : new int[] {100, 200}) {
            RandomGenerator random = new Seed(n).stream("noise");
            double[] noise = random.doubles(n, 0, 1)
                    .map(uniform -> random.nextGaussian())
                    .toArray();
            World small = new World(
                    noise,
                    LongStream.generate(() -> 1).limit(n).toArray(),
                    Clustering.of(IntStream.range(0, n).map(i -> i % 5).toArray(), 5),
                    Budget.documents(20),
                    SelectionOptions.defaults(),
                    new Seed(n));
            StagedSelector<Integer> staged = StagedSelector.<Integer>builder(
                            small.clustering, (stage, chosen) -> small.estimator())
                    .journals(folder.resolve("pool-" + n))
                    .build();
            Selection selection = staged.select(small.pool, small.budget, small.seed);
            assertThat(selection.choices()).hasSize(20);
            assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
            assertThat(staged.select(small.pool, small.budget, small.seed)).isEqualTo(selection);
        }
    }

    /** One good document of 600, wherever it is drawn: no stage ends the run before it is found. */
    @Test
    void select_oneGoodDocument_isFound() {
        double[] scores = new double[N];
        scores[321] = 10;
        Selection selection = StagedSelector.<Integer>builder(
                        world.clustering, (stage, chosen) -> new SimulatedEstimator(scores))
                .options(OPTIONS)
                .build()
                .select(world.pool, world.budget, world.seed);
        assertThat(selection.choices().stream().map(Choice::ordinal)).containsExactly(321);
        assertThat(selection.stopReason()).isEqualTo(StopReason.STARVED);
        assertThat(selection.costs().documentsScored()).isBetween((long) N, 2L * N - 1);
    }

    @Test
    void select_inOneStage_isQuads() {
        Selection plain = world.select();
        Selection staged = select(world, 1000, 0.5);
        assertThat(staged.choices()).isEqualTo(plain.choices());
        assertThat(staged.costs()).isEqualTo(plain.costs());
        assertThat(staged.manifest())
                .containsEntry("selector", "staged")
                .containsEntry("stages", "1 of 1000 rounds, discount 0.5");
    }

    /**
     * After nine rounds of all ten clusters: what is known spares the first look at each, what is forgotten does not.
     */
    @Test
    void discount_ofZero_looksAtEveryClusterAgain() {
        select(world, 9, 1);
        int[] known = firstClusters(made.get(1));
        made.clear();
        select(world, 9, 0);
        int[] forgotten = firstClusters(made.get(1));
        assertThat(forgotten).hasSize(10);
        assertThat(known.length).isLessThan(10);
    }

    /** The clusters of the first fifty documents that an estimator was asked for. */
    private static int[] firstClusters(SimulatedEstimator estimator) {
        return estimator.asked.stream()
                .limit(50)
                .mapToInt(i -> i % 10)
                .distinct()
                .sorted()
                .toArray();
    }

    @Test
    void select_budgetOfTokens_isKeptOverAllStages() {
        World tokens = world(Budget.tokens(150));
        Selection selection = select(tokens, 3, 0.5);
        long spent = selection.choices().stream()
                .mapToLong(choice -> tokens.tokens[choice.ordinal()])
                .sum();
        assertThat(spent).isEqualTo(selection.costs().tokensChosen()).isBetween(149L, 150L);
        assertThat(made.size()).isGreaterThan(2);
    }

    @Test
    void prior_ofARun_isItsMeansWithDiscountedWeights() {
        ArmTable table = new ArmTable(3, arm -> 10, arm -> 10);
        table.start(0);
        table.reward(0, 1, 2, 6);
        table.start(2);
        Prior prior = Prior.discounted(table, 0.5);
        ArmTable next = new ArmTable(3, arm -> 10, arm -> 10, Memory.forever(), prior);
        assertThat(next.trials(0)).isEqualTo(0.5);
        assertThat(next.evidence(0)).isEqualTo(1.5);
        assertThat(next.mean(0)).isCloseTo(3, within(1e-12));
        assertThat(next.trials(1)).isZero();
        assertThat(next.trials(2)).isZero();
        assertThat(prior.toString()).isNotEqualTo(Prior.discounted(table, 0.25).toString());
        assertThatThrownBy(() -> Prior.discounted(table, 1.5))
                .hasMessageContaining("discount is 1.5; allowed is [0, 1]");
        assertThatThrownBy(() -> select(world, 0, 0.5)).hasMessageContaining("a stage has 0 rounds");
    }

    @Test
    void toBuilder_ofOptions_givesThemBack() {
        SelectionOptions odd = SelectionOptions.builder()
                .armsPerRound(3)
                .samplePerBlock(2)
                .order(Order.pool())
                .memory(Memory.window(3))
                .credit(Credit.pulls())
                .overshoot(true)
                .rejected(Rejected.retried(2))
                .pilot(9)
                .maxRounds(8)
                .patience(7)
                .build();
        assertThat(odd.toBuilder().build().describe()).isEqualTo(odd.describe());
        assertThat(OPTIONS.toBuilder().build().describe()).isEqualTo(OPTIONS.describe());
        assertThat(Arrays.asList(odd.describe().get("armsPerRound"))).containsExactly("3");
    }
}
