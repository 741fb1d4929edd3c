// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Seed;
import dev.quad.baselines.LogisticRegression.Example;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A rater from judged pairs, in the manner of QuRating (Wettig et al., 2024): the score s of the model of Bradley and
 * Terry, in which the second of two documents is preferred with the probability {@code σ(s(other) − s(one))}, fitted by
 * cross-entropy to the shares of the votes. Here s is a linear function of words and pairs of words, as in
 * {@link LinearClassifier}, and not a language model; whoever has the votes may be a language model, a person, or
 * another score.
 *
 * <p>Pairs that were judged nearly even are left out, as there: those with a share between 0.25 and 0.75. Learns from
 * the pairs alone, and needs no reference; meant to be drawn from by {@code Draw.gumbel(2).standardised()}. A text
 * without a word is flagged.
 */
public final class QuRating implements DocumentScorer<Document> {
    private static final double CONFIDENCE = 0.25;

    /**
     * Two documents that were compared.
     *
     * @param one the first
     * @param other the second
     * @param preferred the share of votes for the second, in {@code [0, 1]}
     */
    public record Pair(Document one, Document other, double preferred) {
        /** Checks them. */
        public Pair {
            Objects.requireNonNull(one, "one is null; give the first of two documents");
            Objects.requireNonNull(other, "other is null; give the second of two documents");
            if (!(preferred >= 0 && preferred <= 1)) {
                throw new IllegalArgumentException(
                        "the share of votes for the second document is " + preferred + "; allowed is [0, 1]");
            }
        }
    }

    private final List<Pair> pairs;

    private QuRating(List<Pair> pairs) {
        this.pairs = pairs;
    }

    /** Learns from these. */
    public static QuRating of(List<Pair> pairs) {
        return new QuRating(List.copyOf(Objects.requireNonNull(pairs, "the pairs are null")));
    }

    @Override
    public String id() {
        return "qurating(pairs=" + pairs.size() + ", strength=" + LogisticRegression.STRENGTH + ")";
    }

    @Override
    public boolean needsReference() {
        return false;
    }

    @Override
    public LinearScores fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(reference, "the reference is null");
        PoolSample.require("qurating", pool, seed);
        long start = System.nanoTime();
        List<Example> examples = pairs.parallelStream()
                .filter(pair -> Math.abs(pair.preferred - 0.5) >= CONFIDENCE)
                .flatMap(pair -> example(pair).stream())
                .toList();
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("none of " + pairs.size() + " pairs was judged clearly, by a share of"
                    + " votes of at most 0.25 or at least 0.75, between two documents with words");
        }
        LinearModel model = LogisticRegression.fit(examples, false, seed);
        return new LinearScores(id(), model, Duration.ofNanos(System.nanoTime() - start));
    }

    private static Optional<Example> example(Pair pair) {
        Features one = Features.of(pair.one.text());
        Features other = Features.of(pair.other.text());
        return one.isEmpty() || other.isEmpty()
                ? Optional.empty()
                : Optional.of(new Example(other.less(one), pair.preferred, 1));
    }

    @Override
    public String toString() {
        return id();
    }
}
