// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreCheckTest {
    private static final Seed SEED = new Seed(1);

    @TempDir
    private Path folder;

    private static InfluenceEstimator<Document> by(ToDoubleFunction<Document> score) {
        return new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends Document> items) {
                return InfluenceScores.of(items.stream().mapToDouble(score).toArray());
            }

            @Override
            public String fingerprint() {
                return "test";
            }
        };
    }

    private ScoreCheck check(ToDoubleFunction<Document> score) {
        return ScoreCheck.of(Small.pool(), by(score), Small.reference().items())
                .size(40, 24)
                .learningRate(3e-3)
                .keep(folder.resolve("kept"))
                .run(folder.resolve("model"), ModelTokenizer.bytes());
    }

    private static double isSum(Document document) {
        return document.text().contains("is a sum") ? 1 : 0;
    }

    /** A reference of sums is learnt from sums, and not from their opposite; the trainings are done once. */
    @Test
    void score_ofWhatIsLearntFrom_isHigh_andOfItsOppositeLow() throws Exception {
        Small.model(folder.resolve("model"));
        Files.createDirectories(folder.resolve("kept"));
        ScoreCheck sums = check(ScoreCheckTest::isSum);
        long trainings;
        try (Stream<Path> files = Files.list(folder.resolve("kept"))) {
            trainings = files.count();
        }
        ScoreCheck opposite = check(document -> -isSum(document));
        try (Stream<Path> files = Files.list(folder.resolve("kept"))) {
            assertThat(files.count()).isEqualTo(trainings).isEqualTo(24);
        }

        assertThat(sums.score()).isGreaterThan(0.4); // of 24 halves chance has a deviation of 0.2
        assertThat(sums.verdict()).startsWith("the scores predict what training does: ");
        assertThat(opposite.score()).isCloseTo(-sums.score(), within(1e-9));
        assertThat(opposite.verdict()).startsWith("WARNING: the scores predict next to nothing");
        assertThat(sums.low()).isLessThan(sums.score());
        assertThat(sums.gains()).isEqualTo(opposite.gains()).hasSize(24);
        assertThat(check(document -> 5).score()).isZero();
        assertThat(sums.tree()).containsEntry("halves", 24).containsEntry("documents", 40);
    }

    @Test
    void interval_isOfDrawsOfHalves() {
        double[] gains = SEED.stream("gains").doubles(40).toArray();
        ScoreCheck same = ScoreCheck.of(9, gains, gains, SEED);
        assertThat(same.score()).isCloseTo(1, within(1e-12));
        assertThat(same.low()).isCloseTo(1, within(1e-12));
        double[] noise = SEED.stream("noise").doubles(40).toArray();
        ScoreCheck chance = ScoreCheck.of(9, noise, gains, SEED);
        assertThat(chance.low()).isLessThan(0);
        assertThat(chance.high()).isGreaterThan(0);
    }

    @Test
    void run_ofTooLittle_isRefused() {
        Small.model(folder.resolve("model"));
        CandidatePool<Document> few = CandidatePool.of(Small.reference().items(), document -> 1, "few");
        assertThatThrownBy(() -> ScoreCheck.of(
                                few, by(document -> 1), Small.reference().items())
                        .run(folder.resolve("model"), ModelTokenizer.bytes()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("only 0 documents of the pool have a score");
        assertThatThrownBy(
                        () -> ScoreCheck.of(few, by(document -> 1), List.of()).size(3, 40))
                .hasMessageContaining("40 halves of 3 documents are asked for");
    }
}
