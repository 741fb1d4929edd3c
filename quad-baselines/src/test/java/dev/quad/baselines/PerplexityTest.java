// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.DocumentScorer;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.baselines.Perplexity.Rather;
import dev.quad.text.Document;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PerplexityTest extends TextScorerContract {
    @Override
    protected DocumentScorer<Document> scorer() {
        return Perplexity.ofReference(Rather.LOW);
    }

    private static InfluenceScores scores(Perplexity perplexity, List<Document> pool, List<Document> reference) {
        return perplexity.fit(pool(pool), reference, new Seed(1)).score(pool);
    }

    @Test
    void texts_areReadInPlainLetters() {
        NgramModel model = NgramModel.train(List.of("cafe 00, \"00\" - it's"));
        List<Document> same = List.of(
                new Document("a", "Café\u00a019, \u201c23\u201d \u2014 it\u2019s"),
                new Document("b", "CAFE 45, \"67\" - it's"));
        InfluenceScores scores = scores(Perplexity.ofReference(Rather.LOW), same, same.subList(1, 2));
        assertThat(scores.value(0))
                .isEqualTo(scores.value(1))
                .isCloseTo(-model.natsPerByte("cafe 00, \"00\" - it's"), within(1e-12));
    }

    @Test
    void middle_isFarthestFromBothEnds() {
        List<Document> pool = documents(90, 5);
        List<Document> reference = reference();
        InfluenceScores low = scores(Perplexity.ofReference(Rather.LOW), pool, reference);
        InfluenceScores high = scores(Perplexity.ofReference(Rather.HIGH), pool, reference);
        InfluenceScores middle = scores(Perplexity.ofReference(Rather.MIDDLE), pool, reference);
        int[] scored = IntStream.range(0, pool.size()).filter(low::isScored).toArray();
        double[] sorted = IntStream.of(scored).mapToDouble(high::value).sorted().toArray();
        for (int i : scored) {
            assertThat(high.value(i)).isEqualTo(-low.value(i));
            double rank = DoubleStream.of(sorted)
                            .filter(value -> value < high.value(i))
                            .count()
                    + (DoubleStream.of(sorted)
                                            .filter(value -> value == high.value(i))
                                            .count()
                                    - 1)
                            / 2.0;
            assertThat(middle.value(i)).isCloseTo(-Math.abs(rank / (sorted.length - 1) - 0.5), within(1e-12));
        }
    }

    @Test
    void ofPool_neverScoresWhatItWasTrainedOn() {
        List<Document> pool = documents(100, 5);
        InfluenceScores scores = scores(Perplexity.ofPool(Rather.LOW), pool, List.of());
        List<String> reasons = IntStream.range(0, pool.size())
                .mapToObj(i -> scores.reason(i).orElse("scored"))
                .toList();
        assertThat(reasons).filteredOn("the model was trained on it"::equals).hasSizeBetween(7, 10);
        assertThat(reasons).filteredOn("scored"::equals).hasSizeGreaterThan(80);
    }

    /** The part of the pool as a scorer that needs no reference. */
    static class OfPoolTest extends TextScorerContract {
        @Override
        protected DocumentScorer<Document> scorer() {
            return Perplexity.ofPool(Rather.MIDDLE);
        }
    }
}
