// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Embedder;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Ranking by likeness to examples of the benchmarks, taught to a classifier (BETR; Mizrahi et al., 2025): of a sample
 * of the pool each document gets its best rank, over the reference documents, by cosine to that one among the sample;
 * the best tenth is the one class of a {@link LinearClassifier}, the rest the other, and the score is its logit.
 *
 * <p>So the embedder sees at most 5,000 documents of the pool and 1,000 of the reference, and all others cost as much
 * as with the classifier. By hashed n-grams unless an embedder is given.
 */
public final class Betr implements DocumentScorer<Document> {
    private static final int SAMPLE = 5_000;
    private static final int EXAMPLES = 1_000;
    private static final int SHARE = 10;
    private static final long MOST_CHARS = 16_000_000;

    private final Embedding embedding;

    private Betr(Embedding embedding) {
        this.embedding = embedding;
    }

    /** By hashed n-grams, with weights learned from the pool. */
    public static Betr ofHashedNgrams() {
        return new Betr(Embedding.HASHED_NGRAMS);
    }

    /** By an embedder, such as a sentence model. */
    public static Betr by(Embedder<? super String> embedder) {
        return new Betr(Embedding.by(embedder));
    }

    @Override
    public String id() {
        return "betr(" + embedding.id() + ")";
    }

    @Override
    public LinearScores fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        PoolSample.require("betr", pool, reference, seed);
        long start = System.nanoTime();
        List<Document> sample = PoolSample.of(pool, SAMPLE, MOST_CHARS, seed, "betr.sample");
        if (sample.size() < 2) {
            throw new IllegalArgumentException("the pool has " + pool.size()
                    + " documents: betr ranks them among each other, and needs at least 2");
        }
        Embedder<? super String> embedder = embedding.of(pool, seed);
        float[][] examples = Rows.of(embedder, reference.subList(0, Math.min(EXAMPLES, reference.size())));
        double[] best = bestRanks(Rows.of(embedder, sample), examples);
        Integer[] order = IntStream.range(0, sample.size()).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> best[i]));
        List<Document> sorted = Arrays.stream(order).map(sample::get).toList();
        int wanted = 1 + (sample.size() - 1) / SHARE;
        return LinearClassifier.learn(
                id(), sorted.subList(0, wanted), sorted.subList(wanted, sorted.size()), seed, start);
    }

    /** The best rank of a row among all, from 0, over the examples; of equal ones the mean cosine decides. */
    static double[] bestRanks(float[][] rows, float[][] examples) {
        double[] best = new double[rows.length];
        double[] mean = new double[rows.length];
        Arrays.fill(best, rows.length);
        for (float[] example : examples) {
            double[] cosines = IntStream.range(0, rows.length)
                    .parallel()
                    .mapToDouble(i -> Rows.dot(rows[i], example))
                    .toArray();
            Integer[] order = IntStream.range(0, rows.length).boxed().toArray(Integer[]::new);
            Arrays.sort(order, Comparator.comparingDouble(i -> -cosines[i]));
            for (int rank = 0; rank < order.length; rank++) {
                best[order[rank]] = Math.min(best[order[rank]], rank);
                mean[order[rank]] += cosines[order[rank]] / examples.length;
            }
        }
        for (int i = 0; i < best.length; i++) {
            best[i] -= mean[i] / 4; // cosines are within one
        }
        return best;
    }

    @Override
    public String toString() {
        return id();
    }
}
