// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.ForwardInfluence;
import dev.quad.influence.Influence;
import dev.quad.influence.ReferenceDirection;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The embedded model beside a bare product: a training step as the share of the rate of {@code sgemm} that was measured
 * between the steps, with {@code 6·P·tokens} operations a step; and what scores cost, in forward passes.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -Xmx4g -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" dev.quad.benchmarks.ModelSpeed
 * }</pre>
 *
 * <p>From the repository's root, and on an idle machine. Prints the median of the rounds and their range.
 */
final class ModelSpeed {
    /** Width, blocks, length of a sequence; eight sequences. */
    private static final int[][] SIZES = {{256, 4, 256}, {512, 8, 512}};

    private static final int SEQUENCES = 8;
    private static final int SIDE = 2048;

    private ModelSpeed() {}

    /** Measures; the argument is the number of rounds. */
    public static void main(String[] arguments) throws IOException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        System.out.printf("%d threads, %s kernels%n", Workers.parallelism(), Blas.core());
        for (int[] size : SIZES) {
            measure(config(size[0], size[1], size[2]), rounds);
        }
    }

    /** Heads of 64, an MLP of about 8/3 the width, a vocabulary of 512. */
    static DecoderConfig config(int width, int layers, int length) {
        int mlp = width * 8 / 3 / 16 * 16 + 16;
        return DecoderConfig.builder(512)
                .width(width)
                .layers(layers)
                .heads(width / 64)
                .keyValueHeads(width / 64)
                .mlpWidth(mlp)
                .maxLength(length)
                .tiedHead(true)
                .build();
    }

    static List<TokenSequence> batch(DecoderConfig config) {
        List<TokenSequence> batch = new ArrayList<>();
        for (int s = 0; s < SEQUENCES; s++) {
            RandomGenerator random = new Seed(1).stream("speed", s);
            batch.add(TokenSequence.of(IntStream.rangeClosed(0, config.maxLength())
                    .map(t -> random.nextInt(config.vocabulary()))
                    .toArray()));
        }
        return batch;
    }

    private static void measure(DecoderConfig config, int rounds) throws IOException {
        List<TokenSequence> batch = batch(config);
        int tokens = SEQUENCES * config.maxLength();
        double[] product = new double[rounds];
        double[] step = new double[rounds];
        double[] forward = new double[rounds];
        double[] captures = new double[rounds];
        double[] derivatives = new double[rounds];
        double[] differences = new double[rounds];
        try (Product bare = new Product();
                Decoder decoder = Decoder.random(config, new Seed(1));
                Decoder trained = decoder.copy()) {
            DecoderGradients source = new DecoderGradients(decoder);
            try (ReferenceDirection direction = ReferenceDirection.gradient(source, ReferenceSet.of(batch));
                    InfluenceEstimator<TokenSequence> influence = Influence.of(source)
                            .direction(direction)
                            .batchTokens(tokens)
                            .estimator();
                    ForwardInfluence<TokenSequence> tangent = ForwardInfluence.of(source, direction, tokens);
                    ForwardInfluence<TokenSequence> finite =
                            ForwardInfluence.calibrate(source, direction, batch.subList(0, 1), tokens)) {
                for (int round = -2; round < rounds; round++) {
                    double a = bare.rate();
                    double b = step(trained, batch, tokens);
                    double c = seconds(() -> decoder.losses(batch));
                    double d = seconds(() -> influence.score(batch));
                    double e = seconds(() -> tangent.score(batch));
                    double f = seconds(() -> finite.score(batch));
                    if (round >= 0) {
                        product[round] = a;
                        step[round] = 6.0 * config.productWeights() * tokens / b / a;
                        forward[round] = 2.0 * config.productWeights() * tokens / c / a;
                        captures[round] = d / c;
                        derivatives[round] = e / c;
                        differences[round] = f / c;
                    }
                }
            }
        }
        System.out.printf("width %d, %d blocks, %d tokens%n", config.width(), config.layers(), tokens);
        print("sgemm, operations a second", product);
        print("training step, share of sgemm", step);
        print("forward pass, share of sgemm", forward);
        print("scores by captures, forward passes", captures);
        print("scores by derivatives, forward passes", derivatives);
        print("scores by differences, forward passes", differences);
    }

    private static void print(String what, double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        System.out.printf(
                "  %-42s %.3g (%.3g to %.3g)%n", what, sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    /** Seconds of one step, optimiser and all, after one that is not counted. */
    static double step(Decoder decoder, List<TokenSequence> batch, int tokens) throws IOException {
        TrainingOptions options = TrainingOptions.builder(3L * tokens)
                .batchTokens(tokens)
                .learningRate(1e-4)
                .build();
        long[] times = new long[4];
        new Trainer(options, new Seed(1), (n, done, all, loss) -> times[n] = System.nanoTime(), Optional.empty())
                .train(decoder, batch);
        return (times[3] - times[1]) / 2e9;
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        int runs = 0;
        do {
            work.run();
            runs++;
        } while (System.nanoTime() - start < 400_000_000L);
        return (System.nanoTime() - start) / 1e9 / runs;
    }

    /** A square product, its rows shared out. */
    static final class Product implements AutoCloseable {
        private final Floats a = Floats.allocate(SIDE, SIDE);
        private final Floats b = Floats.allocate(SIDE, SIDE);
        private final Floats c = Floats.allocate(SIDE, SIDE);

        Product() {
            for (int i = 0; i < SIDE * SIDE; i++) {
                a.set(i, i % 7);
                b.set(i, i % 11);
            }
        }

        /** Floating-point operations a second. */
        double rate() {
            double seconds = seconds(() -> Workers.forBlocks(
                    SIDE,
                    256,
                    (from, count) -> Blas.multiply(
                            1,
                            Matrix.of(a, SIDE, SIDE).rows(from, count),
                            Matrix.of(b, SIDE, SIDE).transposed(),
                            0,
                            Matrix.of(c, SIDE, SIDE).rows(from, count))));
            return 2.0 * SIDE * SIDE * SIDE / seconds;
        }

        @Override
        public void close() {
            a.close();
            b.close();
            c.close();
        }
    }
}
