// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ChunkedInfluenceTest {
    private final List<Integer> batches = new ArrayList<>();
    private boolean closed;

    /** Scores a sequence by its last byte; flags those that end in '!'. */
    private final InfluenceEstimator<TokenSequence> lastByte = new InfluenceEstimator<>() {
        @Override
        public InfluenceScores score(List<? extends TokenSequence> items) {
            batches.add(items.size());
            InfluenceScores.Builder scores = InfluenceScores.builder();
            for (TokenSequence item : items) {
                int last = item.id(item.length() - 1);
                if (last == '!') {
                    scores.flag("ends in !");
                } else {
                    scores.add(last);
                }
                scores.countTokens(item.length());
            }
            return scores.build();
        }

        @Override
        public String fingerprint() {
            return "last byte";
        }

        @Override
        public OptionalDouble flopsPerToken() {
            return OptionalDouble.of(7);
        }

        @Override
        public void close() {
            closed = true;
        }
    };

    private ChunkedInfluence chunked(int length) {
        return new ChunkedInfluence(lastByte, chunker(length));
    }

    private static Chunker chunker(int length) {
        return Chunker.builder(Tokenizer.bytes()).length(length).minTokens(2).build();
    }

    private static Document doc(String text) {
        return new Document(text, text);
    }

    @Test
    void score_ofSeveralChunks_isTheirMeanByTokens() {
        InfluenceScores scores = chunked(5)
                .score(List.of(doc("aaaa"), doc("aab\u0001\u0002c"), doc("a"), doc("!!!!"), doc("xx!yyy\u0009")));

        assertThat(scores.value(0)).isEqualTo('a');
        assertThat(scores.value(1)).isCloseTo(('b' + 'c') / 2.0, within(1e-12));
        assertThat(scores.reason(2)).contains("the document has fewer than 2 tokens to predict");
        assertThat(scores.reason(3)).contains("no chunk of the document could be scored; the first: ends in !");
        assertThat(scores.value(4)).isEqualTo('\t');
        assertThat(scores.tokens()).isEqualTo(5 + 4 + 4 + 5 + 4 + 5);
        assertThat(batches).containsExactly(6);
    }

    @Test
    void score_unevenChunks_areWeightedByPredictedTokens() {
        InfluenceScores scores = chunked(4).score(List.of(doc("aabbb")));

        assertThat(scores.value(0)).isCloseTo((2 * 'a' + 3 * 'b') / 5.0, within(1e-12));
    }

    @Test
    void shortAsZero_givesZeroToWhatIsTooShort_andToNothingElse() {
        List<Document> documents = List.of(doc("aaaa"), doc("a"), doc("!!!!"));
        InfluenceScores plain = chunked(5).score(documents);
        InfluenceScores scores = chunked(5).shortAsZero().score(documents);

        assertThat(scores.value(0)).isEqualTo(plain.value(0));
        assertThat(plain.isScored(1)).isFalse();
        assertThat(scores.value(1)).isZero();
        assertThat(scores.reason(2)).isEqualTo(plain.reason(2)).isPresent();
        assertThat(chunked(5).shortAsZero().fingerprint())
                .isNotEqualTo(chunked(5).fingerprint());
        assertThat(ChunkedInfluence.ofEqualChunks(lastByte, chunker(5))
                        .shortAsZero()
                        .score(List.of(doc("aabbb")))
                        .value(0))
                .isCloseTo(
                        ChunkedInfluence.ofEqualChunks(lastByte, chunker(5))
                                .score(List.of(doc("aabbb")))
                                .value(0),
                        within(0.0));
    }

    @Test
    void score_nothingToScore_asksNobody() {
        assertThat(chunked(5).score(List.of()).size()).isZero();
        assertThat(chunked(5).score(List.of(doc("a"))).isScored(0)).isFalse();
        assertThat(batches).isEmpty();
    }

    @Test
    void flopsPerToken_isTheEstimators() {
        assertThat(chunked(5).flopsPerToken()).hasValue(7);
    }

    @Test
    void fingerprint_ofOtherChunks_differs() {
        assertThat(chunked(5).fingerprint()).isEqualTo(chunked(5).fingerprint());
        assertThat(chunked(5).fingerprint()).isNotEqualTo(chunked(6).fingerprint());
    }

    @Test
    void close_closesTheEstimator() {
        chunked(5).close();
        assertThat(closed).isTrue();
    }
}
