// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.DocumentScorer;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MooreLewisTest extends TextScorerContract {
    @Override
    protected DocumentScorer<Document> scorer() {
        return MooreLewis.ofBytes();
    }

    /** Where the reference has as much text as the pool, all of the pool is drawn. */
    @Test
    void score_isTheDifferenceOfTwoPlainModels() {
        List<Document> pool = documents(7, 3);
        String sums = "12 + 3 = 15\n".repeat(40);
        List<Document> reference = List.of(new Document("r", sums));
        InfluenceScores scores =
                MooreLewis.ofBytes(3).fit(pool(pool), reference, new Seed(1)).score(pool);
        PlainKneserNey wanted = new PlainKneserNey(3, List.of(sums));
        PlainKneserNey usual = new PlainKneserNey(3, PoolSample.texts(pool));
        for (int i = 0; i < pool.size(); i++) {
            byte[] text = pool.get(i).text().getBytes(StandardCharsets.UTF_8);
            double sum = 0;
            for (int j = 0; j < text.length; j++) {
                sum += Math.log(wanted.probability(text, j)) - Math.log(usual.probability(text, j));
            }
            assertThat(scores.value(i)).isCloseTo(sum / text.length, within(1e-5));
        }
    }
}
