// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Seed;
import dev.quad.baselines.LogisticRegression.Example;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Logistic regression of reference against pool on words and pairs of words, in the manner of fastText's classifier in
 * DCLM (Li et al., 2024): the score is the logit of being a document of the reference rather than one of the pool. The
 * two count as much as each other, however many documents they have.
 *
 * <p>Reads whole documents, and the ends of lines as words. What fastText leaves to early stopping a penalty does here,
 * {@code ½|w|²} beside 30 times the losses, and the least sum is found to a thousandth; by one thread, so that the same
 * texts and seed give the same weights. A text without a word is flagged.
 *
 * <p>Memory: 8 MiB, and the features of the reference and of a sample of the pool of at most 32 million characters
 * while it learns.
 */
public final class LinearClassifier implements DocumentScorer<Document> {
    private static final int MOST_TIMES = 20;

    /** Learns with the options of DCLM, but for its own numbers of documents and a penalty. */
    public LinearClassifier() {}

    @Override
    public String id() {
        return "classifier(strength=" + LogisticRegression.STRENGTH + ", buckets=" + Features.SIZE + ")";
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
        List<Features> positive = features(wanted);
        List<Features> negative = features(others);
        if (positive.isEmpty() || negative.isEmpty()) {
            throw new IllegalArgumentException((positive.isEmpty() ? "the reference" : "the pool")
                    + " has no word: a classifier tells them by words");
        }
        double half = 0.5 * (positive.size() + negative.size());
        List<Example> examples = new ArrayList<>();
        positive.forEach(x -> examples.add(new Example(x, 1, half / positive.size())));
        negative.forEach(x -> examples.add(new Example(x, 0, half / negative.size())));
        LinearModel model = LogisticRegression.fit(examples, true, seed);
        return new LinearScores(id, model, Duration.ofNanos(System.nanoTime() - start));
    }

    private static List<Features> features(List<? extends Document> documents) {
        return documents.parallelStream()
                .map(document -> Features.of(document.text()))
                .filter(features -> !features.isEmpty())
                .toList();
    }

    @Override
    public String toString() {
        return id();
    }
}
