// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.Experimental;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.SelectionListener;
import dev.quad.SelectionListener.RoundFinished;
import dev.quad.SelectionListener.RunFinished;
import dev.quad.SelectionListener.RunStarted;
import dev.quad.SelectionListener.ThresholdLowered;
import dev.quad.StopReason;
import dev.quad.files.Unchecked;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A {@link QuadSelector} in stages: after so many rounds the rest of the budget is chosen with another estimator, such
 * as that of the model that was trained meanwhile on what was chosen, the online use of Zhang et al., 2025. What
 * earlier stages learned of the clusters is kept as a {@link Prior}, discounted at each change; what they chose stays
 * chosen, and what they did not is in the pool again, to be scored anew. A threshold that needs a pilot gets one in
 * each stage.
 *
 * <p>A stage of whose documents none was chosen goes on until one is, for nothing new was learned that the next
 * estimator could know; the run ends with {@link StopReason#STARVED} when a stage has drawn all that are left and needs
 * more.
 *
 * <p>Scores of all estimators must have one unit, since the prior has means of the last. Same input and seed, same
 * answer. A run that is interrupted ends with what it has chosen; with {@linkplain Builder#journals journals} the next
 * goes on there.
 *
 * @param <T> what a document is
 */
@Experimental
public final class StagedSelector<T> implements DataSelector<T> {
    /**
     * Gives each stage its estimator.
     *
     * @param <T> what a document is
     */
    @FunctionalInterface
    public interface Stages<T> {
        /**
         * The estimator of a stage; asked for once at its start, closed at its end. A run that goes on from journals
         * asks for those of finished stages again, to see by their fingerprints that they are the same: give them from
         * a checkpoint of the model, or train it again.
         *
         * @param stage from 0
         * @param chosen what earlier stages chose, in order; the rounds count through all stages, from 1
         */
        InfluenceEstimator<? super T> estimator(int stage, List<Choice> chosen);
    }

    private final Clustering clustering;
    private final Stages<? super T> estimators;
    private final SelectionOptions options;
    private final int rounds;
    private final double discount;
    private final IntPredicate eligible;
    private final List<SelectionListener> listeners;
    private final @Nullable Path journals;

    private StagedSelector(Builder<T> b) {
        this.clustering = b.clustering;
        this.estimators = b.estimators;
        this.options = b.options;
        this.rounds = b.rounds;
        this.discount = b.discount;
        this.eligible = b.eligible;
        this.listeners = List.copyOf(b.listeners);
        this.journals = b.journals;
    }

    /**
     * Starts from the defaults: a stage of one round, a discount of a half, and the options of {@link QuadSelector}.
     */
    public static <T> Builder<T> builder(Clustering clustering, Stages<? super T> estimators) {
        return new Builder<>(clustering, estimators);
    }

    /**
     * Plays stages until the run ends.
     *
     * @throws dev.quad.MismatchException if clustering and pool differ in size, or a journal belongs to another run
     * @throws dev.quad.QuadException if an estimator fails; what the journals hold stays good
     * @throws java.io.UncheckedIOException if a journal cannot be read or written
     */
    @Override
    public Selection select(CandidatePool<T> pool, Budget budget, Seed seed) {
        RunManifest.check(pool, budget, seed);
        if (journals != null) {
            Unchecked.run(journals, () -> Files.createDirectories(journals));
        }
        Run run = new Run(budget, seed);
        while (run.stage(pool)) {
            run.stages++;
        }
        Selection selection = run.selection();
        listeners.forEach(listener -> listener.onRunFinished(new RunFinished(selection)));
        return selection;
    }

    /** The clusters, the stages and the policy. */
    @Override
    public String toString() {
        return "staged, " + size() + ", " + clustering.clusterCount() + " clusters by " + options.armSelector();
    }

    private String size() {
        return "of " + rounds + " rounds, discount " + discount;
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
        private final Set<SelectionListener> started = Collections.newSetFromMap(new IdentityHashMap<>());
        private long left;
        private int stages;

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
            try (InfluenceEstimator<? super T> estimator = estimator();
                    QuadSession session = selector(estimator).session(pool, new Budget(left, budget.unit()), own)) {
                digest.add(estimator.fingerprint());
                boolean more = !session.isDone();
                while (more
                        && (session.rounds() < rounds
                                || session.selection().choices().isEmpty())) {
                    more = session.step();
                }
                Selection selection = session.selection();
                add(selection, pool);
                stop = selection.stopReason();
                prior = Prior.discounted(session.statistics(), discount);
                return more;
            }
        }

        private InfluenceEstimator<? super T> estimator() {
            return Objects.requireNonNull(
                    estimators.estimator(stages, List.copyOf(choices)),
                    () -> "the estimator of stage " + stages + " is null");
        }

        private QuadSelector<T> selector(InfluenceEstimator<? super T> estimator) {
            QuadSelector.Builder<T> stage = QuadSelector.<T>builder(clustering, estimator)
                    .name("staged, " + size())
                    .options(options.toBuilder().prior(prior).build())
                    .eligible(ordinal -> !chosen.get(ordinal) && eligible.test(ordinal));
            listeners.forEach(listener -> stage.listener(new Relay(listener)));
            if (journals != null) {
                stage.journal(journals.resolve("stage-" + stages + ".jsonl"));
            }
            return stage.build();
        }

        private Choice inAll(Choice choice) {
            return new Choice(choice.ordinal(), choice.score(), choice.arm(), costs.rounds() + choice.round());
        }

        /** Tells of a stage as of a part of the whole. */
        private final class Relay implements SelectionListener {
            private final SelectionListener listener;

            Relay(SelectionListener listener) {
                this.listener = listener;
            }

            @Override
            public void onPilotScored(PilotScored event) {
                listener.onPilotScored(event);
            }

            @Override
            public void onRunStarted(RunStarted event) {
                if (started.add(listener)) {
                    listener.onRunStarted(new RunStarted(
                            event.arms(),
                            event.documents() + chosen.cardinality(),
                            budget,
                            event.threshold(),
                            costs.rounds() + event.resumedRounds()));
                }
            }

            @Override
            public void onThresholdLowered(ThresholdLowered event) {
                listener.onThresholdLowered(
                        new ThresholdLowered(costs.rounds() + event.round(), event.before(), event.after()));
            }

            @Override
            public void onRoundFinished(RoundFinished event) {
                listener.onRoundFinished(new RoundFinished(
                        costs.rounds() + event.round(),
                        event.pulls(),
                        budget.limit() - left + event.spent(),
                        costs.documentsChosen() + event.chosen(),
                        costs.documentsScored() + event.documentsScored(),
                        event.choices().stream().map(Run.this::inAll).toList()));
            }
        }

        private void add(Selection selection, CandidatePool<T> pool) {
            for (Choice choice : selection.choices()) {
                choices.add(inAll(choice));
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
            manifest.put("stages", (stages + 1) + " " + size());
            return new Selection(choices, stop, costs, manifest);
        }
    }

    /** Collects what a selector is made of. */
    public static final class Builder<T> {
        private final Clustering clustering;
        private final Stages<? super T> estimators;
        private final List<SelectionListener> listeners = new ArrayList<>();
        private SelectionOptions options = SelectionOptions.defaults();
        private int rounds = 1;
        private double discount = 0.5;
        private IntPredicate eligible = ordinal -> true;
        private @Nullable Path journals;

        private Builder(Clustering clustering, Stages<? super T> estimators) {
            this.clustering = Objects.requireNonNull(clustering, "the clustering is null");
            this.estimators = Objects.requireNonNull(estimators, "what gives the estimator of a stage is null");
        }

        /** Of every stage, where limits of rounds hold; their prior is the first one's. */
        public Builder<T> options(SelectionOptions value) {
            options = Objects.requireNonNull(value, "the options are null");
            return this;
        }

        /** Rounds of a stage, {@code >= 1}; more where they chose nothing. */
        public Builder<T> rounds(int value) {
            rounds = value;
            return this;
        }

        /** What a trial or a score of earlier stages counts in the next, in {@code [0, 1]}; 0 forgets them. */
        public Builder<T> discount(double value) {
            discount = value;
            return this;
        }

        /** The documents that may be drawn, by ordinal, all by default. */
        public Builder<T> eligible(IntPredicate value) {
            eligible = Objects.requireNonNull(value, "eligible is null");
            return this;
        }

        /**
         * Adds one that follows the run, whose rounds count through all stages; several are called in the order added.
         */
        public Builder<T> listener(SelectionListener value) {
            listeners.add(Objects.requireNonNull(value, "the listener is null"));
            return this;
        }

        /** Keeps the rounds of each stage in a file of this folder, made if missing, and goes on from them. */
        public Builder<T> journals(Path folder) {
            journals = Objects.requireNonNull(folder, "the folder is null");
            return this;
        }

        /**
         * The selector.
         *
         * @throws IllegalArgumentException if a number is out of range
         */
        public StagedSelector<T> build() {
            if (rounds < 1 || !(discount >= 0 && discount <= 1)) {
                throw new IllegalArgumentException("a stage has " + rounds + " rounds and the discount is " + discount
                        + "; allowed are 1 round or more, and [0, 1]");
            }
            return new StagedSelector<>(this);
        }
    }
}
