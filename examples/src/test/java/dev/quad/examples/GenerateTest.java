// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GenerateTest {
    private static TokenSequence greedy(Decoder decoder, int count, int... start) {
        return Generate.continued(decoder, TokenSequence.of(start), count, 0, new Seed(1).stream("unused"));
    }

    /** A trained checkpoint, where there is one; continued from its first token, again and again. */
    @Test
    void likeliest_fromTheFirstToken_repeatsExactly() throws Exception {
        Path folder = Path.of("..", "..", "shared", "data", "stories260k").normalize();
        for (Path above = Path.of("").toAbsolutePath(); above != null; above = above.getParent()) {
            Path there = above.resolve("shared/data/stories260k");
            folder = Files.isDirectory(there) ? there : folder;
        }
        assumeTrue(Files.isDirectory(folder), "no checkpoint at " + folder);
        try (Decoder read = Decoder.read(folder);
                Decoder mapped = Decoder.map(folder)) {
            TokenSequence first = greedy(read, 120, 1);
            assertThat(first.length()).isEqualTo(121);
            assertThat(IntStream.range(0, 121).map(first::id).distinct().count())
                    .isGreaterThan(20);
            assertThat(greedy(read, 120, 1)).isEqualTo(first);
            assertThat(greedy(mapped, 120, 1)).isEqualTo(first);
            ForkJoinPool one = new ForkJoinPool(1);
            try {
                assertThat(one.submit(() -> greedy(read, 120, 1)).get()).isEqualTo(first);
            } finally {
                one.shutdown();
            }
            // what it wrote is what it finds likeliest all along: so its loss is low
            double loss = read.losses(List.of(first)).sum(0) / 120;
            TokenSequence drawn = Generate.continued(read, TokenSequence.of(1), 120, 1, new Seed(1).stream("draws"));
            assertThat(loss).isLessThan(1.2);
            assertThat(read.losses(List.of(drawn)).sum(0) / 120).isGreaterThan(loss);
        }
    }

    @Test
    void model_thatLearntASeries_goesOnWithIt() throws IOException {
        int[] series = IntStream.rangeClosed(0, 16).map(t -> (3 * t) % 8).toArray();
        try (Decoder decoder = Decoder.random(
                DecoderConfig.builder(8)
                        .width(16)
                        .layers(1)
                        .heads(2)
                        .mlpWidth(24)
                        .maxLength(16)
                        .tiedHead(true)
                        .build(),
                new Seed(1))) {
            new Trainer(TrainingOptions.builder(4_000).batchTokens(16).build(), new Seed(1))
                    .train(decoder, List.of(TokenSequence.of(series)));
            TokenSequence expected = TokenSequence.of(java.util.Arrays.copyOf(series, 16));
            assertThat(greedy(decoder, 100, 0)).isEqualTo(expected);
            TokenSequence cold =
                    Generate.continued(decoder, TokenSequence.of(0), 100, 0.05, new Seed(2).stream("draws"));
            assertThat(cold).isEqualTo(expected);
        }
    }
}
