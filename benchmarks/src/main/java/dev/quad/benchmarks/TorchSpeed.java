// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.linalg.Workers;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A training step of the embedded model beside that of libtorch, which DJL drives: the same sizes, the same weights,
 * the same batch, the optimiser included, in turns.
 *
 * <pre>{@code
 * mvn -B -q -Ptorch -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -Xmx4g -Dai.djl.offline=true -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" \
 *   dev.quad.benchmarks.TorchSpeed
 * }</pre>
 *
 * <p>From the repository's root, and on an idle machine. The profile brings libtorch, 110 MB.
 */
final class TorchSpeed {
    private static final int[][] SIZES = {{256, 4, 256}, {512, 8, 512}};

    private TorchSpeed() {}

    /** Measures; the argument is the number of rounds. */
    public static void main(String[] arguments) throws IOException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(Workers.parallelism()));
        for (int[] size : SIZES) {
            measure(ModelSpeed.config(size[0], size[1], size[2]), rounds);
        }
    }

    private static void measure(DecoderConfig config, int rounds) throws IOException {
        List<TokenSequence> batch = ModelSpeed.batch(config);
        int tokens = batch.size() * config.maxLength();
        Path folder = Files.createTempDirectory("torch");
        double[] embedded = new double[rounds];
        double[] torch = new double[rounds];
        try (Decoder decoder = Decoder.random(config, new Seed(1))) {
            decoder.write(folder);
            try (TorchDecoder other = new TorchDecoder(config, folder)) {
                System.out.printf(
                        "width %d, %d blocks, %d tokens; loss %.5f here, %.5f there; a product there %.3g/s%n",
                        config.width(),
                        config.layers(),
                        tokens,
                        dev.quad.model.Trainer.meanLoss(decoder, batch, tokens),
                        other.step(batch),
                        other.productRate(2048));
                for (int round = -1; round < rounds; round++) {
                    double here = ModelSpeed.step(decoder, batch, tokens);
                    long start = System.nanoTime();
                    other.step(batch);
                    other.step(batch);
                    double there = (System.nanoTime() - start) / 2e9;
                    if (round >= 0) {
                        embedded[round] = here;
                        torch[round] = there;
                    }
                }
            }
        } finally {
            for (String name : List.of("model.safetensors", "config.json", "")) {
                Files.deleteIfExists(folder.resolve(name));
            }
        }
        Arrays.sort(embedded);
        Arrays.sort(torch);
        System.out.printf(
                "  seconds a step: %.3f here (%.3f to %.3f), %.3f in libtorch (%.3f to %.3f), which is %.2f times%n",
                embedded[rounds / 2],
                embedded[0],
                embedded[rounds - 1],
                torch[rounds / 2],
                torch[0],
                torch[rounds - 1],
                torch[rounds / 2] / embedded[rounds / 2]);
    }
}
