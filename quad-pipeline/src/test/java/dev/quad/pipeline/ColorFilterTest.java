// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.model.Decoder;
import dev.quad.testkit.DocumentScorerContract;
import dev.quad.text.Document;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ColorFilterTest extends DocumentScorerContract<Document> {
    private static Document sum(int i) {
        return new Document("s" + i, i + " plus " + 7 * i + " is " + 8 * i + ". So it is, and no less.");
    }

    private static Document tale(int i) {
        return new Document("t" + i, "The ferry of hour " + i + " left its harbour with all hands on board.");
    }

    private static CandidatePool<Document> pool(int count) {
        List<Document> documents = IntStream.range(0, count)
                .mapToObj(i -> i % 2 == 0 ? sum(i) : tale(i))
                .toList();
        return CandidatePool.of(documents, document -> document.text().length(), "pool of " + count);
    }

    private static List<Document> sums(int count) {
        return IntStream.range(0, count).mapToObj(i -> sum(1_000 + i)).toList();
    }

    @Override
    protected DocumentScorer<Document> scorer() {
        return ColorFilter.of(400, Small.CONFIG);
    }

    @Override
    protected CandidatePool<Document> pool() {
        return pool(6);
    }

    @Override
    protected List<Document> reference() {
        return sums(3);
    }

    @Override
    protected List<Document> unscorable() {
        return List.of(new Document("short", "1 + 1"));
    }

    /** The loss of each byte is that of the softmax of the logits after the bytes before it. */
    @Test
    void score_isTheMeanDifferenceOfTheLogProbabilities() {
        Document document = new Document("d", "9 plus 63");
        try (ColorFilter.Models models = (ColorFilter.Models) scorer().fit(pool(), reference(), new Seed(1))) {
            TokenSequence tokens = models.chunks(document).get(0);
            double expected = 0;
            for (int i = 1; i < tokens.length(); i++) {
                expected += ln(models.decoders().get(1), tokens, i)
                        - ln(models.decoders().get(0), tokens, i);
            }
            assertThat(models.score(List.of(document)).value(0))
                    .isCloseTo(expected / (tokens.length() - 1), within(1e-5));
        }
    }

    private static double ln(Decoder decoder, TokenSequence tokens, int at) {
        float[] logits = decoder.logits(tokens.slice(0, at));
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return logits[tokens.id(at)] - Math.log(sum);
    }

    @Test
    void scores_tellTheKindOfTheReference_andWhatItTook() {
        List<Document> unseen = IntStream.range(100, 140)
                .mapToObj(i -> i < 120 ? sum(i) : tale(i))
                .toList();
        try (ColorFilter.Models models =
                (ColorFilter.Models) ColorFilter.of(8_000, Small.CONFIG).fit(pool(200), sums(60), new Seed(1))) {
            InfluenceScores scores = models.score(unseen);
            double least =
                    IntStream.range(0, 20).mapToDouble(scores::value).min().orElseThrow();
            double most =
                    IntStream.range(20, 40).mapToDouble(scores::value).max().orElseThrow();
            assertThat(least).isGreaterThan(most);
            assertThat(models.fitFlops().orElseThrow() / models.flopsPerToken().orElseThrow())
                    .as("6 of 4 operations, for the tokens of the first and twice those of the second")
                    .isCloseTo(
                            1.5
                                    * (8_000
                                            + 2.0
                                                    * sums(60).stream()
                                                            .mapToInt(d ->
                                                                    d.text().length())
                                                            .sum()),
                            within(200.0));
        }
    }

    @Test
    void fit_ofNothingToLearnFrom_isRefused() {
        assertThatThrownBy(() -> ColorFilter.ofProxies(0)).hasMessageContaining("0 tokens; allowed is 1 or more");
        assertThatThrownBy(() -> scorer().fit(pool(), unscorable(), new Seed(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the reference has no document of 8 tokens or more, which color-filter learns from; give longer"
                                + " texts");
    }
}
