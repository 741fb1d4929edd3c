// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Embeds texts by the words and runs of characters they share, without a model. Good enough to tell kinds of text and
 * broad topics apart (prose, code, mathematics, dialogue); blind to synonyms.
 *
 * <p>A text x becomes {@code r = (Pφ(x) − m) / ‖Pφ(x) − m‖}: φ counts words, pairs of words and runs of 3 and 4
 * characters in hashed buckets (Weinberger et al., 2009), as {@code 1 + ln(count)} times a learned weight; P is a
 * seeded sparse random projection (Achlioptas, 2003), scaled to length 1; m is the mean of that over a sample of the
 * pool.
 *
 * <p>Rows have length 1, so that squared distance is {@code 2 − 2 cos}. Cost: about ten additions a character, up to a
 * set number of characters. The same sample, options and text give the same row, bit for bit, whatever the batch, the
 * threads and the machine (but for characters that the JDK's version of Unicode does not know). Immutable; safe for use
 * by several threads.
 */
public final class HashedNgramEmbedder implements Embedder<String> {
    private final HashedNgramOptions options;
    private final NgramWeights weights;
    private final NgramProjection projection;
    private final double[] mean;
    private final String id;

    private HashedNgramEmbedder(HashedNgramOptions options, List<String> sample) {
        this.options = options;
        this.weights = new NgramWeights(sample, options.maxChars());
        this.projection = new NgramProjection(options.dimension(), options.seed());
        this.mean = mean(projected(sample, new double[options.dimension()]), sample.size());
        Digests digests = new Digests();
        weights.addTo(digests);
        for (double value : mean) {
            digests.add(Double.doubleToLongBits(value));
        }
        this.id = "hashed-ngrams-1(" + options + ", fit=" + digests.end().substring(0, 16) + ")";
    }

    /**
     * Learns weights and mean from texts.
     *
     * @param sample at least one text, best some thousands of the kind that will be embedded
     * @throws IllegalArgumentException if the sample is empty
     */
    public static HashedNgramEmbedder fit(List<String> sample, HashedNgramOptions options) {
        Objects.requireNonNull(sample, "the sample is null");
        Objects.requireNonNull(options, "the options are null");
        if (sample.isEmpty()) {
            throw new IllegalArgumentException("the sample is empty: give at least one text to learn weights from");
        }
        return new HashedNgramEmbedder(options, sample);
    }

    /** Learns weights and mean from documents drawn from a pool, one from each of equal stretches of it. */
    public static HashedNgramEmbedder fit(CandidatePool<Document> pool, HashedNgramOptions options) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(options, "the options are null");
        RandomGenerator random = options.seed().stream("text.sample");
        int count = Math.min(options.sampleSize(), pool.size());
        List<String> sample = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            int from = (int) (i * pool.size() / count);
            int to = (int) ((i + 1) * pool.size() / count);
            String text = pool.get(from + random.nextInt(to - from)).text();
            sample.add(text.substring(0, Math.min(text.length(), options.maxChars())));
        }
        return fit(sample, options);
    }

    @Override
    public int dimension() {
        return options.dimension();
    }

    @Override
    public void embed(List<? extends String> texts, FloatBuffer target) {
        Objects.requireNonNull(texts, "the texts are null");
        Objects.requireNonNull(target, "the buffer is null");
        target.put(projected(texts, mean));
    }

    private float[] projected(List<? extends String> texts, double[] centre) {
        float[] rows = new float[Math.multiplyExact(texts.size(), dimension())];
        Workers.forEach(
                texts.size(),
                NgramCounts::new,
                (counts, i) -> embed(texts.get(i), centre, counts, rows, i * dimension()));
        return rows;
    }

    private void embed(String text, double[] centre, NgramCounts counts, float[] rows, int start) {
        double[] row = new double[dimension()];
        counts.count(text, options.maxChars());
        projection.project(counts, weights, row);
        for (int j = 0; j < row.length; j++) {
            row[j] -= centre[j];
        }
        Rows.normalise(row);
        for (int j = 0; j < row.length; j++) {
            rows[start + j] = (float) row[j];
        }
    }

    private static double[] mean(float[] rows, int count) {
        double[] mean = new double[rows.length / count];
        for (int i = 0; i < rows.length; i++) {
            mean[i % mean.length] += rows[i];
        }
        for (int j = 0; j < mean.length; j++) {
            mean[j] /= count;
        }
        return mean;
    }

    /** Options, seed and a digest of what was learned. */
    @Override
    public String id() {
        return id;
    }

    @Override
    public String toString() {
        return "hashed n-grams: " + options;
    }
}
