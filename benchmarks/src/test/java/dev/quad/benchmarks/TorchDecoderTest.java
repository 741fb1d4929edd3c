// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingListener;
import dev.quad.model.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is raced is the same computation: losses agree, and go on agreeing while both train. */
class TorchDecoderTest {
    @TempDir
    private Path folder;

    @Test
    void steps_inBothEngines_giveTheSameLosses() throws IOException {
        assumeTrue(
                TorchDecoderTest.class.getResource("/native/lib/pytorch.properties") != null,
                "needs the profile torch");
        DecoderConfig config = ModelSpeed.config(128, 2, 64);
        List<TokenSequence> batch = ModelSpeed.batch(config);
        int tokens = batch.size() * config.maxLength();
        // a rate that hardly changes from step to step, as that of the other engine does not
        TrainingOptions options = TrainingOptions.builder(6L * tokens)
                .batchTokens(tokens)
                .learningRate(1e-4)
                .warmup(0)
                .clip(1e9)
                .build();
        List<Double> losses = new ArrayList<>();
        TrainingListener listener = (step, done, all, loss) -> losses.add(loss);
        try (Decoder decoder = Decoder.random(config, new Seed(1))) {
            decoder.write(folder);
            new Trainer(options, new Seed(1), listener, Optional.empty()).train(decoder, batch);
        }
        try (TorchDecoder torch = new TorchDecoder(config, folder)) {
            assertThat((double) torch.step(batch)).isCloseTo(losses.get(0), within(1e-5));
            double before = losses.get(0);
            for (int step = 1; step < 3; step++) {
                double loss = torch.step(batch);
                assertThat(loss).isCloseTo(losses.get(step), within(0.2 * (before - loss)));
            }
        }
    }
}
