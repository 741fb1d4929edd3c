// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.util.List;

/** Makes an estimator for token sequences one for short texts. Long ones are cut: see {@code ChunkedInfluence}. */
final class TextInfluence implements InfluenceEstimator<String> {
    private final InfluenceEstimator<TokenSequence> estimator;

    TextInfluence(InfluenceEstimator<TokenSequence> estimator) {
        this.estimator = estimator;
    }

    @Override
    public InfluenceScores score(List<? extends String> items) {
        return estimator.score(items.stream().map(Tokenizer.bytes()::encode).toList());
    }

    @Override
    public String fingerprint() {
        return estimator.fingerprint();
    }

    @Override
    public void close() {
        estimator.close();
    }
}
