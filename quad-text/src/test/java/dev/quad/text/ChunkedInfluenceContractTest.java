// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.testkit.InfluenceEstimatorContract;
import java.util.List;
import java.util.Optional;

/** Over an estimator that takes the last byte for the score, and knows none of what ends in an exclamation mark. */
class ChunkedInfluenceContractTest extends InfluenceEstimatorContract<Document> {

    private static final class LastByte implements InfluenceEstimator<TokenSequence> {
        @Override
        public InfluenceScores score(List<? extends TokenSequence> items) {
            InfluenceScores.Builder scores = InfluenceScores.builder();
            for (TokenSequence item : items) {
                int last = item.id(item.length() - 1);
                if (last == '!') {
                    scores.flag("ends in !");
                } else {
                    scores.add(last);
                }
            }
            return scores.build();
        }

        @Override
        public String fingerprint() {
            return "last byte";
        }
    }

    private static InfluenceEstimator<Document> ofLength(int tokens) {
        return new ChunkedInfluence(
                new LastByte(),
                Chunker.builder(Tokenizer.bytes()).length(tokens).minTokens(2).build());
    }

    @Override
    protected InfluenceEstimator<Document> estimator() {
        return ofLength(5);
    }

    @Override
    protected Optional<InfluenceEstimator<Document>> other() {
        return Optional.of(ofLength(7));
    }

    @Override
    protected List<Document> items() {
        return List.of(
                new Document("one chunk", "aaaa"),
                new Document("three chunks", "aab\u0001\u0002czzz"),
                new Document("too short", "a"),
                new Document("of no score", "!!!!"),
                new Document("in part of no score", "xx!yyy\u0009"));
    }

    @Override
    protected List<Document> unscorable() {
        return List.of(
                new Document("empty", ""), new Document("too short", "b"), new Document("of no score", "!!!!!!!!!"));
    }
}
