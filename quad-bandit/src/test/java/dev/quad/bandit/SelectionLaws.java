// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import dev.quad.StopReason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What holds for every world; plain methods, so that any engine can call them. */
final class SelectionLaws {
    private SelectionLaws() {}

    /** T1: a run ends within as many rounds as there are blocks, whatever scores, threshold and budget are. */
    static void ends(World world) {
        Selection selection = world.select();
        long blocks = 0;
        for (int arm = 0; arm < world.clustering.clusterCount(); arm++) {
            int size = world.clustering.size(arm);
            for (int rest = size; rest > 0; blocks++) {
                rest -= Math.min(rest, world.options.blockSize().of(size, rest));
            }
        }
        blocks *= 1 + world.options.rejected().retries();
        assertThat(selection.costs().pulls()).isLessThanOrEqualTo(blocks);
        assertThat(selection.costs().rounds()).isBetween(1, (int) blocks);
        assertThat(selection.stopReason()).isNotEqualTo(StopReason.CANCELLED);
    }

    /** T3: nothing is chosen twice, scored twice, drawn twice, or from elsewhere. */
    static void nothingTwice(World world) {
        SimulatedEstimator estimator = world.estimator();
        Selection selection = world.select(estimator);
        assertThat(estimator.asked).doesNotHaveDuplicates().hasSize((int)
                selection.costs().documentsScored());
        assertThat(selection.choices().stream().map(Choice::ordinal))
                .doesNotHaveDuplicates()
                .allMatch(ordinal -> ordinal >= 0 && ordinal < world.pool.size());
        for (Choice choice : selection.choices()) {
            assertThat(choice.arm()).isEqualTo(world.clustering.clusterOf(choice.ordinal()));
            assertThat(choice.round()).isBetween(1, selection.costs().rounds());
            assertThat(world.utilities[choice.ordinal()]).satisfies(u -> {
                if (choice.score().isPresent()) {
                    assertThat(u).isEqualTo(choice.score().getAsDouble());
                } else {
                    assertThat(estimator.asked).doesNotContain(choice.ordinal());
                }
            });
        }
    }

    /** T4: the counts of arms add up to the pulls, and events, costs and statistics agree. */
    static void countsAddUp(World world) {
        List<SelectionListener.RoundFinished> rounds = new ArrayList<>();
        SelectionListener listener = new SelectionListener() {
            @Override
            public void onRoundFinished(RoundFinished event) {
                rounds.add(event);
            }
        };
        world.wiring = builder -> builder.listener(listener);
        Selection selection = world.select();
        long pulls = rounds.stream().mapToLong(round -> round.pulls().size()).sum();
        long accepted = rounds.stream()
                .flatMap(round -> round.pulls().stream())
                .mapToLong(SelectionListener.ArmPulled::accepted)
                .sum();
        assertThat(selection.costs().pulls()).isEqualTo(pulls);
        assertThat(selection.costs().rounds()).isEqualTo(rounds.size());
        assertThat(selection.costs().documentsChosen())
                .isEqualTo(accepted)
                .isEqualTo(selection.choices().size());
        assertThat(selection.costs().tokensScored())
                .isEqualTo(10 * selection.costs().documentsScored());
        assertThat(selection.costs().flops())
                .hasValue(Flops.gradient(1e9, (double) selection.costs().tokensScored()));
    }

    /** T5: the budget is never exceeded. */
    static void budgetHolds(World world) {
        Selection selection = world.select();
        long tokens = selection.choices().stream()
                .mapToLong(choice -> world.tokens[choice.ordinal()])
                .sum();
        long spent = world.budget.unit() == Budget.Unit.TOKENS
                ? tokens
                : selection.choices().size();
        assertThat(spent).isLessThanOrEqualTo(world.budget.limit());
        assertThat(selection.costs().tokensChosen()).isEqualTo(tokens);
    }

    /** T6: with no threshold and no limit on rounds, the budget is met or every document was drawn. */
    static void noThreshold(World world) {
        Selection selection = world.with(SelectionOptions.builder()
                        .threshold(Threshold.none())
                        .acceptance(Acceptance.items())
                        .build())
                .select();
        long scorable = java.util.Arrays.stream(world.utilities)
                .filter(u -> !Double.isNaN(u))
                .count();
        if (world.budget.unit() == Budget.Unit.DOCUMENTS) {
            assertThat(selection.choices()).hasSize((int) Math.min(world.budget.limit(), scorable));
        }
        if (selection.stopReason() == StopReason.EXHAUSTED) {
            assertThat(selection.costs().documentsScored()).isEqualTo(world.pool.size());
        } else {
            assertThat(selection.stopReason()).isEqualTo(StopReason.BUDGET);
        }
    }

    /** T7: item acceptance takes nothing at or below the threshold. */
    static void itemsBeatThreshold(World world, double tau) {
        Selection selection = world.with(SelectionOptions.builder()
                        .threshold(Threshold.absolute(tau))
                        .acceptance(Acceptance.items())
                        .build())
                .select();
        assertThat(selection.choices())
                .allMatch(choice -> world.utilities[choice.ordinal()] > tau)
                .allMatch(choice -> choice.score().isPresent());
    }

    /** T11: the same again gives the same; another batch size too. */
    static void repeats(World world) {
        Selection first = world.select();
        assertThat(world.select()).isEqualTo(first);
        world.wiring = builder -> builder.scoreBatch(1);
        assertThat(world.select()).isEqualTo(first);
    }

    /**
     * Scores and threshold times c give the same choices where α is counted in spreads; c a power of two, to be exact.
     */
    static void scaleDoesNotMatter(World world, double c) {
        SelectionOptions.Builder options = SelectionOptions.builder().acceptance(Acceptance.items());
        double tau = 0.125;
        Selection plain =
                world.with(options.threshold(Threshold.absolute(tau)).build()).select();
        Selection scaled = world.scaled(c)
                .with(options.threshold(Threshold.absolute(tau * c)).build())
                .select();
        assertThat(ordinals(scaled)).isEqualTo(ordinals(plain));
        World judged = world.with(options.threshold(Threshold.quantile(0.6)).build());
        if (!judged.mayHaveEmptyPilot()) {
            assertThat(ordinals(judged.scaled(c).select())).isEqualTo(ordinals(judged.select()));
        }
    }

    /** A higher threshold chooses a subset of the same pulls and needs no fewer rounds. */
    static void thresholdIsMonotone(World world, double low, double high, Acceptance acceptance) {
        SelectionOptions.Builder options = SelectionOptions.builder().acceptance(acceptance);
        SelectionOptions lower = options.threshold(Threshold.absolute(low)).build();
        SelectionOptions higher = options.threshold(Threshold.absolute(high)).build();
        World rich = world.with(Budget.documents(1000));
        Set<Integer> more = new HashSet<>(ordinals(rich.with(lower).select()));
        assertThat(more).containsAll(ordinals(rich.with(higher).select()));
        World tight = world.with(Budget.documents(5));
        assertThat(tight.with(higher).select().costs().rounds())
                .isGreaterThanOrEqualTo(tight.with(lower).select().costs().rounds());
    }

    /**
     * α → ∞ goes round: pulls of arms with something left differ by one at most, but for those put off without a score.
     */
    static void largeAlphaGoesRound(World world) {
        int[] pulls = new int[world.clustering.clusterCount()];
        int[] drawn = new int[pulls.length];
        boolean[] putOff = new boolean[pulls.length];
        SelectionListener listener = new SelectionListener() {
            @Override
            public void onRoundFinished(RoundFinished event) {
                for (ArmPulled pull : event.pulls()) {
                    putOff[pull.arm()] |= pulls[pull.arm()]++ == 0 && pull.scored() == 0;
                    drawn[pull.arm()] += pull.drawn();
                }
                int most = java.util.Arrays.stream(pulls).max().orElseThrow();
                for (int arm = 0; arm < pulls.length; arm++) {
                    if (!putOff[arm] && drawn[arm] < world.clustering.size(arm)) {
                        assertThat(pulls[arm]).isGreaterThanOrEqualTo(most - 1);
                    }
                }
            }
        };
        World round = world.with(SelectionOptions.builder()
                .armSelector(Ucb1.absolute(1e9))
                .blockSize(BlockSize.documents(3))
                .threshold(Threshold.absolute(Double.POSITIVE_INFINITY))
                .build());
        round.wiring = builder -> builder.listener(listener);
        assertThat(round.select().stopReason()).isIn(StopReason.EXHAUSTED, StopReason.STARVED);
    }

    static List<Integer> ordinals(Selection selection) {
        return selection.choices().stream().map(Choice::ordinal).toList();
    }
}
