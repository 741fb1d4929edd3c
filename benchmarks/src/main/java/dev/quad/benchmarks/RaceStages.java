// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.Damping;
import dev.quad.influence.DirectionScores;
import dev.quad.influence.Fisher;
import dev.quad.influence.GradientSource;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.SelfInfluence;
import dev.quad.influence.Targets;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Quad's side of {@code influence_race.py}, which see: writes the checkpoint and the documents that both sides take,
 * then does the stage of each line of standard input, and answers with its seconds and with numbers to compare.
 */
final class RaceStages implements AutoCloseable {
    private static final int SHORTEST = 128;
    private static final int LONGEST = 256;
    private static final int QUERIES = 32;
    /** Queries of the aggregated reference. */
    private static final int REFERENCE = 8;

    private static final int BATCH = GradientSource.DEFAULT_BATCH_TOKENS;

    private final Decoder decoder;
    private final DecoderGradients source;
    private final List<TokenSequence> documents;
    private final List<TokenSequence> queries;
    private final List<List<TokenSequence>> batches = new ArrayList<>();
    private @Nullable KroneckerFactors factors;
    private @Nullable Curvature kfac;
    private @Nullable Curvature ekfac;
    private @Nullable ReferenceDirection gradient;

    private RaceStages(Path folder, DecoderConfig config, int documents) throws IOException {
        this.decoder = Decoder.random(config, new Seed(1));
        this.source = new DecoderGradients(decoder);
        this.documents = texts(config, "documents", documents);
        this.queries = texts(config, "queries", QUERIES);
        int tokens = BATCH;
        for (TokenSequence document : this.documents) {
            tokens += document.length();
            if (tokens > BATCH) {
                batches.add(new ArrayList<>());
                tokens = document.length();
            }
            batches.get(batches.size() - 1).add(document);
        }
        decoder.write(folder);
        write(folder.resolve("documents.txt"), this.documents);
        write(folder.resolve("queries.txt"), this.queries);
    }

    /** Folder, width, blocks, number of documents. */
    public static void main(String[] arguments) throws IOException {
        int width = Integer.parseInt(arguments[1]);
        int blocks = Integer.parseInt(arguments[2]);
        DecoderConfig config = ModelSpeed.config(width, blocks, LONGEST);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (RaceStages stages = new RaceStages(Path.of(arguments[0]), config, Integer.parseInt(arguments[3]))) {
            System.out.println("race ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                long start = System.nanoTime();
                Supplier<double[]> numbers = stages.run(line.split(" ", -1));
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.println("race " + seconds + " "
                        + Arrays.stream(numbers.get())
                                .mapToObj(Double::toString)
                                .collect(Collectors.joining(" ")));
            }
        }
    }

    /** Random tokens of random lengths, the longest first, so that a peer pads little. */
    private static List<TokenSequence> texts(DecoderConfig config, String name, int count) {
        return IntStream.range(0, count)
                .mapToObj(text -> {
                    RandomGenerator random = new Seed(1).stream(name, text);
                    return TokenSequence.of(IntStream.range(0, random.nextInt(SHORTEST, LONGEST + 1))
                            .map(t -> random.nextInt(config.vocabulary()))
                            .toArray());
                })
                .sorted(Comparator.comparingInt(TokenSequence::length).reversed())
                .toList();
    }

    private static void write(Path file, List<TokenSequence> texts) throws IOException {
        Files.write(
                file,
                texts.stream()
                        .map(text -> IntStream.range(0, text.length())
                                .mapToObj(t -> Integer.toString(text.id(t)))
                                .collect(Collectors.joining(" ")))
                        .toList());
    }

    /** Does a stage, and leaves for later what of it is compared: numbers that are free of the choice of a basis. */
    private Supplier<double[]> run(String... stage) {
        return switch (stage[0]) {
            case "sgemm" -> {
                try (ModelSpeed.Product product = new ModelSpeed.Product()) {
                    yield numbers(product.rate());
                }
            }
            case "forward" -> losses(decoder::losses);
            case "backward" -> losses(batch -> source.capture(batch, Targets.observed(), capture -> {}));
            case "factors" -> {
                KroneckerFactors fitted =
                        KroneckerFactors.fit(source, documents, Fisher.empirical(), BATCH, tokens -> {});
                factors = fitted;
                yield () -> DoubleStream.concat(
                                DoubleStream.of(layers(layer -> trace(fitted.inputCovariance(layer)))),
                                DoubleStream.of(layers(layer -> trace(fitted.outputCovariance(layer)))))
                        .toArray();
            }
            case "eigen" -> {
                Curvature decomposed = Curvature.kfac(done(factors, "factors"));
                kfac = decomposed;
                yield () -> layers(layer -> norm(decomposed.eigenvalues(layer)));
            }
            case "ekfac" -> {
                Curvature fitted = CurvatureFit.of(source, documents, Fisher.empirical())
                        .batchTokens(BATCH)
                        .ekfac(done(kfac, "eigen"));
                ekfac = fitted;
                yield () -> layers(fitted::meanEigenvalue);
            }
            case "gradient" -> {
                ReferenceDirection made = reference(queries.subList(0, REFERENCE));
                gradient = made;
                yield () -> layers(layer -> norm(made.values(layer)));
            }
            case "direction" -> {
                ReferenceDirection solved = preconditioned(done(gradient, "gradient"));
                yield () -> {
                    try (solved) {
                        return layers(layer -> norm(solved.values(layer)));
                    }
                };
            }
            case "score" -> numbers(score());
            case "pairwise" -> numbers(pairwise(queries.subList(0, Integer.parseInt(stage[1]))));
            case "self" -> {
                try (SelfInfluence<TokenSequence> self =
                        new SelfInfluence<>(source, done(ekfac, "ekfac"), Damping.DEFAULT, BATCH)) {
                    yield numbers(self.of(documents));
                }
            }
            default -> throw new IllegalArgumentException("no stage is called " + stage[0]);
        };
    }

    private static Supplier<double[]> numbers(double... values) {
        return () -> values;
    }

    /** One a document. */
    private Supplier<double[]> losses(Function<List<TokenSequence>, BatchLosses> pass) {
        return numbers(batches.stream()
                .map(pass)
                .flatMapToDouble(losses -> IntStream.range(0, losses.items()).mapToDouble(losses::sum))
                .toArray());
    }

    private static double trace(double... square) {
        int side = (int) Math.round(Math.sqrt(square.length));
        return IntStream.range(0, side).mapToDouble(i -> square[i * side + i]).sum();
    }

    private double[] layers(IntToDoubleFunction value) {
        return IntStream.range(0, source.layers().size()).mapToDouble(value).toArray();
    }

    private static double norm(double... values) {
        return Math.sqrt(DoubleStream.of(values).map(value -> value * value).sum());
    }

    private ReferenceDirection reference(List<TokenSequence> of) {
        return ReferenceDirection.gradient(source, ReferenceSet.of(of));
    }

    private ReferenceDirection preconditioned(ReferenceDirection of) {
        return of.precondition(done(ekfac, "ekfac"), Damping.DEFAULT);
    }

    /** Along the one direction of some queries, their gradient included; sums over the tokens of a document. */
    private double[] score() {
        try (ReferenceDirection of = reference(queries.subList(0, REFERENCE));
                ReferenceDirection direction = preconditioned(of);
                InfluenceEstimator<TokenSequence> influence = Influence.of(source)
                        .direction(direction)
                        .batchTokens(BATCH)
                        .estimator()) {
            InfluenceScores scores = influence.score(documents);
            return IntStream.range(0, documents.size())
                    .mapToDouble(i -> scores.value(i) * source.tokens(documents.get(i)))
                    .toArray();
        }
    }

    /** Each query by itself, their gradients included; query by query. */
    private double[] pairwise(List<TokenSequence> each) {
        List<ReferenceDirection> directions = new ArrayList<>();
        try {
            for (TokenSequence query : each) {
                try (ReferenceDirection of = reference(List.of(query))) {
                    directions.add(preconditioned(of));
                }
            }
            return Arrays.stream(new DirectionScores<>(source, directions, BATCH).total(documents))
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
        } finally {
            directions.forEach(ReferenceDirection::close);
        }
    }

    private static <S> S done(@Nullable S result, String stage) {
        if (result == null) {
            throw new IllegalStateException("the stage " + stage + " comes first");
        }
        return result;
    }

    @Override
    public void close() {
        if (gradient != null) {
            gradient.close();
        }
        decoder.close();
    }
}
