// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.Draw;
import dev.quad.Embeddings;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.testkit.DrawContract;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupGreedyTest extends DrawContract {
    private static float[][] rows(int count, long seed) {
        RandomGenerator random = new Seed(seed).stream("test.rows");
        return IntStream.range(0, count)
                .mapToObj(i -> new float[] {
                    (float) random.nextGaussian(), (float) random.nextGaussian(), 1 + random.nextFloat()
                })
                .toArray(float[][]::new);
    }

    private static Clustering thirds(int count) {
        return Clustering.of(IntStream.range(0, count).map(i -> i % 3).toArray(), Math.min(3, count));
    }

    @Override
    protected Draw draw() {
        return GroupGreedy.of(Embeddings.of(rows(2_500, 3)), thirds(2_500)); // as many as the contract scores
    }

    private static List<Integer> ordinals(Draw draw, InfluenceScores scores, int count) {
        return draw.draw(scores, i -> 1, Budget.documents(count), new Seed(1)).stream()
                .map(Draw.Drawn::ordinal)
                .toList();
    }

    /** By the formula, of all pairs, each time anew. */
    private static List<Integer> plain(float[][] rows, double[] scores, double alpha, int count) {
        List<Integer> chosen = new ArrayList<>();
        while (chosen.size() < count) {
            int best = -1;
            double most = Double.NEGATIVE_INFINITY;
            for (int z = 0; z < rows.length; z++) {
                int cluster = z % 3;
                int document = z;
                double r = chosen.stream()
                        .filter(other -> other % 3 == cluster)
                        .mapToDouble(other -> Rows.dot(rows[document], rows[other])
                                / Math.sqrt(
                                        Rows.dot(rows[document], rows[document]) * Rows.dot(rows[other], rows[other])))
                        .average()
                        .orElse(0);
                double gain = scores[z] - alpha * Math.abs(scores[z]) * r;
                if (!chosen.contains(z) && gain > most) {
                    best = z;
                    most = gain;
                }
            }
            chosen.add(best);
        }
        return chosen;
    }

    @Test
    void draw_isTheGreedyOneOfTheFormula_forScoresOfBothSigns() {
        float[][] rows = rows(60, 5);
        double[] scores = new Seed(5).stream("test.scores").doubles(60, -1, 1).toArray();
        for (double alpha : new double[] {0, 0.3, 1}) {
            Draw draw = GroupGreedy.of(Embeddings.of(rows), thirds(60)).weight(alpha);
            assertThat(ordinals(draw, InfluenceScores.of(scores), 50)).isEqualTo(plain(rows, scores, alpha, 50));
        }
        assertThat(plain(rows, scores, 1, 50)).isNotEqualTo(plain(rows, scores, 0, 50));
    }

    /** Theirs, s · mean(1 − cos), where scores are above 0; below it, a repetition is not preferred as it is there. */
    @Test
    void repetition_isNeverPreferred_whateverTheSign() {
        Embeddings rows = Embeddings.of(new float[][] {{1, 0}, {1, 0}, {0, 1}, {1, 1}});
        Clustering one = Clustering.of(new int[4], 1);
        Draw draw = GroupGreedy.of(rows, one);
        assertThat(ordinals(draw, InfluenceScores.of(9, 8, 2, 5), 4))
                .as("0 of 8, 2 of 2, 1.46 of 5; then half of 8, 1.46 of 5")
                .containsExactly(0, 2, 1, 3);
        assertThat(ordinals(draw, InfluenceScores.of(9, -1, -1, -1), 4))
                .as("-2, -1 and -1.71; then -1.5 and -1.71")
                .containsExactly(0, 2, 1, 3);
        assertThat(ordinals(draw.standardised(), InfluenceScores.of(9, 8, 2, 5), 1))
                .containsExactly(0);
    }

    @Test
    void draw_ofOtherDocuments_isRefused() {
        assertThatThrownBy(() -> GroupGreedy.of(Embeddings.of(rows(5, 1)), thirds(6)))
                .hasMessage("there are 5 rows and clusters of 6 documents; give those of the same pool");
        assertThatThrownBy(() ->
                        ordinals(GroupGreedy.of(Embeddings.of(rows(1, 1)), thirds(1)), InfluenceScores.of(1, 2), 1))
                .hasMessage("there are 2 scores and embeddings of 1 documents; give those of the same pool");
        assertThatThrownBy(() ->
                        GroupGreedy.of(Embeddings.of(rows(1, 1)), thirds(1)).weight(-1))
                .hasMessage("the weight is -1.0; allowed is 0 or more, and finite");
    }
}
