// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one step of a {@link Trainer} does, against the formulas in double precision; and its options. */
class TrainingStepTest {
    private static final DecoderConfig CONFIG = DecoderConfig.builder(5)
            .width(8)
            .layers(1)
            .heads(2)
            .keyValueHeads(1)
            .mlpWidth(6)
            .maxLength(8)
            .tiedHead(true)
            .build();
    private static final List<TokenSequence> DATA =
            List.of(TokenSequence.of(0, 1, 2, 3, 4), TokenSequence.of(4, 3, 2, 2, 0), TokenSequence.of(1, 1, 1, 4, 1));
    private static final int TOKENS = 12;
    private static final int STEPS = 25;

    /** With the whole data in each step its order does not matter. */
    @ParameterizedTest
    @CsvSource({"0.05, 0.1, 1e9", "0.3, 0.5, 0.05", "0, 0, 0.2", "1, 0.1, 0.3"})
    void steps_followTheFormulas(double warmup, double decay, double clip) throws IOException {
        double highest = 0.01;
        TrainingOptions options = TrainingOptions.builder(STEPS * TOKENS)
                .batchTokens(TOKENS)
                .learningRate(highest)
                .weightDecay(decay)
                .clip(clip)
                .warmup(warmup)
                .build();
        List<float[]> states = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 3)) {
            states.add(decoder.parameters().toArray());
            TrainingListener listener = (step, tokens, total, loss) -> {
                states.add(decoder.parameters().toArray());
                losses.add(loss);
            };
            new Trainer(options, new Seed(1), listener, Optional.empty()).train(decoder, DATA);
            assertThat(losses).hasSize(STEPS);
            AdamWTest.Reference adam = new AdamWTest.Reference(CONFIG);
            for (int step = 1; step <= STEPS; step++) {
                decoder.parameters().set(0, states.get(step - 1), 0, adam.size());
                double[] gradient = meanGradient(decoder, losses.get(step - 1));
                double norm = Math.sqrt(DecoderLaws.inner(gradient, gradient));
                double scale = norm > clip ? clip / norm : 1;
                Arrays.setAll(gradient, i -> gradient[i] * scale);
                double[] expected = adam.step(states.get(step - 1), gradient, rate(highest, warmup, step), decay);
                float[] found = states.get(step);
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) found[i])
                            .as("weight %s after step %s", i, step)
                            .isCloseTo(expected[i], within(highest * 1e-3 + 1e-7 * Math.abs(expected[i])));
                }
            }
        }
    }

    private static double[] meanGradient(Decoder decoder, double loss) {
        try (Floats sum = Floats.allocate(decoder.parameters().length())) {
            double[] losses = DecoderCase.sums(decoder.addGradient(DATA, sum));
            assertThat(loss).isCloseTo(Arrays.stream(losses).sum() / TOKENS, within(1e-5));
            double[] mean = new double[sum.length()];
            Arrays.setAll(mean, i -> sum.get(i) / (double) TOKENS);
            return mean;
        }
    }

    /** The rate in the middle of a step: a straight line up, then half a cosine from the highest to a tenth of it. */
    private static double rate(double highest, double warmup, int step) {
        double done = (step - 0.5) / STEPS;
        if (done < warmup) {
            return highest * done / warmup;
        }
        double turn = Math.PI * (done - warmup) / (1 - warmup);
        return highest * (0.1 + 0.9 * (1 + Math.cos(turn)) / 2);
    }

    @Test
    void options_defaults_areTheConstants() {
        TrainingOptions options = TrainingOptions.builder(7).build();
        assertThat(options.tokens()).isEqualTo(7);
        assertThat(options.learningRate()).isEqualTo(TrainingOptions.DEFAULT_LEARNING_RATE);
        assertThat(options.batchTokens()).isEqualTo(TrainingOptions.DEFAULT_BATCH_TOKENS);
        assertThat(options.weightDecay()).isEqualTo(TrainingOptions.DEFAULT_WEIGHT_DECAY);
        assertThat(options.clip()).isEqualTo(TrainingOptions.DEFAULT_CLIP);
        assertThat(options.warmup()).isEqualTo(TrainingOptions.DEFAULT_WARMUP);
        assertThat(options.checkpointSteps()).isEqualTo(TrainingOptions.DEFAULT_CHECKPOINT_STEPS);
    }

    @Test
    void options_allWrong_namesAll() {
        assertThatThrownBy(() -> TrainingOptions.builder(0)
                        .learningRate(1)
                        .batchTokens(-1)
                        .weightDecay(10)
                        .clip(0)
                        .warmup(1.5)
                        .microBatchTokens(-1)
                        .evaluationSteps(0)
                        .checkpointSteps(0)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("training options: the number of tokens is 0, allowed is 1 or more"
                        + "; the learning rate is 1.0, allowed is (0, 1)"
                        + "; the number of tokens of a step is -1, allowed is 1 or more"
                        + "; the weight decay is 10.0, allowed is [0, 10)"
                        + "; the norm to clip to is 0.0, allowed is above 0"
                        + "; the share of warm-up is 1.5, allowed is [0, 1]"
                        + "; the number of tokens of a pass is -1, allowed is 0 or more"
                        + "; the number of steps between losses is 0, allowed is 1 or more"
                        + "; the number of steps between checkpoints is 0, allowed is 1 or more");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, -0.1, Double.NEGATIVE_INFINITY})
    void options_valueThatIsNoAmount_isRefusedEverywhere(double value) {
        assertThatThrownBy(() -> TrainingOptions.builder(1)
                        .learningRate(value)
                        .weightDecay(value)
                        .clip(value)
                        .warmup(value)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("learning rate is", "weight decay is", "clip to is", "warm-up is");
    }
}
