// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.DocumentScorer;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DsirTest extends TextScorerContract {
    private static final List<Document> REFERENCE =
            List.of(new Document("a", "Two plus two is 4."), new Document("b", "Three plus 5 is eight!"));
    private static final List<Document> POOL = List.of(
            new Document("c", "The cat sat on the mat."),
            new Document("d", "Two cats, plus one dog..."),
            new Document("e", "Ünïcode — naïve ½ x²_y 4."),
            new Document("f", "is is is"));

    @Override
    protected DocumentScorer<Document> scorer() {
        return Dsir.fast().buckets(64);
    }

    private static InfluenceScores scores(Dsir dsir) {
        return dsir.fit(pool(POOL), REFERENCE, new Seed(1)).score(POOL);
    }

    /** By a program of ten lines in Python, with its hashlib and re: what the authors' code computes. */
    @Test
    void exact_isWhatTheAuthorsCodeGives() {
        InfluenceScores scores = scores(Dsir.exact());
        double[] expected = {-177.02419252152814, -158.22881898813415, -144.97862157922006, -29.796230913832694};
        for (int i = 0; i < expected.length; i++) {
            assertThat(scores.value(i)).isCloseTo(expected[i], within(1e-12 * Math.abs(expected[i])));
        }
        assertThat(scores(Dsir.exact().perWord()).value(0)).isCloseTo(expected[0] / 13, within(1e-12));
    }

    /** Where no two words share a bucket, the hash does not matter. */
    @Test
    void fast_isExact_whereNoWordsCollide() {
        InfluenceScores exact = scores(Dsir.exact().buckets(1 << 20));
        InfluenceScores fast = scores(Dsir.fast().buckets(1 << 20));
        for (int i = 0; i < POOL.size(); i++) {
            assertThat(fast.value(i)).isCloseTo(exact.value(i), within(1e-12 * Math.abs(exact.value(i))));
        }
    }

    @Test
    void pseudoCount_softensWhatTheReferenceLacks() {
        InfluenceScores hard = scores(Dsir.fast());
        InfluenceScores soft = scores(Dsir.fast().pseudoCount(1));
        assertThat(soft.value(0)).isGreaterThan(hard.value(0) / 2);
    }

    @Test
    void nothingToCompare_isSaid() {
        List<Document> blank = new ArrayList<>(List.of(new Document("x", " \n")));
        assertThatThrownBy(() -> Dsir.fast().fit(pool(POOL), blank, new Seed(1)))
                .hasMessage("the reference has no word: dsir compares the words of both");
        assertThatThrownBy(() -> Dsir.fast().fit(pool(blank), POOL, new Seed(1)))
                .hasMessage("the pool has no word: dsir compares the words of both");
        assertThatThrownBy(() -> Dsir.fast().fit(pool(List.of()), POOL, new Seed(1)))
                .hasMessageStartingWith("the pool is empty: dsir learns");
        assertThatThrownBy(() -> Dsir.fast().pseudoCount(-1))
                .hasMessage("the pseudo-count is -1.0; allowed is 0 or more, and finite");
        assertThatThrownBy(() -> Dsir.fast().buckets(1)).hasMessage("buckets is 1; allowed is 2 to 16777216");
    }
}
