// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Logistic regression of reference against pool on words and pairs of words, in the manner of fastText's classifier in
 * DCLM (Li et al., 2024): the score is the logit of being a document of the reference rather than one of the pool. The
 * two count as much as each other, however many documents they have.
 *
 * <p>Reads whole documents, and the ends of lines as words. Trained in five passes in a fixed order, by one thread, so
 * that the same texts and seed give the same weights. A text without a word is flagged.
 *
 * <p>Memory: 8 MiB, and the features of the reference and of a sample of the pool of at most 32 million characters
 * while it learns.
 */
public final class LinearClassifier implements DocumentScorer<Document> {
    private static final int PASSES = 5;
    private static final int MOST_TIMES = 20;

    /** Learns with the options of DCLM, but for its own numbers of documents and a step of each weight. */
    public LinearClassifier() {}

    @Override
    public String id() {
        return "classifier(passes=" + PASSES + ", buckets=" + Features.SIZE + ")";
    }

    @Override
    public LinearScores fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        PoolSample.require("classifier", pool, reference, seed);
        long start = System.nanoTime();
        int most = (int) Math.min(Integer.MAX_VALUE, (long) MOST_TIMES * Math.max(500, reference.size()));
        List<Document> others = PoolSample.of(pool, most, PoolSample.DEFAULT_CHARS, seed, "classifier.sample");
        return learn(id(), reference, others, seed, start);
    }

    /** What tells the first from the second. */
    static LinearScores learn(
            String id, List<? extends Document> wanted, List<? extends Document> others, Seed seed, long start) {
        List<Features> examples = new ArrayList<>();
        int positive = add(examples, wanted);
        int negative = add(examples, others);
        if (positive == 0 || negative == 0) {
            throw new IllegalArgumentException(
                    (positive == 0 ? "the reference" : "the pool") + " has no word: a classifier tells them by words");
        }
        double[] weights = {0.5 * (positive + negative) / negative, 0.5 * (positive + negative) / positive};
        LinearModel model = new LinearModel();
        for (int pass = 0; pass < PASSES; pass++) {
            for (int i : order(examples.size(), seed.stream("classifier.order", pass))) {
                int label = i < positive ? 1 : 0;
                double p = 1 / (1 + StrictMath.exp(-model.of(examples.get(i))));
                double slope = weights[label] * (p - label);
                model.learn(examples.get(i), slope);
                model.learnBias(slope);
            }
        }
        return new LinearScores(id, model, Duration.ofNanos(System.nanoTime() - start));
    }

    private static int add(List<Features> examples, List<? extends Document> documents) {
        List<Features> some = documents.parallelStream()
                .map(document -> Features.of(document.text()))
                .filter(features -> !features.isEmpty())
                .toList();
        examples.addAll(some);
        return some.size();
    }

    /** A random order. */
    static int[] order(int size, RandomGenerator random) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }

    @Override
    public String toString() {
        return id();
    }
}
