// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Embedder;
import dev.quad.text.Document;
import java.nio.FloatBuffer;
import java.util.List;

/** Rows of texts, scaled to length 1; rows of zeros stay so. */
final class Rows {
    private static final int BATCH = 256;

    private Rows() {}

    static float[][] of(Embedder<? super String> embedder, List<? extends Document> documents) {
        int dimension = embedder.dimension();
        float[][] rows = new float[documents.size()][];
        for (int from = 0; from < rows.length; from += BATCH) {
            int to = Math.min(rows.length, from + BATCH);
            FloatBuffer buffer = FloatBuffer.allocate((to - from) * dimension);
            embedder.embedFully(PoolSample.texts(documents.subList(from, to)), buffer);
            buffer.flip();
            for (int i = from; i < to; i++) {
                rows[i] = new float[dimension];
                buffer.get(rows[i]);
                scale(rows[i]);
            }
        }
        return rows;
    }

    static void scale(float[] row) {
        double length = Math.sqrt(dot(row, row));
        for (int j = 0; length > 0 && j < row.length; j++) {
            row[j] = (float) (row[j] / length);
        }
    }

    static double dot(float[] one, float[] other) {
        double sum = 0;
        for (int j = 0; j < one.length; j++) {
            sum += (double) one[j] * other[j];
        }
        return sum;
    }
}
