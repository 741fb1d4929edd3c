// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

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
import dev.quad.influence.ReferenceDirection;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/**
 * Which scores predict what training on a set of documents does, on text: the linear datamodeling score (Ilyas et al.,
 * 2022; Park et al., 2023), by layers and by curvature, as Fig. 4b of the paper asks for.
 *
 * <p>A model is trained on a part of the pool, and from there on random halves of {@value #DOCUMENTS} other documents,
 * {@value #EPOCHS} times over. The score of a method is the rank correlation, over the halves, of the sum of its scores
 * with minus the loss on the reference afterwards. Intervals of 95 % are of draws of halves with replacement.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * D=../shared/data/mixed
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" dev.quad.benchmarks.DatamodelingScore \
 *   96x3 100 $D/pool.jsonl.gz $D/reference-math.jsonl $D/reference-wiki.jsonl    # width x blocks, halves
 * }</pre>
 */
final class DatamodelingScore {
    private static final int DOCUMENTS = 200;
    private static final int REFERENCE = 24;
    private static final int FACTORS = 300;
    private static final int LENGTH = 160;
    private static final int EPOCHS = 3;
    private static final long START_TOKENS = 1_000_000;
    private static final int BATCH_TOKENS = 4096;
    private static final int DRAWS = 1000;
    private static final Seed SEED = new Seed(1);

    private DatamodelingScore() {}

    /** Width x blocks, number of halves, pool, references. */
    public static void main(String[] arguments) throws IOException {
        String[] size = arguments[0].split("x", -1);
        int halves = Integer.parseInt(arguments[1]);
        List<TokenSequence> pool = texts(Path.of(arguments[2]), SEED.stream("pool"));
        List<TokenSequence> candidates = pool.subList(0, DOCUMENTS);
        List<TokenSequence> others = pool.subList(DOCUMENTS, pool.size());
        try (Decoder start = Decoder.random(config(Integer.parseInt(size[0]), Integer.parseInt(size[1])), SEED)) {
            new Trainer(TrainingOptions.builder(START_TOKENS).build(), SEED).train(start, others);
            List<List<TokenSequence>> references = new ArrayList<>();
            for (String file : Arrays.asList(arguments).subList(3, arguments.length)) {
                references.add(texts(Path.of(file), SEED.stream("reference")).subList(0, REFERENCE));
            }
            System.out.printf(
                    "%s: %,d weights, %.3f nats a byte on what it is not trained on%n",
                    arguments[0], start.parameterCount(), Trainer.meanLoss(start, candidates, BATCH_TOKENS));
            int[][] subsets = subsets(halves);
            double[][] gains = gains(start, candidates, references, subsets);
            for (int r = 0; r < references.size(); r++) {
                System.out.println(arguments[3 + r]);
                report(scores(start, candidates, others, references.get(r)), subsets, gains[r]);
            }
        }
    }

    /** The beginning of each document that is long enough, in an order drawn at random. */
    private static List<TokenSequence> texts(Path file, RandomGenerator random) {
        List<TokenSequence> result = new ArrayList<>();
        for (Document document : Jsonl.read(List.of(file))) {
            TokenSequence text = Tokenizer.bytes().encode(document.text());
            if (text.length() >= LENGTH) {
                result.add(text.slice(0, LENGTH));
            }
        }
        for (int i = result.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            TokenSequence other = result.get(j);
            result.set(j, result.get(i));
            result.set(i, other);
        }
        return result;
    }

    private static DecoderConfig config(int width, int layers) {
        return DecoderConfig.builder(Tokenizer.bytes().vocabularySize())
                .width(width)
                .layers(layers)
                .heads(width / 32)
                .mlpWidth(width * 8 / 3)
                .maxLength(LENGTH)
                .tiedHead(true)
                .build();
    }

    static int[][] subsets(int count) {
        return IntStream.range(0, count)
                .mapToObj(s -> {
                    int[] all = IntStream.range(0, DOCUMENTS).toArray();
                    RandomGenerator random = SEED.stream("halves", s);
                    for (int i = 0; i < DOCUMENTS / 2; i++) {
                        int j = i + random.nextInt(DOCUMENTS - i);
                        int other = all[j];
                        all[j] = all[i];
                        all[i] = other;
                    }
                    return Arrays.copyOf(all, DOCUMENTS / 2);
                })
                .toArray(int[][]::new);
    }

    /** Minus the loss on each reference after training on each half, in two orders: {@code references × halves}. */
    private static double[][] gains(
            Decoder start, List<TokenSequence> candidates, List<List<TokenSequence>> references, int[]... subsets) {
        double[][] gains = new double[references.size()][subsets.length];
        TrainingOptions options = TrainingOptions.builder((long) EPOCHS * DOCUMENTS / 2 * (LENGTH - 1))
                .learningRate(1e-3)
                .build();
        for (int s = 0; s < subsets.length; s++) {
            List<TokenSequence> half =
                    Arrays.stream(subsets[s]).mapToObj(candidates::get).toList();
            for (int order = 0; order < 2; order++) {
                try (Decoder model = start.copy()) {
                    new Trainer(options, new Seed(order)).train(model, half);
                    for (int r = 0; r < references.size(); r++) {
                        gains[r][s] -= Trainer.meanLoss(model, references.get(r), BATCH_TOKENS) / 2;
                    }
                }
            }
        }
        return gains;
    }

    /** The scores of all documents by method. */
    private static Map<String, double[]> scores(
            Decoder start, List<TokenSequence> candidates, List<TokenSequence> others, List<TokenSequence> reference) {
        Map<String, Predicate<String>> parts = new LinkedHashMap<>();
        parts.put("all layers", name -> true);
        parts.put("MLP", name -> name.contains(".mlp."));
        parts.put("attention", name -> name.contains(".attention."));
        Map<String, double[]> scores = new LinkedHashMap<>();
        parts.forEach((part, layers) -> {
            DecoderGradients source = new DecoderGradients(start, layers);
            CurvatureFit<TokenSequence> fit =
                    CurvatureFit.of(source, others.subList(0, FACTORS), Fisher.sampled(SEED, 1));
            Map<String, Curvature> curvatures = new LinkedHashMap<>();
            curvatures.put("gradient product", fit.identity());
            curvatures.put("diagonal", fit.diagonal());
            Curvature kfac = Curvature.kfac(fit.factors());
            curvatures.put("K-FAC", kfac);
            curvatures.put("EK-FAC", fit.ekfac(kfac));
            try (ReferenceDirection gradient = ReferenceDirection.gradient(source, ReferenceSet.of(reference))) {
                curvatures.forEach((name, curvature) -> {
                    try (ReferenceDirection direction = gradient.precondition(curvature, Damping.relative(0.1));
                            var estimator =
                                    Influence.of(source).direction(direction).estimator()) {
                        InfluenceScores found = estimator.score(candidates);
                        scores.put(
                                part + ", " + name,
                                IntStream.range(0, DOCUMENTS)
                                        .mapToDouble(found::value)
                                        .toArray());
                    }
                });
            }
        });
        return scores;
    }

    private static void report(Map<String, double[]> scores, int[][] subsets, double[] gains) {
        Map<String, double[]> draws = new LinkedHashMap<>();
        System.out.printf("  %-28s %28s%n", "", "linear datamodeling score");
        scores.forEach((name, values) -> {
            double[] predicted = predicted(values, subsets);
            RandomGenerator random = SEED.stream("draws"); // the same draws for all methods
            double[] drawn = new double[DRAWS];
            for (int d = 0; d < DRAWS; d++) {
                int[] at = random.ints(subsets.length, 0, subsets.length).toArray();
                drawn[d] = spearman(at(predicted, at), at(gains, at));
            }
            draws.put(name, drawn);
            System.out.printf("  %-28s %9.3f %s%n", name, spearman(predicted, gains), interval(drawn));
        });
        difference(draws, "all layers, K-FAC", "all layers, gradient product");
        difference(draws, "all layers, EK-FAC", "all layers, K-FAC");
        difference(draws, "MLP, K-FAC", "all layers, K-FAC");
        difference(draws, "attention, K-FAC", "all layers, K-FAC");
        difference(draws, "MLP, K-FAC", "attention, K-FAC");
    }

    private static void difference(Map<String, double[]> draws, String one, String other) {
        double[] a = Objects.requireNonNull(draws.get(one));
        double[] b = Objects.requireNonNull(draws.get(other));
        double[] differences =
                IntStream.range(0, DRAWS).mapToDouble(d -> a[d] - b[d]).toArray();
        System.out.printf(
                "  %-46s %+6.3f %s%n",
                one + " - " + other, Arrays.stream(differences).average().orElseThrow(), interval(differences));
    }

    /** The sum of the scores of each subset. */
    static double[] predicted(double[] scores, int[]... subsets) {
        return Arrays.stream(subsets)
                .mapToDouble(subset ->
                        Arrays.stream(subset).mapToDouble(i -> scores[i]).sum())
                .toArray();
    }

    static double spearman(double[] a, double[] b) {
        return new SpearmansCorrelation().correlation(a, b);
    }

    private static double[] at(double[] values, int... indices) {
        return Arrays.stream(indices).mapToDouble(i -> values[i]).toArray();
    }

    private static String interval(double... draws) {
        double[] sorted = draws.clone();
        Arrays.sort(sorted);
        return String.format("[%.3f, %.3f]", sorted[DRAWS / 40], sorted[DRAWS - DRAWS / 40 - 1]);
    }
}
