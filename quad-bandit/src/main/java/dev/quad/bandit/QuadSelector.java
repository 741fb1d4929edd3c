// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.SelectionListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Quad: a bandit over clusters that scores a sample of what it draws and chooses what trains best (Zhang et al.,
 * "Harnessing Diversity for Important Data Selection in Pretraining Large Language Models", ICLR 2025).
 *
 * <p>Scores are utilities, positive = helpful. Cost: one pass of the estimator over {@code arms per round × sample per
 * block} documents a round, and O(clusters) beside. The result depends on clustering, estimator, options, eligible
 * documents, pool, budget and seed alone; the batch size matters only as far as it rounds scores. Immutable, but a run
 * uses the estimator, so that one run at a time is allowed where the estimator allows no more.
 *
 * @param <T> what a document is
 */
public final class QuadSelector<T> implements DataSelector<T> {
    /** Documents per call of the estimator: enough for large matrix products, few enough for memory. */
    public static final int DEFAULT_SCORE_BATCH = 64;

    private final Clustering clustering;
    private final InfluenceEstimator<? super T> estimator;
    private final SelectionOptions options;
    private final List<SelectionListener> listeners;
    private final IntPredicate eligible;
    private final int scoreBatch;
    private final @Nullable Path journal;
    private final Optional<IntFunction<float[]>> vectors;
    private final String name;

    private QuadSelector(Builder<T> b) {
        this.clustering = b.clustering;
        this.estimator = b.estimator;
        this.options = b.options;
        this.listeners = List.copyOf(b.listeners);
        this.eligible = b.eligible;
        this.scoreBatch = b.scoreBatch;
        this.journal = b.journal;
        this.vectors = b.vectors;
        this.name = b.name;
    }

    /**
     * Starts from the defaults.
     *
     * @param clustering the arms; of as many documents as the pools to choose from
     * @param estimator gives the rewards; stays with the caller, who closes it
     */
    public static <T> Builder<T> builder(Clustering clustering, InfluenceEstimator<? super T> estimator) {
        return new Builder<>(
                Objects.requireNonNull(clustering, "the clustering is null"),
                Objects.requireNonNull(estimator, "the estimator is null"));
    }

    /**
     * Plays rounds until the run ends.
     *
     * @throws dev.quad.MismatchException if clustering and pool differ in size, or the journal belongs to another run
     * @throws dev.quad.InputException if the journal is damaged before its last line
     * @throws dev.quad.QuadException if the estimator fails; what the journal holds stays good
     * @throws java.io.UncheckedIOException if the journal cannot be read or written
     */
    @Override
    public Selection select(CandidatePool<T> pool, Budget budget, Seed seed) {
        try (QuadSession session = session(pool, budget, seed)) {
            boolean more;
            do {
                more = session.step();
            } while (more);
            return session.selection();
        }
    }

    /**
     * Opens a run that goes forward round by round, taking over the finished rounds of the journal, if there is one.
     * Throws what {@link #select} throws.
     */
    public QuadSession session(CandidatePool<T> pool, Budget budget, Seed seed) {
        return new QuadSession(this, pool, budget, seed);
    }

    /** The clusters and the policy. */
    @Override
    public String toString() {
        return name + " of " + clustering.clusterCount() + " clusters by " + options.armSelector();
    }

    /** As it stands in manifest and journal. */
    String name() {
        return name;
    }

    Clustering clustering() {
        return clustering;
    }

    InfluenceEstimator<? super T> estimator() {
        return estimator;
    }

    SelectionOptions options() {
        return options;
    }

    List<SelectionListener> listeners() {
        return listeners;
    }

    IntPredicate eligible() {
        return eligible;
    }

    int scoreBatch() {
        return scoreBatch;
    }

    Optional<IntFunction<float[]>> vectors() {
        return vectors;
    }

    Optional<Path> journal() {
        return Optional.ofNullable(journal);
    }

    /** Collects what a selector is made of. */
    public static final class Builder<T> {
        private final Clustering clustering;
        private final InfluenceEstimator<? super T> estimator;
        private final List<SelectionListener> listeners = new ArrayList<>();
        private SelectionOptions options = SelectionOptions.defaults();
        private IntPredicate eligible = ordinal -> true;
        private int scoreBatch = DEFAULT_SCORE_BATCH;
        private @Nullable Path journal;
        private Optional<IntFunction<float[]>> vectors = Optional.empty();
        private String name = "quad";

        private Builder(Clustering clustering, InfluenceEstimator<? super T> estimator) {
            this.clustering = clustering;
            this.estimator = estimator;
        }

        /** How to choose; {@link SelectionOptions#defaults} unless set. */
        public Builder<T> options(SelectionOptions value) {
            options = Objects.requireNonNull(value, "the options are null; leave them out for the defaults");
            return this;
        }

        /** What it is a part of, if it is one, so that its journal goes with no other whole. */
        Builder<T> name(String value) {
            name = value;
            return this;
        }

        /** Adds one that follows the run; several are called in the order in which they were added. */
        public Builder<T> listener(SelectionListener value) {
            listeners.add(Objects.requireNonNull(value, "the listener is null"));
            return this;
        }

        /** The documents that may be drawn, by ordinal, all by default; asked once per ordinal and run. */
        public Builder<T> eligible(IntPredicate value) {
            eligible = Objects.requireNonNull(value, "eligible is null; leave it out for all documents");
            return this;
        }

        /** The vectors of a {@link Redundancy} that has none of its own, by ordinal; none by default. */
        public Builder<T> vectors(IntFunction<float[]> value) {
            vectors = Optional.of(Objects.requireNonNull(value, "the vectors are null"));
            return this;
        }

        /** Documents per call of the estimator, {@code >= 1}. */
        public Builder<T> scoreBatch(int value) {
            scoreBatch = value;
            return this;
        }

        /**
         * Keeps each finished round in this file, and goes on from it if it exists. Rounds in it are not scored again;
         * the result and the file end up the same, byte for byte, as those of a run that was never interrupted.
         */
        public Builder<T> journal(Path file) {
            journal = Objects.requireNonNull(file, "the journal is null; leave it out to keep none");
            return this;
        }

        /**
         * The selector.
         *
         * @throws IllegalArgumentException if the batch size is out of range, or the options count redundancy by
         *     vectors that are not given, or none where vectors are
         */
        public QuadSelector<T> build() {
            if (scoreBatch < 1) {
                throw new IllegalArgumentException("scoreBatch is " + scoreBatch + "; allowed is 1 or more");
            }
            if (vectors.isEmpty()
                    && !options.redundancy().map(Redundancy::hasVectors).orElse(true)) {
                throw new IllegalArgumentException(
                        "the options count redundancy by vectors, and there are none; give them"
                                + " with vectors(...), or leave redundancy out");
            }
            if (vectors.isPresent() && options.redundancy().isEmpty()) {
                throw new IllegalArgumentException("the options count no redundancy, and vectors(...) would do nothing;"
                        + " leave it out, or give SelectionOptions.Builder.redundancy");
            }
            return new QuadSelector<>(this);
        }
    }
}
