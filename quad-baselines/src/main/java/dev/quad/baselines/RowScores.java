// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Embedder;
import dev.quad.FittedScorer;
import dev.quad.InfluenceScores;
import dev.quad.text.Document;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** Scores each document by its row, of length 1; a row of zeros is flagged. */
record RowScores(
        String id,
        Embedder<? super String> embedder,
        ToDoubleFunction<float[]> scoreOf,
        String fingerprint,
        Duration fitTime)
        implements FittedScorer<Document> {
    @Override
    public InfluenceScores score(List<? extends Document> documents) {
        Objects.requireNonNull(documents, "the documents are null");
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (float[] row : Rows.of(embedder, documents)) {
            if (Rows.dot(row, row) == 0) {
                scores.flag("its embedding is all zeros");
            } else {
                scores.add(scoreOf.applyAsDouble(row));
            }
        }
        return scores.build();
    }

    @Override
    public String toString() {
        return id;
    }
}
