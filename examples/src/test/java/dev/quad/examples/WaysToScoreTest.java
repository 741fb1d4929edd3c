// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.LayerPartition;
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way gives the scores of the plain one, where it is to. */
class WaysToScoreTest {
    private static final int ODD = 17;
    private static final List<TokenSequence> ITEMS = IntStream.range(0, 40)
            .mapToObj(i -> i == ODD ? "q#~|^ ZZ @@ }{ ?? <>" : "the sum of " + i % 7 + " and " + i % 5 + " is small")
            .map(Tokenizer.bytes()::encode)
            .toList();

    @TempDir
    private Path folder;

    private static Decoder model;
    private static DecoderGradients source;
    private static Curvature curvature;
    private static ReferenceDirection sums;
    private static ReferenceDirection other;

    @BeforeAll
    static void train() throws IOException {
        Seed seed = new Seed(1);
        model = Decoder.random(
                DecoderConfig.builder(257)
                        .width(16)
                        .layers(2)
                        .heads(2)
                        .mlpWidth(32)
                        .maxLength(64)
                        .tiedHead(true)
                        .build(),
                seed);
        new Trainer(TrainingOptions.builder(20_000).batchTokens(512).build(), seed).train(model, ITEMS);
        source = new DecoderGradients(model);
        curvature = CurvatureFit.of(source, ITEMS, Fisher.empirical()).ekfac();
        sums = direction("the sum of 3 and 4 is small");
        other = direction("a ship in the harbour");
    }

    private static ReferenceSet<TokenSequence> reference(String text) {
        return ReferenceSet.of(List.of(Tokenizer.bytes().encode(text)));
    }

    private static ReferenceDirection direction(String text) {
        try (ReferenceDirection gradient = ReferenceDirection.gradient(source, reference(text))) {
            return gradient.precondition(curvature, Damping.relative(0.1));
        }
    }

    @AfterAll
    static void close() {
        sums.close();
        other.close();
        model.close();
    }

    private static double[] plain(ReferenceDirection direction) {
        try (var influence = Influence.of(source).direction(direction).estimator()) {
            return values(influence.score(ITEMS));
        }
    }

    private static double[] values(InfluenceScores scores) {
        return IntStream.range(0, scores.size()).mapToDouble(scores::value).toArray();
    }

    private static double largest(double... values) {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }

    @Test
    void forwardPasses_giveThePlainScores_toTheErrorOfDifferences() {
        double[] expected = plain(sums);
        assertThat(values(WaysToScore.byForwardPasses(source, sums, ITEMS)))
                .containsExactly(expected, within(0.02 * largest(expected)));
    }

    @Test
    void onItself_theOddTextOut_isHighest() {
        double[] onItself = WaysToScore.onItself(source, curvature, ITEMS);

        assertThat(onItself[ODD]).isEqualTo(Arrays.stream(onItself).max().orElseThrow());
        assertThat(Arrays.stream(onItself)).allMatch(value -> value > 0);
    }

    @Test
    void onTheBestTask_isTheLargerOfTwo() {
        double[] one = plain(sums);
        double[] two = plain(other);
        double[] best = IntStream.range(0, one.length)
                .mapToDouble(i -> Math.max(one[i], two[i]))
                .toArray();
        assertThat(values(WaysToScore.onTheBestTask(source, List.of(sums, other), ITEMS)))
                .containsExactly(best, within(1e-4 * largest(best)));
    }

    @Test
    void byLayer_addsUpToTheScores_andSoDoesAStoreThatLeavesNothingOut() throws IOException {
        double[][][] layers = WaysToScore.byLayer(source, List.of(sums), ITEMS);
        double[] total = IntStream.range(0, ITEMS.size())
                .mapToDouble(item -> Arrays.stream(layers[0])
                        .mapToDouble(layer -> layer[item])
                        .sum())
                .toArray();
        double[] perToken = IntStream.range(0, total.length)
                .mapToDouble(item -> total[item] / source.tokens(ITEMS.get(item)))
                .toArray();
        double[] expected = plain(sums);

        assertThat(layers[0]).hasDimensions(source.layers().size(), ITEMS.size());
        assertThat(perToken).containsExactly(expected, within(1e-4 * largest(expected)));
        double[][] stored =
                WaysToScore.fromAStore(source, ITEMS, 1000, folder.resolve("gradients"), List.of(sums, other));
        assertThat(stored[0]).containsExactly(total, within(1e-4 * largest(total)));
    }

    @Test
    void littleMemory_givesTheSameDirection() {
        long memory = 140_000;
        assertThat(LayerPartition.of(source, memory).groups()).hasSizeGreaterThan(2);
        try (ReferenceDirection parts =
                WaysToScore.withLittleMemory(source, ITEMS, reference("the sum of 3 and 4 is small"), memory)) {
            assertThat(plain(parts)).isEqualTo(plain(sums));
        }
    }
}
