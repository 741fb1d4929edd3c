// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.text.Document;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScoreRecallTest {
    private static final CandidatePool<Document> POOL = CandidatePool.of(
            IntStream.range(0, 10).mapToObj(i -> new Document("" + i, "text")).toList(), document -> 1, "ten");

    /** By the id; NaN is none. */
    private static InfluenceEstimator<Document> scores(double... values) {
        return new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends Document> items) {
                InfluenceScores.Builder found = InfluenceScores.builder();
                for (Document item : items) {
                    double value = values[Integer.parseInt(item.id())];
                    if (Double.isNaN(value)) {
                        found.flag("none");
                    } else {
                        found.add(value);
                    }
                }
                return found.build();
            }

            @Override
            public String fingerprint() {
                return "scores";
            }
        };
    }

    private static final double NONE = Double.NaN;
    private static final InfluenceEstimator<Document> FOUND = scores(9, 8, 7, 6, 5, 4, 3, 2, 1, NONE);

    @Test
    void of_otherScores_countsTheBestOfBoth() {
        // without documents 8 and 9, in order 0 2 3 1 7 6 5 4
        ScoreRecall found =
                ScoreRecall.of(POOL, FOUND, scores(99, 60, 80, 70, 1, 2, 3, 40, NONE, 1000), List.of(1, 2, 3, 8));

        assertThat(found.documents()).isEqualTo(8);
        assertThat(found.at())
                .containsExactly(
                        new ScoreRecall.At(1, 1, 1, 1.0 / 8),
                        new ScoreRecall.At(2, 1, 2, 2.0 / 8),
                        new ScoreRecall.At(3, 2, 3, 3.0 / 8),
                        new ScoreRecall.At(8, 8, 8, 1));
        // differences of ranks 0 2 1 1 3 1 1 3, by document
        assertThat(found.correlation().orElseThrow()).isCloseTo(1 - 6 * 26.0 / 504, within(1e-12));
        assertThat(found.text()).contains("best 3: 0.667 (2 of 3; by chance 0.375)", "rank correlation of all: 0.690");
    }

    /** Equal scores say nothing of the order, which is that of the pool. */
    @Test
    void of_equalScores_areInTheOrderOfThePool() {
        ScoreRecall found = ScoreRecall.of(POOL, scores(new double[10]), FOUND, List.of(4));

        assertThat(found.at()).containsExactly(new ScoreRecall.At(4, 4, 4, 4.0 / 9));
        assertThat(found.correlation()).isEmpty();
    }

    @Test
    void of_planted_countsThoseAmongTheBest() {
        ScoreRecall found = ScoreRecall.of(POOL, FOUND, i -> i == 1 || i == 6 || i == 9, List.of(1, 2, 9));

        assertThat(found.at()) // the last has no score
                .containsExactly(
                        new ScoreRecall.At(1, 0, 2, 1.0 / 9),
                        new ScoreRecall.At(2, 1, 2, 2.0 / 9),
                        new ScoreRecall.At(9, 2, 2, 1));
        assertThat(found.tree()).extractingByKey("top").asString().contains("recall=0.5");
        assertThatThrownBy(() -> ScoreRecall.of(POOL, FOUND, i -> i == 9, List.of(1)))
                .hasMessageContaining("none of the 9 documents that have a score is wanted");
        assertThatThrownBy(() -> ScoreRecall.of(POOL, FOUND, i -> i == 1, List.of(10)))
                .hasMessageContaining("the [10] best are asked for, and 9 documents have scores");
        assertThatThrownBy(() -> ScoreRecall.of(POOL, FOUND, i -> i == 1, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
