// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.linalg.Reals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every strategy, damping, Fisher kind and view of the oracle, in double precision to 1e-9 and in single to 1e-4 of the
 * largest value. The oracle was computed by a NumPy program and agrees with kronfluence; its definitions are in {@link
 * OracleFisher}.
 */
class OracleScoresTest {
    private static final int BATCH = 9; // tokens, so that items are split unevenly

    /** One network seen one way in one precision, with what is made of it once. */
    static final class Case {
        final String name;
        final String suffix;
        final Reals.Precision precision;
        final OracleSource source;
        final int classes;
        final int positions;
        final Map<String, Map<String, Curvature>> curvatures = new java.util.HashMap<>();

        Case(String name, boolean fused, Reals.Precision precision) {
            OracleNetwork network = name.equals("mlp") ? new OracleMlp() : new OracleTransformer();
            this.name = name;
            this.suffix = fused ? "_fusedqkv" : "";
            this.precision = precision;
            this.source = fused
                    ? new OracleSource(network, OracleTransformer.fusedLayers(), OracleTransformer::fused, precision)
                    : new OracleSource(network, network.layers(), pass -> pass, precision);
            this.classes = network.probabilities("train", 0)[0].length;
            this.positions = source.items("train").stream()
                    .mapToInt(source::tokens)
                    .max()
                    .orElseThrow();
        }

        Curvature curvature(String fisher, String kind) {
            return curvatures
                    .computeIfAbsent(fisher, name -> new java.util.HashMap<>())
                    .computeIfAbsent(kind, name -> fit(fisher, kind));
        }

        private Curvature fit(String fisher, String kind) {
            CurvatureFit<OracleSource.Item> fit =
                    new CurvatureFit<>(source, source.items("train"), fisher(fisher)).batchTokens(BATCH);
            return switch (kind) {
                case "identity" -> fit.identity();
                case "diagonal" -> fit.diagonal();
                case "kfac", "kfac_pi" -> Curvature.kfac(fit.factors());
                case "kfac_seq" -> Curvature.kfacOfSequences(fit.factors());
                case "ekfac" -> fit.ekfac();
                case "exact_full" -> fit.whole();
                default -> fit.block();
            };
        }

        Fisher fisher(String name) {
            return switch (name) {
                case "empirical" -> Fisher.empirical();
                case "mc" -> Fisher.sampled(new Seed(1), 1);
                default -> Fisher.exact(positions, classes);
            };
        }

        double tolerance() {
            return precision == Reals.Precision.DOUBLE ? 1e-9 : 1e-4;
        }

        /** Works with the directions of all queries, each of its summed loss, as the oracle has it. */
        <R> R queries(Curvature curvature, Damping damping, Function<List<ReferenceDirection>, R> work) {
            List<ReferenceDirection> directions = new ArrayList<>();
            try {
                for (OracleSource.Item query : source.items("query")) {
                    try (ReferenceDirection gradient =
                            ReferenceDirection.gradient(source, ReferenceSet.of(List.of(query)))) {
                        directions.add(gradient.precondition(curvature, damping));
                    }
                }
                return work.apply(directions);
            } finally {
                directions.forEach(ReferenceDirection::close);
            }
        }

        DirectionScores<OracleSource.Item> scores(List<ReferenceDirection> directions) {
            return new DirectionScores<>(source, directions, BATCH);
        }

        /** The oracle's queries have summed losses, a direction is of the mean. */
        int queryTokens(int query) {
            return source.tokens(source.items("query").get(query));
        }

        @Override
        public String toString() {
            return name + suffix + " " + precision;
        }
    }

    private static final List<Case> CASES = Stream.of(Reals.Precision.values())
            .flatMap(precision -> Stream.of(
                    new Case("mlp", false, precision),
                    new Case("transformer", false, precision),
                    new Case("transformer", true, precision)))
            .toList();

    static Stream<Arguments> strategies() {
        return CASES.stream()
                .flatMap(c -> Stream.of("empirical", "mc", "exact")
                        .flatMap(fisher -> Stream.of(
                                        "identity", "diagonal", "kfac", "kfac_seq", "kfac_pi", "ekfac", "exact")
                                .flatMap(kind -> Stream.of("d1e-3", "heur")
                                        .map(damping -> Arguments.of(c, fisher, kind, damping)))));
    }

    @ParameterizedTest
    @MethodSource("fishers")
    void scoresWithoutIndependentLayers_agree(Case c, String fisher, String damping) {
        double[] found = c.queries(
                c.curvature(fisher, "exact_full"),
                damping("exact_full", damping),
                directions -> rows(c, c.scores(directions).total(c.source.items("train"))));

        check(c, found, oracle(c, fisher + "/score/exact_full_" + damping));
    }

    @ParameterizedTest
    @MethodSource("fishers")
    void scoresOfLowRank_agree(Case c, String fisher, String damping) {
        double[] found = c.queries(c.curvature(fisher, "ekfac"), damping("ekfac", damping), directions -> {
            List<ReferenceDirection> cut =
                    directions.stream().map(direction -> direction.lowRank(2)).toList();
            try {
                return rows(c, c.scores(cut).total(c.source.items("train")));
            } finally {
                cut.forEach(ReferenceDirection::close);
            }
        });

        check(c, found, oracle(c, fisher + "/score/lowrank2_" + damping));
    }

    static Stream<Case> separate() {
        return CASES.stream().filter(c -> c.suffix.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("separate")
    void productsOfProjectedGradients_agree(Case c, @org.junit.jupiter.api.io.TempDir java.nio.file.Path folder)
            throws IOException {
        List<LayerShape> layers = c.source.layers();
        KroneckerProjection projection = KroneckerProjection.of(
                layers,
                layers.stream()
                        .map(layer -> oracle(c, "projection/out/" + layer.name()))
                        .toList(),
                layers.stream()
                        .map(layer -> oracle(c, "projection/in/" + layer.name()))
                        .toList());
        java.nio.file.Path file = folder.resolve("store");
        GradientStore.write(c.source, c.source.items("train"), "pool", projection, file, BATCH, done -> {});
        GradientStore store = GradientStore.open(file, projection);
        double[] found = c.queries(
                new CurvatureFit<>(c.source, c.source.items("train"), Fisher.empirical()).identity(),
                Damping.DEFAULT,
                directions -> rows(c, store.score(directions)));
        double[] expected = oracle(c, "projection/score_dot");

        // the store is in single precision
        assertThat(Dense.distance(found, expected)).isLessThan(1e-4 * Dense.largest(expected));
    }

    static Stream<Arguments> fishers() {
        return CASES.stream()
                .filter(c -> c.suffix.isEmpty())
                .flatMap(c -> Stream.of("empirical", "mc", "exact")
                        .flatMap(
                                fisher -> Stream.of("d1e-3", "heur").map(damping -> Arguments.of(c, fisher, damping))));
    }

    private static Damping damping(String kind, String name) {
        Damping plain = name.equals("heur") ? Damping.relative(0.1) : Damping.absolute(1e-3);
        return kind.equals("kfac_pi") ? Damping.factored(plain) : plain;
    }

    private static void check(Case c, double[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        assertThat(Dense.distance(found, expected)).isLessThan(c.tolerance() * Dense.largest(expected));
    }

    private static double[] oracle(Case c, String tensor) {
        try {
            return OracleFiles.open(c.name).doubles(tensor);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static double[] times(double[] values, double factor) {
        return Dense.scaled(values, factor);
    }

    private static double[] rows(Case c, double[][] byQuery) {
        List<double[]> rows = new ArrayList<>();
        for (int q = 0; q < byQuery.length; q++) {
            rows.add(times(byQuery[q], c.queryTokens(q)));
        }
        return rows.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void scores_agree(Case c, String fisher, String kind, String damping) {
        double[] found = c.queries(
                c.curvature(fisher, kind),
                damping(kind, damping),
                directions -> rows(c, c.scores(directions).total(c.source.items("train"))));

        check(c, found, oracle(c, fisher + "/score/" + kind + "_" + damping + c.suffix));
    }

    @ParameterizedTest
    @MethodSource("fishers")
    void scoresOfLayers_agree(Case c, String fisher, String damping) {
        double[][][] found = c.queries(
                c.curvature(fisher, "ekfac"),
                damping("ekfac", damping),
                directions -> c.scores(directions).perLayer(c.source.items("train")));

        for (int l = 0; l < c.source.layers().size(); l++) {
            double[][] layer = new double[found.length][];
            for (int q = 0; q < found.length; q++) {
                layer[q] = found[q][l];
            }
            check(
                    c,
                    rows(c, layer),
                    oracle(
                            c,
                            fisher + "/score/ekfac_" + damping + "_layer/"
                                    + c.source.layers().get(l).name()));
        }
    }

    @ParameterizedTest
    @MethodSource("fishers")
    void scoresOfTokens_agree(Case c, String fisher, String damping) {
        double[][][] found = c.queries(
                c.curvature(fisher, "ekfac"),
                damping("ekfac", damping),
                directions -> c.scores(directions).perToken(c.source.items("train")));
        double[] expected = oracle(c, fisher + "/score/token_" + damping);
        int items = c.source.items("train").size();
        int width = expected.length / found.length / items;
        double[] padded = new double[expected.length];
        for (int q = 0; q < found.length; q++) {
            for (int item = 0; item < items; item++) {
                for (int t = 0; t < found[q][item].length; t++) {
                    padded[(q * items + item) * width + t] = found[q][item][t] * c.queryTokens(q);
                }
            }
        }

        check(c, padded, expected);
    }

    @ParameterizedTest
    @MethodSource("fishers")
    void selfInfluence_agrees(Case c, String fisher, String damping) {
        try (SelfInfluence<OracleSource.Item> self =
                new SelfInfluence<>(c.source, c.curvature(fisher, "ekfac"), damping("ekfac", damping), BATCH)) {
            check(c, self.of(c.source.items("train")), oracle(c, fisher + "/score/self_" + damping));
        }
    }

    /** The oracle's reference is the mean over queries of summed losses; ours is the mean over tokens. */
    @ParameterizedTest
    @MethodSource("fishers")
    void scoresOfAReference_agree(Case c, String fisher, String damping) {
        List<OracleSource.Item> queries = c.source.items("query");
        double tokens = queries.stream().mapToInt(c.source::tokens).sum();
        try (ReferenceDirection gradient =
                        ReferenceDirection.gradient(c.source, ReferenceSet.of(queries), 4, done -> {});
                ReferenceDirection direction =
                        gradient.precondition(c.curvature(fisher, "ekfac"), damping("ekfac", damping));
                DirectionInfluence<OracleSource.Item> influence =
                        new DirectionInfluence<>(c.source, direction, BATCH)) {
            List<OracleSource.Item> train = c.source.items("train");
            dev.quad.InfluenceScores scores = influence.score(train);
            double[] found = new double[train.size()];
            for (int i = 0; i < found.length; i++) {
                found[i] = scores.value(i) * c.source.tokens(train.get(i)) * tokens / queries.size();
            }

            check(c, found, oracle(c, fisher + "/score/reference_" + damping));
        }
    }

    @ParameterizedTest
    @MethodSource("fishers")
    void eigenvalues_agree(Case c, String fisher, String damping) {
        for (int l = 0; l < c.source.layers().size(); l++) {
            String layer = c.source.layers().get(l).name();
            check(c, c.curvature(fisher, "diagonal").eigenvalues(l), oracle(c, fisher + "/L_diag/" + layer));
            double[] grid = c.curvature(fisher, "ekfac").eigenvalues(l);
            // the basis is free where an eigenvalue repeats, as zero does; what is kept is the sum
            assertThat(Arrays.stream(grid).sum())
                    .isCloseTo(
                            Arrays.stream(oracle(c, fisher + "/L_ekfac/" + layer))
                                    .sum(),
                            org.assertj.core.data.Percentage.withPercentage(100 * c.tolerance()));
        }
    }

    @Test
    void precisions_areBothThere() {
        assertThat(CASES).extracting(c -> c.source.precision()).contains(Reals.Precision.values());
    }
}
