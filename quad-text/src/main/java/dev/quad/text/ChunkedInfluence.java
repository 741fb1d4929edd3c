// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Scores documents by an estimator for token sequences: {@code U(d) = Σ_c n_c U(c) / Σ_c n_c} over the scored chunks c
 * of the document, where {@code n_c} is the number of tokens predicted in c; tokens that chunks share count in each of
 * them. Positive = helpful.
 *
 * <p>All chunks of a batch go to the estimator in one call. A document is flagged when it is too short to have a chunk,
 * or when none of its chunks could be scored. As safe for threads as the estimator.
 */
public final class ChunkedInfluence implements InfluenceEstimator<Document> {
    private final InfluenceEstimator<TokenSequence> estimator;
    private final Chunker chunker;
    private final boolean byTokens;
    private final boolean shortAsZero;

    /**
     * Wraps an estimator.
     *
     * @param estimator closed with this one
     * @param chunker cuts documents to what the estimator's model takes
     */
    public ChunkedInfluence(InfluenceEstimator<TokenSequence> estimator, Chunker chunker) {
        this(estimator, chunker, true, false);
    }

    private ChunkedInfluence(
            InfluenceEstimator<TokenSequence> estimator, Chunker chunker, boolean byTokens, boolean shortAsZero) {
        this.estimator = Objects.requireNonNull(estimator, "the estimator is null");
        this.chunker = Objects.requireNonNull(chunker, "the chunker is null");
        this.byTokens = byTokens;
        this.shortAsZero = shortAsZero;
    }

    /** With {@code n_c = 1}: a short chunk counts as much as a long one, as in the paper's code. */
    public static ChunkedInfluence ofEqualChunks(InfluenceEstimator<TokenSequence> estimator, Chunker chunker) {
        return new ChunkedInfluence(estimator, chunker, false, false);
    }

    /**
     * With the score 0 for a document too short to have a chunk, as in the paper's code (which has it so below 512
     * tokens of 1,024): it then counts in the mean of its block and its cluster, against what an
     * {@link InfluenceEstimator} promises, and draws them towards 0. For comparisons with such code.
     */
    public ChunkedInfluence shortAsZero() {
        return new ChunkedInfluence(estimator, chunker, byTokens, true);
    }

    @Override
    public InfluenceScores score(List<? extends Document> documents) {
        Objects.requireNonNull(documents, "the documents are null");
        List<TokenSequence> chunks = new ArrayList<>();
        int[] starts = new int[documents.size() + 1];
        for (int d = 0; d < documents.size(); d++) {
            chunks.addAll(chunker.chunks(documents.get(d)));
            starts[d + 1] = chunks.size();
        }
        InfluenceScores scores = chunks.isEmpty() ? InfluenceScores.of() : estimator.score(chunks);
        InfluenceScores.Builder result = InfluenceScores.builder().countTokens(scores.tokens());
        for (int d = 0; d < documents.size(); d++) {
            combine(chunks, scores, starts[d], starts[d + 1], result);
        }
        return result.build();
    }

    private void combine(
            List<TokenSequence> chunks, InfluenceScores scores, int from, int to, InfluenceScores.Builder result) {
        if (from == to && shortAsZero) {
            result.add(0);
            return;
        }
        if (from == to) {
            result.flag("the document has fewer than " + chunker.minTokens() + " tokens to predict");
            return;
        }
        double mean = 0;
        long weight = 0;
        for (int c = from; c < to; c++) {
            if (scores.isScored(c)) {
                int count = byTokens ? chunks.get(c).length() - 1 : 1;
                weight += count;
                mean += (scores.value(c) - mean) * count / weight;
            }
        }
        if (weight == 0) {
            result.flag("no chunk of the document could be scored; the first: "
                    + scores.reason(from).orElse("no reason given"));
        } else {
            result.add(mean);
        }
    }

    @Override
    public String fingerprint() {
        Digests digest = new Digests().add(estimator.fingerprint()).add(chunker.id());
        digest = byTokens ? digest : digest.add("equal chunks");
        return (shortAsZero ? digest.add("short as zero") : digest).end();
    }

    @Override
    public OptionalDouble flopsPerToken() {
        return estimator.flopsPerToken();
    }

    @Override
    public void close() {
        estimator.close();
    }
}
