// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.DocumentScorer;
import dev.quad.Embedder;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimilarityTest extends TextScorerContract {
    /** As many a, b and c as there are. */
    static final Embedder<String> LETTERS = new Embedder<>() {
        @Override
        public int dimension() {
            return 3;
        }

        @Override
        public void embed(List<? extends String> items, FloatBuffer target) {
            for (String item : items) {
                for (char letter = 'a'; letter <= 'c'; letter++) {
                    char wanted = letter;
                    target.put((float) item.chars().filter(c -> c == wanted).count());
                }
            }
        }

        @Override
        public String id() {
            return "letters";
        }
    };

    @Override
    protected DocumentScorer<Document> scorer() {
        return Similarity.toMean().by(LETTERS);
    }

    @Override
    protected List<Document> reference() {
        return documents("a", "ab", "bac");
    }

    @Override
    protected List<Document> unscorable() {
        return List.of(new Document("nothing", ""), new Document("other", "xyz"));
    }

    @Override
    protected List<Document> withoutText() {
        return super.unscorable();
    }

    private static List<Document> documents(String... texts) {
        List<Document> documents = new ArrayList<>();
        for (String text : texts) {
            documents.add(new Document("d" + documents.size(), text));
        }
        return documents;
    }

    @Test
    void toMean_isTheCosineToTheMeanOfUnitRows() {
        List<Document> pool = documents("a", "b", "aab", "xyz");
        InfluenceScores scores = Similarity.toMean()
                .by(LETTERS)
                .fit(pool(pool), documents("aaaa", "b"), new Seed(1))
                .score(pool);
        double diagonal = Math.sqrt(0.5);
        assertThat(scores.value(0)).isCloseTo(diagonal, within(1e-6));
        assertThat(scores.value(1)).isCloseTo(diagonal, within(1e-6));
        assertThat(scores.value(2)).isCloseTo(3 / Math.sqrt(10), within(1e-6));
        assertThat(scores.reason(3)).contains("its embedding is all zeros");
    }

    @Test
    void toCentres_isTheCosineToTheNearest() {
        List<Document> reference = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            reference.addAll(
                    documents("a".repeat(9) + (i % 2 == 0 ? "b" : "c"), "b".repeat(9) + (i % 2 == 0 ? "a" : "c")));
        }
        List<Document> pool = documents("a", "b", "ab", "c");
        InfluenceScores scores = Similarity.toCentres()
                .by(LETTERS)
                .fit(pool(pool), reference, new Seed(1))
                .score(pool);
        assertThat(scores.value(0)).isGreaterThan(0.98);
        assertThat(scores.value(1)).isGreaterThan(0.98);
        assertThat(scores.value(2)).isLessThan(0.8);
        assertThat(scores.value(3)).isLessThan(0.2);
        InfluenceScores mean = Similarity.toMean()
                .by(LETTERS)
                .fit(pool(pool), reference, new Seed(1))
                .score(pool);
        assertThat(mean.value(2)).as("one mean lies between both kinds").isGreaterThan(mean.value(0));
    }

    @Test
    void betr_ranksByTheNearestExample() {
        float[][] rows = {{1, 0, 0}, {0, 1, 0}, {0.6f, 0.8f, 0}, {0, 0, 1}};
        double[] best = Betr.bestRanks(rows, new float[][] {{1, 0, 0}, {0, 0.6f, 0.8f}});
        // by the first 0, 2, 1, 3 (of equal cosines the first), by the second 3, 1, 2, 0
        double[] mean = {0.5, 0.3, 0.54, 0.4};
        double[] ranks = {0, 1, 1, 0};
        for (int i = 0; i < 4; i++) {
            assertThat(best[i]).isCloseTo(ranks[i] - mean[i] / 4, within(1e-6));
        }
    }

    @Test
    void betr_teachesAClassifierWhatIsNear() {
        List<Document> pool = TextScorerContract.documents(300, 4);
        List<Document> unseen = TextScorerContract.documents(90, 78);
        InfluenceScores scores = Betr.ofHashedNgrams()
                .fit(pool(pool), super.reference(), new Seed(1))
                .score(unseen);
        double sums = 0;
        double tales = 0;
        for (int i = 0; i < unseen.size(); i++) {
            sums += i % 3 == 0 && scores.isScored(i) ? scores.value(i) : 0;
            tales += i % 3 == 1 && scores.isScored(i) ? scores.value(i) : 0;
        }
        assertThat(sums).isGreaterThan(tales);
    }
}
