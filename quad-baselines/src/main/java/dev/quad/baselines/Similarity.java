// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DocumentScorer;
import dev.quad.Embedder;
import dev.quad.Embeddings;
import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansOptions;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Likeness to the reference by embeddings: {@code max_k cos(e(z), m_k)}, in {@code [−1, 1]}, where m_k is the mean of
 * the rows of the reference, each of length 1, or the means of its clusters. One mean hides that a reference may be of
 * several kinds; many are as narrow as single documents.
 *
 * <p>Cost: one row, and a product for each mean. By hashed n-grams, with weights learned from the pool, unless an
 * embedder is given; that must be safe for use by several threads, as must be every embedder of what it is made of. A
 * document with a row of zeros is flagged.
 */
public final class Similarity implements DocumentScorer<Document> {
    /** At most so many means, and no more than have 39 documents each, below which k-means finds accidents. */
    public static final int MOST_CENTRES = 16;

    private final boolean centres;
    private final Embedding embedding;

    private Similarity(boolean centres, Embedding embedding) {
        this.centres = centres;
        this.embedding = embedding;
    }

    /** To the mean of the reference. */
    public static Similarity toMean() {
        return new Similarity(false, Embedding.HASHED_NGRAMS);
    }

    /** To the nearest of several centres of the reference, at most {@link #MOST_CENTRES}, by spherical k-means. */
    public static Similarity toCentres() {
        return new Similarity(true, Embedding.HASHED_NGRAMS);
    }

    /** By another embedder, such as a sentence model; safe for use by several threads. */
    public Similarity by(Embedder<? super String> embedder) {
        return new Similarity(centres, Embedding.by(embedder));
    }

    @Override
    public String id() {
        return (centres ? "centres(" : "cosine(") + embedding.id() + ")";
    }

    @Override
    public FittedScorer<Document> fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        PoolSample.require(centres ? "centres" : "cosine", pool, reference, seed);
        long start = System.nanoTime();
        Embedder<? super String> embedder = embedding.of(pool, seed);
        float[][] rows = Rows.of(embedder, reference);
        List<float[]> means = new ArrayList<>();
        int wanted = Math.min(MOST_CENTRES, rows.length / KMeansOptions.FEW_TRAINING_ROWS);
        if (centres && wanted > 1) {
            Clustering clusters = KMeans.of(wanted).cluster(Embeddings.of(rows), seed);
            for (int k = 0; k < clusters.clusterCount(); k++) {
                if (clusters.size(k) > 0) {
                    int cluster = k;
                    means.add(mean(clusters.size(k), i -> rows[clusters.member(cluster, i)]));
                }
            }
        } else {
            means.add(mean(rows.length, i -> rows[i]));
        }
        Fingerprint learned = Fingerprint.of("similarity").add(embedder.id());
        for (float[] mean : means) {
            for (float value : mean) {
                learned.add(Float.floatToIntBits(value));
            }
        }
        String fingerprint = learned.add(id()).hex();
        return new RowScores(
                id(),
                embedder,
                row -> means.stream()
                        .mapToDouble(mean -> Rows.dot(row, mean))
                        .max()
                        .orElseThrow(),
                fingerprint,
                Duration.ofNanos(System.nanoTime() - start));
    }

    private interface RowOf {
        float[] row(int i);
    }

    private static float[] mean(int count, RowOf rows) {
        double[] sum = new double[rows.row(0).length];
        for (int i = 0; i < count; i++) {
            float[] row = rows.row(i);
            for (int j = 0; j < sum.length; j++) {
                sum[j] += row[j];
            }
        }
        float[] mean = new float[sum.length];
        for (int j = 0; j < sum.length; j++) {
            mean[j] = (float) (sum[j] / count);
        }
        Rows.scale(mean);
        return mean;
    }

    @Override
    public String toString() {
        return id();
    }
}
