// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Embedder;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.files.Ranks;
import dev.quad.text.Document;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class MatesTest extends TextScorerContract {
    /** Letters, digits and spaces. */
    private static final Embedder<String> KINDS = new Embedder<>() {
        @Override
        public int dimension() {
            return 3;
        }

        @Override
        public void embed(List<? extends String> items, FloatBuffer target) {
            for (String item : items) {
                target.put((float) item.chars().filter(Character::isLetter).count());
                target.put((float) item.chars().filter(Character::isDigit).count());
                target.put((float) item.chars().filter(c -> c == ' ').count());
            }
        }

        @Override
        public String id() {
            return "kinds";
        }
    };

    private static InfluenceEstimator<Document> scoring(ToDoubleFunction<String> score) {
        return new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends Document> items) {
                InfluenceScores.Builder scores = InfluenceScores.builder();
                items.forEach(item -> {
                    if (item.text().isEmpty()) {
                        scores.flag("empty");
                    } else {
                        scores.add(score.applyAsDouble(item.text()));
                    }
                });
                return scores.build();
            }

            @Override
            public String fingerprint() {
                return "scoring";
            }
        };
    }

    private static double digits(String text) {
        return text.chars().filter(Character::isDigit).count() / (double) text.length();
    }

    @Override
    protected DocumentScorer<Document> scorer() {
        return Mates.of(scoring(MatesTest::digits), 90).by(KINDS);
    }

    @Override
    protected CandidatePool<Document> pool() {
        return pool(documents(120, 1));
    }

    @Test
    void predictions_followTheScores() {
        List<Document> unseen = documents(60, 8).stream()
                .filter(document -> !document.text().isEmpty())
                .toList();
        InfluenceScores scores = scorer().fit(pool(), List.of(), new Seed(1)).score(unseen);
        double[] found = new double[unseen.size()];
        double[] expected = new double[unseen.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = scores.value(i);
            expected[i] = digits(unseen.get(i).text());
        }
        assertThat(Ranks.correlation(found, expected)).isGreaterThan(0.9);
    }

    @Test
    void scoresByChance_areRefused() {
        DocumentScorer<Document> scorer = Mates.of(
                scoring(text -> new Seed(text.hashCode()).stream("noise").nextGaussian()), 300);
        assertThatThrownBy(() -> ((Mates) scorer).by(KINDS).fit(pool(documents(300, 1)), List.of(), new Seed(1)))
                .isInstanceOf(QuadException.class)
                .hasMessageContaining("held-out probes are predicted with a rank correlation of");
        assertThatThrownBy(() -> Mates.of(scoring(MatesTest::digits), 90)
                        .by(KINDS)
                        .fit(pool(documents(40, 1)), List.of(), new Seed(1)))
                .hasMessageContaining("mates needs 50 to learn from");
    }

    /** At the least sum the slope is 0 along each weight, and along the intercept. */
    @Test
    void ridge_isWhereTheSlopeVanishes() {
        RandomGenerator random = new Seed(5).stream("test.ridge");
        float[][] rows = new float[40][4];
        double[] values = new double[40];
        for (int i = 0; i < 40; i++) {
            for (int j = 0; j < 4; j++) {
                rows[i][j] = (float) random.nextGaussian();
            }
            values[i] = 3 + rows[i][0] - 2 * rows[i][1] + 0.1 * random.nextGaussian();
        }
        Ridge ridge = Ridge.fit(rows, values, 0.01);
        double intercept = ridge.of(new float[4]);
        double sum = 0;
        for (int j = 0; j < 4; j++) {
            float[] unit = new float[4];
            unit[j] = 1;
            double weight = ridge.of(unit) - intercept;
            double slope = 0.01 * 40 * weight;
            for (int i = 0; i < 40; i++) {
                slope += (ridge.of(rows[i]) - values[i]) * rows[i][j];
            }
            assertThat(slope).as("along weight " + j).isCloseTo(0, within(1e-9));
        }
        for (int i = 0; i < 40; i++) {
            sum += ridge.of(rows[i]) - values[i];
        }
        assertThat(sum).as("along the intercept").isCloseTo(0, within(1e-9));
    }
}
