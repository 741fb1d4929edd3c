// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/**
 * Documents that say what another one says, in the manner of SemDeDup (Abbas et al., 2023): within a cluster, in the
 * order of the pool, a document whose cosine to one that was kept before is above {@code 1 − ε} is left out. So no two
 * that are kept in a cluster are that near, and each that is left out has one that is. A random choice of the rest
 * ({@code RandomSelector.among(duplicates::isKept)}) is the control of what diversity alone gives.
 *
 * <p>Documents without a cluster, and rows of zeros, are kept. Cost: {@code Σ_k n_k kept_k} products of the dimension;
 * memory for the kept rows of a cluster. Immutable; safe for use by several threads.
 */
public final class SemanticDuplicates {
    private final BitSet leftOut;

    private SemanticDuplicates(BitSet leftOut) {
        this.leftOut = leftOut;
    }

    /**
     * Compares the documents of each cluster.
     *
     * @param embeddings a row for each document
     * @param clusters of the same documents, such as a hundred or a thousand
     * @param epsilon in {@code [0, 2]}; 0.05, say
     * @throws IllegalArgumentException if it is not, or the numbers of documents differ
     */
    public static SemanticDuplicates find(Embeddings embeddings, Clustering clusters, double epsilon) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        Objects.requireNonNull(clusters, "the clusters are null");
        if (!(epsilon >= 0 && epsilon <= 2)) {
            throw new IllegalArgumentException("epsilon is " + epsilon + "; allowed is [0, 2]");
        }
        if (embeddings.rows() != clusters.size()) {
            throw new IllegalArgumentException("there are " + embeddings.rows() + " rows and clusters of "
                    + clusters.size() + " documents; give those of the same pool");
        }
        BitSet leftOut = new BitSet();
        for (int cluster = 0; cluster < clusters.clusterCount(); cluster++) {
            List<float[]> kept = new ArrayList<>();
            for (int i = 0; i < clusters.size(cluster); i++) {
                int ordinal = clusters.member(cluster, i);
                float[] row = row(embeddings, ordinal);
                if (kept.parallelStream().anyMatch(other -> Rows.dot(row, other) > 1 - epsilon)) {
                    leftOut.set(ordinal);
                } else {
                    kept.add(row);
                }
            }
        }
        return new SemanticDuplicates(leftOut);
    }

    private static float[] row(Embeddings embeddings, int ordinal) {
        float[] row = new float[embeddings.dimension()];
        embeddings.readFully(ordinal, 1, FloatBuffer.wrap(row));
        Rows.scale(row);
        return row;
    }

    /** Whether the document is not left out, by ordinal. */
    public boolean isKept(int ordinal) {
        return !leftOut.get(ordinal);
    }

    /** How many are left out. */
    public int leftOut() {
        return leftOut.cardinality();
    }

    @Override
    public String toString() {
        return leftOut() + " documents say what another one says";
    }
}
