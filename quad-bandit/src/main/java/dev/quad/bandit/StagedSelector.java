// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.StopReason;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import org.apiguardian.api.API;

/**
 * A {@link QuadSelector} in stages: after so many rounds the rest of the budget is chosen with another estimator, such as that
 * of a later checkpoint of the model that is trained on what was chosen. What earlier stages learned of the clusters is kept
 * as a {@link Prior}, discounted at each change; what they chose stays chosen, and what they did not is in the pool again,
 * to be scored anew. A threshold that needs a pilot gets one in each stage.
 *
 * <p>A run also ends, with {@link StopReason#STARVED}, when as many documents as are left were scored in a row and none of
 * them was chosen: the next stage would be offered the same ones.
 *
 * <p>Scores of all estimators must have one unit, since the prior has means of the last. Same input and seed, same answer.
 * Keeps no journal. A run that is interrupted ends with what it has chosen.
 *
 * @param <T> what a document is
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class StagedSelector<T> implements DataSelector<T> {
    private final Clustering clustering;
    private final SelectionOptions options;
    private final int rounds;
    private final double discount;
    private final IntFunction<? extends InfluenceEstimator<? super T>> estimators;

    /**
     * A selector.
     *
     * @param options of every stage, where limits of rounds hold; their prior is the first one's
     * @param rounds of a stage, {@code >= 1}
     * @param discount what a trial or a score of earlier stages counts in the next, in {@code [0, 1]}; 0 forgets them
     * @param estimators the estimator of each stage, from 0; asked for once at its start, closed at its end
     */
    public StagedSelector(
            Clustering clustering,
            SelectionOptions options,
            int rounds,
            double discount,
            IntFunction<? extends InfluenceEstimator<? super T>> estimators) {
        if (rounds < 1 || !(discount >= 0 && discount <= 1)) {
            throw new IllegalArgumentException("a stage has " + rounds + " rounds and the discount is " + discount
                    + "; allowed are 1 round or more, and [0, 1]");
        }
        this.clustering = Objects.requireNonNull(clustering, "the clustering is null");
        this.options = Objects.requireNonNull(options, "the options are null");
        this.rounds = rounds;
        this.discount = discount;
        this.estimators = Objects.requireNonNull(estimators, "what gives the estimator of a stage is null");
    }

    @Override
    public Selection select(CandidatePool<T> pool, Budget budget, Seed seed) {
        RunManifest.check(pool, budget, seed);
        Run run = new Run(budget, seed);
        while (run.stage(pool)) {
            run.stages++;
        }
        return run.selection();
    }

    /** What the stages have come to. */
    private final class Run {
        private final Budget budget;
        private final Seed seed;
        private final List<Choice> choices = new ArrayList<>();
        private final BitSet chosen = new BitSet();
        private final Map<String, String> manifest = new LinkedHashMap<>();
        private final Fingerprint digest = Fingerprint.of("quad.stages.1");
        private Prior prior = options.prior();
        private Costs costs = new Costs(0, 0, 0, 0, 0, 0, 0, OptionalDouble.of(0));
        private StopReason stop = StopReason.CANCELLED;
        private long left;
        private int stages;
        private long inVain;

        Run(Budget budget, Seed seed) {
            this.budget = budget;
            this.seed = seed;
            this.left = budget.limit();
        }

        /** Plays a stage; whether there is another. */
        boolean stage(CandidatePool<T> pool) {
            Seed own = stages == 0
                    ? seed
                    : new Seed(seed.stream("bandit.stage", stages).nextLong());
            try (InfluenceEstimator<? super T> estimator = Objects.requireNonNull(
                            estimators.apply(stages), () -> "the estimator of stage " + stages + " is null");
                    QuadSession session = QuadSelector.<T>builder(clustering, estimator)
                            .options(options.toBuilder().prior(prior).build())
                            .eligible(ordinal -> !chosen.get(ordinal))
                            .build()
                            .session(pool, new Budget(left, budget.unit()), own)) {
                digest.add(estimator.fingerprint());
                boolean more = true;
                for (int round = 0; round < rounds && more; round++) {
                    more = session.step();
                }
                Selection selection = session.selection();
                add(selection, pool);
                stop = selection.stopReason();
                prior = Prior.discounted(session.statistics(), discount);
                long scored = selection.costs().documentsScored();
                inVain = selection.choices().isEmpty() ? inVain + Math.max(1, scored) : 0;
                if (more && inVain >= pool.size() - chosen.cardinality()) {
                    stop = StopReason.STARVED;
                    return false;
                }
                return more;
            }
        }

        private void add(Selection selection, CandidatePool<T> pool) {
            for (Choice choice : selection.choices()) {
                choices.add(
                        new Choice(choice.ordinal(), choice.score(), choice.arm(), costs.rounds() + choice.round()));
                chosen.set(choice.ordinal());
                left -= budget.cost(pool.tokens(choice.ordinal()));
            }
            selection.manifest().forEach(manifest::putIfAbsent);
            Costs more = selection.costs();
            costs = new Costs(
                    costs.documentsChosen() + more.documentsChosen(),
                    costs.tokensChosen() + more.tokensChosen(),
                    costs.documentsScored() + more.documentsScored(),
                    costs.documentsFlagged() + more.documentsFlagged(),
                    costs.tokensScored() + more.tokensScored(),
                    costs.rounds() + more.rounds(),
                    costs.pulls() + more.pulls(),
                    costs.flops().isPresent() && more.flops().isPresent()
                            ? OptionalDouble.of(
                                    costs.flops().getAsDouble() + more.flops().getAsDouble())
                            : OptionalDouble.empty());
        }

        Selection selection() {
            manifest.put("selector", "staged");
            manifest.put("budget", budget.limit() + " " + budget.unit());
            manifest.put("estimator", digest.hex());
            manifest.put("stages", (stages + 1) + " of " + rounds + " rounds, discount " + discount);
            return new Selection(choices, stop, costs, manifest);
        }
    }
}
