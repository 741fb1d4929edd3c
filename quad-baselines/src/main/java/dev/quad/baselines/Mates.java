// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Embedder;
import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.files.Ranks;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A model of influence, in the manner of MATES (Yu et al., 2024): an expensive score of some documents of the pool, the
 * probes, is predicted for all others, {@code s(z) = w · e(z) + b}, by ridge regression on their embeddings e. Positive
 * as the score is: there the loss after a step on a document is predicted, and low is good; give an estimator that
 * gives what the loss falls by.
 *
 * <p>A tenth of the probes is held out. Where the predictions of these are ordered as their scores with a rank
 * correlation (Spearman) below 0.1, or below what one in twenty has by chance ({@code 1.645 / √(n − 1)} of n held out),
 * nothing was learned, and fitting fails: labels of one step are small and noisy.
 *
 * <p>Uses the estimator while it learns, by one thread, so that two fits at once need an estimator for each; by hashed
 * n-grams unless an embedder is given, safe for several threads. Needs no reference: the estimator has one. Cost: the
 * estimator for each probe, {@code probes × dimension²} and {@code dimension³ / 3} multiplications, and one row a
 * document after that. A document with a row of zeros is flagged.
 */
public final class Mates implements DocumentScorer<Document> {
    /** Below this rank correlation predictions are worth nothing, however many probes are held out. */
    public static final double LEAST_CORRELATION = 0.1;

    private static final double ONE_IN_TWENTY = 1.645;
    private static final int HELD_OUT = 10;
    private static final int FEWEST = 50;
    private static final long MOST_CHARS = 32_000_000;
    private static final double RIDGE = 1e-2;

    private final InfluenceEstimator<? super Document> estimator;
    private final int probes;
    private final Embedding embedding;

    private Mates(InfluenceEstimator<? super Document> estimator, int probes, Embedding embedding) {
        this.estimator = estimator;
        this.probes = probes;
        this.embedding = embedding;
    }

    /**
     * Predicts an estimator's scores.
     *
     * @param estimator gives the scores of the probes; stays with the caller, who closes it
     * @param probes how many documents it scores, {@code >= 50}; some thousands
     */
    public static Mates of(InfluenceEstimator<? super Document> estimator, int probes) {
        Objects.requireNonNull(estimator, "the estimator is null");
        if (probes < FEWEST) {
            throw new IllegalArgumentException("probes is " + probes + "; allowed is " + FEWEST + " or more");
        }
        return new Mates(estimator, probes, Embedding.HASHED_NGRAMS);
    }

    /** By another embedder, such as a sentence model; safe for use by several threads. */
    public Mates by(Embedder<? super String> embedder) {
        return new Mates(estimator, probes, Embedding.by(embedder));
    }

    @Override
    public String id() {
        return "mates(probes=" + probes + ", " + embedding.id() + ")";
    }

    @Override
    public boolean needsReference() {
        return false;
    }

    /**
     * Scores the probes, and learns to predict them.
     *
     * @throws QuadException if too few could be scored, or the held-out ones are not predicted
     */
    @Override
    public FittedScorer<Document> fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        Objects.requireNonNull(reference, "the reference is null");
        PoolSample.require("mates", pool, seed);
        long start = System.nanoTime();
        List<Document> sample = PoolSample.of(pool, probes, MOST_CHARS, seed, "mates.probes");
        InfluenceScores found = estimator.score(sample);
        int[] scored = IntStream.range(0, sample.size()).filter(found::isScored).toArray();
        if (scored.length < FEWEST) {
            throw new QuadException("of " + sample.size() + " probes " + scored.length + " have a score; mates needs "
                    + FEWEST + " to learn from: give a larger pool, or more probes");
        }
        Embedder<? super String> embedder = embedding.of(pool, seed);
        float[][] rows =
                Rows.of(embedder, IntStream.of(scored).mapToObj(sample::get).toList());
        double[] scores = IntStream.of(scored).mapToDouble(found::value).toArray();
        int held = scores.length / HELD_OUT;
        Ridge ridge = Ridge.fit(
                Arrays.copyOfRange(rows, held, rows.length), Arrays.copyOfRange(scores, held, scores.length), RIDGE);
        double correlation = Ranks.correlation(
                Arrays.stream(rows, 0, held).mapToDouble(ridge::of).toArray(), Arrays.copyOf(scores, held));
        double least = Math.max(LEAST_CORRELATION, ONE_IN_TWENTY / Math.sqrt(held - 1));
        if (!(correlation >= least)) {
            throw new QuadException(String.format(
                    Locale.ROOT,
                    "the scores of %d held-out probes are predicted with a rank correlation of %.3f, below %.3f: a"
                            + " selection by such predictions would be one by chance; give more probes, or scores"
                            + " with less noise",
                    held,
                    correlation,
                    least));
        }
        Fingerprint learned = Fingerprint.of("mates").add(embedder.id());
        ridge.addTo(learned);
        return new RowScores(
                id(), embedder, ridge::of, learned.add(id()).hex(), Duration.ofNanos(System.nanoTime() - start));
    }

    @Override
    public String toString() {
        return id();
    }
}
