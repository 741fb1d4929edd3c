// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.DocumentScorer;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.baselines.QuRating.Pair;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuRatingTest extends TextScorerContract {
    private static Document of(String text) {
        return new Document(text, text);
    }

    /** Sums are preferred to tales. */
    private static List<Pair> pairs() {
        List<Document> documents = documents(60, 2);
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < documents.size(); i += 3) {
            pairs.add(new Pair(documents.get(i + 1), documents.get(i), 0.9));
        }
        return pairs;
    }

    @Override
    protected DocumentScorer<Document> scorer() {
        return QuRating.of(pairs());
    }

    /** Of one pair of one word each the weights are ±z/2, where {@code z = 30 · 2 (0.8 − σ(z))}. */
    @Test
    void weights_ofOnePair_areThoseByHand() {
        double low = 0;
        double high = 60;
        for (int half = 0; half < 100; half++) {
            double z = 0.5 * (low + high);
            if (z > 60 * (0.8 - 1 / (1 + Math.exp(-z)))) {
                high = z;
            } else {
                low = z;
            }
        }
        List<Document> both = List.of(of("bad"), of("good"));
        InfluenceScores scores = QuRating.of(List.of(new Pair(both.get(0), both.get(1), 0.8)))
                .fit(pool(both), List.of(), new Seed(1))
                .score(both);
        assertThat(scores.value(1)).isCloseTo(low / 2, within(1e-4));
        assertThat(scores.value(0)).isCloseTo(-low / 2, within(1e-4));
    }

    @Test
    void pairsThatAreNearlyEven_teachNothing() {
        Pair clear = new Pair(of("bad"), of("good"), 1);
        Pair even = new Pair(of("good"), of("bad"), 0.74);
        assertThat(QuRating.of(List.of(clear, even))
                        .fit(pool(), List.of(), new Seed(1))
                        .score(List.of(of("good")))
                        .value(0))
                .isEqualTo(QuRating.of(List.of(clear))
                        .fit(pool(), List.of(), new Seed(1))
                        .score(List.of(of("good")))
                        .value(0));
        assertThatThrownBy(() -> QuRating.of(List.of(even)).fit(pool(), List.of(), new Seed(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("none of 1 pairs was judged clearly");
        assertThatThrownBy(() -> new Pair(of("a"), of("b"), 1.5))
                .hasMessage("the share of votes for the second document is 1.5; allowed is [0, 1]");
    }
}
