// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.ClusterStrategy;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.util.random.RandomGenerator;

/** Puts together what lies on the same side of as many random planes (Charikar, 2002). */
public record Signs(int planes) implements ClusterStrategy {
    @Override
    public Clustering cluster(Embeddings embeddings, Seed seed) {
        if (embeddings.rows() == 0) {
            throw new IllegalArgumentException("there are no rows to cluster");
        }
        RandomGenerator random = seed.stream("example.signs");
        double[] normals =
                random.doubles((long) planes * embeddings.dimension(), -1, 1).toArray();
        int[] clusters = new int[embeddings.rows()];
        FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
        for (int i = 0; i < clusters.length; i++) {
            embeddings.readFully(i, 1, row.clear());
            for (int plane = 0; plane < planes; plane++) {
                double product = 0;
                for (int j = 0; j < embeddings.dimension(); j++) {
                    product += normals[plane * embeddings.dimension() + j] * row.get(j);
                }
                if (!Double.isFinite(product)) {
                    throw new NumericalException("row " + i + " holds a value that is not finite; mend or drop it");
                }
                clusters[i] = 2 * clusters[i] + (product > 0 ? 1 : 0);
            }
        }
        return Clustering.of(clusters, 1 << planes);
    }
}
