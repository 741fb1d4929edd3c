// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.SelectionListener;
import dev.quad.SelectionListener.RoundFinished;
import dev.quad.SelectionListener.RunFinished;
import dev.quad.SelectionListener.RunStarted;
import dev.quad.StopReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The baseline of every selection by influence: scores <b>every</b> document and takes the best, whatever the others
 * are like. Without near-copies in the pool and with scores that add up no selector does better by the sum of its
 * scores; Quad is for where that is too expensive, or where the best resemble each other.
 *
 * <p>Documents of equal score are taken in the order of their ordinals. A document that does not fit into what is left
 * of the budget is passed over and a smaller one after it may still be taken, as in {@link QuadSession}. The sign does
 * not matter: a large budget takes documents with a negative score too, and never those that could not be scored.
 *
 * <p>Cost: one pass of the estimator over all eligible documents; {@code O(n log n)} and about 40 bytes a document
 * beside. The result depends on pool, estimator, eligible documents and budget alone; the batch size matters only as
 * far as it rounds scores, and the seed not at all. A run that is interrupted chooses nothing, for the best are not
 * known before the last is scored; with a journal the next run goes on where it ended. Immutable; a run uses the
 * estimator, so that one run at a time is allowed where the estimator allows no more.
 *
 * @param <T> what a document is
 */
public final class TopKSelector<T> implements DataSelector<T> {
    private static final Logger LOG = LoggerFactory.getLogger(TopKSelector.class);

    private final InfluenceEstimator<? super T> estimator;
    private final List<SelectionListener> listeners;
    private final IntPredicate eligible;
    private final int scoreBatch;
    private final @Nullable Path journal;

    private TopKSelector(Builder<T> b) {
        this.estimator = b.estimator;
        this.listeners = List.copyOf(b.listeners);
        this.eligible = b.eligible;
        this.scoreBatch = b.scoreBatch;
        this.journal = b.journal;
    }

    /**
     * Starts from the defaults.
     *
     * @param estimator gives the scores; stays with the caller, who closes it
     */
    public static <T> Builder<T> builder(InfluenceEstimator<? super T> estimator) {
        return new Builder<>(Objects.requireNonNull(estimator, "the estimator is null"));
    }

    /**
     * Scores all and takes the best.
     *
     * @throws dev.quad.MismatchException if the journal belongs to another run
     * @throws dev.quad.InputException if the journal is damaged before its last line
     * @throws dev.quad.QuadException if the estimator fails; what the journal holds stays good
     * @throws java.io.UncheckedIOException if the journal cannot be read or written
     */
    @Override
    public Selection select(CandidatePool<T> pool, Budget budget, Seed seed) {
        RunManifest.check(pool, budget, seed);
        Eligible candidates = new Eligible(pool.size(), eligible);
        Map<String, String> manifest = RunManifest.of("top-k", pool, candidates, budget, seed);
        manifest.put("estimator", RunManifest.fingerprint("the estimator", estimator, estimator.fingerprint()));
        Run run = new Run(candidates.ordinals());
        StopReason stop = StopReason.CANCELLED;
        Ledger ledger = new Ledger(pool, budget);
        if (run.score(pool, budget, manifest)) {
            stop = run.take(ledger);
        }
        run.tellIfNone();
        Selection selection = new Selection(ledger.choices(), stop, run.costs(ledger), manifest);
        listeners.forEach(listener -> listener.onRunFinished(new RunFinished(selection)));
        return selection;
    }

    @Override
    public String toString() {
        return "the best by score";
    }

    /** What has been scored. */
    private final class Run {
        private final int[] ordinals;
        private final double[] scores;
        private int done;
        private int flagged;
        private Optional<String> firstFlag = Optional.empty();
        private long tokens;
        private int batches;

        Run(int[] ordinals) {
            this.ordinals = ordinals;
            this.scores = new double[ordinals.length];
        }

        /** Whether the last document was reached. */
        boolean score(CandidatePool<T> pool, Budget budget, Map<String, String> manifest) {
            try (Journal file = journal == null ? null : Journal.open(journal, manifest)) {
                if (file != null) {
                    replay(file);
                }
                RunStarted start = new RunStarted(0, ordinals.length, budget, Double.NEGATIVE_INFINITY, batches);
                listeners.forEach(listener -> listener.onRunStarted(start));
                Scorer<T> scorer = new Scorer<>(pool, estimator, scoreBatch);
                while (done < ordinals.length) {
                    int[] batch = Arrays.copyOfRange(
                            ordinals, done, (int) Math.min(ordinals.length, (long) done + scoreBatch));
                    Optional<InfluenceScores> found = scorer.score(batch, "batch " + (batches + 1), scored -> {});
                    if (found.isEmpty()) {
                        return false;
                    }
                    keep(found.get());
                    if (file != null) {
                        file.append(RoundRecord.ofScores(batches, batch, found.get()));
                    }
                    RoundFinished event = new RoundFinished(batches, List.of(), 0, 0, done, List.of());
                    listeners.forEach(listener -> listener.onRoundFinished(event));
                }
                return true;
            }
        }

        private void replay(Journal file) {
            for (Optional<RoundRecord> line = file.read(); line.isPresent(); line = file.read()) {
                keep(new Replay(line.get(), file.place()).next(batches + 1, ordinals, done));
            }
            file.startAppending();
        }

        private void keep(InfluenceScores found) {
            for (int i = 0; i < found.size(); i++) {
                int item = i;
                boolean isScored = found.isScored(i);
                scores[done++] = isScored ? found.value(i) : Double.NaN;
                flagged += isScored ? 0 : 1;
                firstFlag = firstFlag.or(() -> found.reason(item));
            }
            tokens += found.tokens();
            batches++;
        }

        void tellIfNone() {
            if (done > 0 && flagged == done) {
                LOG.warn("none of {} documents could be scored, the first because: {}", done, firstFlag.orElseThrow());
            }
        }

        StopReason take(Ledger ledger) {
            List<Integer> order = IntStream.range(0, done)
                    .filter(item -> !Double.isNaN(scores[item]))
                    .boxed()
                    .sorted(Comparator.comparingDouble(item -> 0 - scores[item])) // -0 and 0 are equal so
                    .toList();
            for (int item : order) {
                ledger.take(new Choice(ordinals[item], OptionalDouble.of(scores[item]), -1, 0));
                if (ledger.isUsed()) {
                    return StopReason.BUDGET;
                }
            }
            return ledger.hasPassedOver() && !ledger.choices().isEmpty() ? StopReason.BUDGET : StopReason.EXHAUSTED;
        }

        Costs costs(Ledger ledger) {
            return new Costs(
                    ledger.choices().size(),
                    ledger.tokens(),
                    done,
                    flagged,
                    tokens,
                    0,
                    0,
                    Flops.of(estimator.flopsPerToken(), tokens));
        }
    }

    /** Collects what a selector is made of. */
    public static final class Builder<T> {
        private final InfluenceEstimator<? super T> estimator;
        private final List<SelectionListener> listeners = new ArrayList<>();
        private IntPredicate eligible = ordinal -> true;
        private int scoreBatch = QuadSelector.DEFAULT_SCORE_BATCH;
        private @Nullable Path journal;

        private Builder(InfluenceEstimator<? super T> estimator) {
            this.estimator = estimator;
        }

        /**
         * Adds one that follows the run, where a round is a batch without pulls and choices; several are called in the
         * order added.
         */
        public Builder<T> listener(SelectionListener value) {
            listeners.add(Objects.requireNonNull(value, "the listener is null"));
            return this;
        }

        /**
         * The documents that are scored and may be taken, by ordinal, all by default; asked once per ordinal and run.
         */
        public Builder<T> eligible(IntPredicate value) {
            eligible = Objects.requireNonNull(value, "eligible is null; leave it out for all documents");
            return this;
        }

        /** Documents per call of the estimator, {@code >= 1}. */
        public Builder<T> scoreBatch(int value) {
            scoreBatch = value;
            return this;
        }

        /**
         * Keeps each scored batch in this file, and goes on from it if it exists; no document in it is scored again.
         */
        public Builder<T> journal(Path file) {
            journal = Objects.requireNonNull(file, "the journal is null; leave it out to keep none");
            return this;
        }

        /**
         * The selector.
         *
         * @throws IllegalArgumentException if the batch size is out of range
         */
        public TopKSelector<T> build() {
            if (scoreBatch < 1) {
                throw new IllegalArgumentException("scoreBatch is " + scoreBatch + "; allowed is 1 or more");
            }
            return new TopKSelector<>(this);
        }
    }
}
