// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Precision;
import dev.quad.ReferenceSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/**
 * When K-FAC is the Fisher and when it is not; what fusing layers, damping and turning the axes do. By number of the
 * law.
 */
class FisherLawProperties {
    private static final LayerShape SHAPE = new LayerShape("layer", 5, 4);

    private static double distance(Curvature curvature, Rows rows, List<Rows.Item> items) {
        return Recomposed.distance(Recomposed.of(curvature, 0), rows.dense(0, items));
    }

    private static CurvatureFit<Rows.Item> fit(Rows rows, List<Rows.Item> items) {
        return CurvatureFit.of(rows, items, Fisher.empirical());
    }

    private static Rows.Item token(double[] x, double[] delta) {
        return new Rows.Item(new double[][][] {{x}}, new double[][][] {{delta}});
    }

    /** Every x with every δ: independent, though neither is normal or centred. */
    @Property(tries = 20)
    void k4_kfac_onAProductGrid_isTheFisher(
            @ForAll @LongRange(max = 99) long seed,
            @ForAll @IntRange(min = 1, max = 6) int xs,
            @ForAll @IntRange(min = 1, max = 6) int deltas) {
        Rows rows = Rows.of(SHAPE);
        List<Rows.Item> items = new ArrayList<>();
        for (int i = 0; i < xs; i++) {
            for (int j = 0; j < deltas; j++) {
                items.add(token(Dense.gaussian(seed, "x" + i, 5), Dense.gaussian(seed, "d" + j, 4)));
            }
        }
        assertThat(distance(Curvature.kfac(fit(rows, items).factors()), rows, items))
                .isLessThan(1e-12);
    }

    /**
     * A linear layer with normal noise on its output: δ is noise, whatever x is. Exact over the noise; with draws,
     * nearly.
     */
    @Property(tries = 5)
    void k4_kfac_linearGaussian_isTheFisher(@ForAll @LongRange(max = 19) long seed) {
        Mlp network = Mlp.random(seed, true, 3, 2).withoutTanh().withSquares();
        List<Mlp.Item> items = network.items(seed, 1, 1, 1, 1, 1);
        Fisher exact = Fisher.exact(1, 2);
        Fisher drawn = Fisher.sampled(new dev.quad.Seed(seed), 4000);
        double[] dense = network.dense(0, items, exact);

        assertThat(Recomposed.distance(Recomposed.of(KroneckerFactors.fit(network, items, exact), 0), dense))
                .isLessThan(1e-12);
        assertThat(Recomposed.distance(Recomposed.of(KroneckerFactors.fit(network, items, drawn), 0), dense))
                .isLessThan(0.1);
    }

    @Example
    void k4_kfac_ofInputsThatGoWithTheirGradients_isNotTheFisher() {
        Rows rows = Rows.of(new LayerShape("layer", 2, 2));
        List<Rows.Item> items = List.of(
                token(new double[] {1, 0}, new double[] {1, 0}), token(new double[] {0, 1}, new double[] {0, 1}));
        Curvature kfac = Curvature.kfac(fit(rows, items).factors());

        Shown.counterExample(
                "K4: K-FAC is the Fisher",
                "x = delta = (1, 0) and x = delta = (0, 1): Fisher diag%s, K-FAC diag%s",
                Arrays.toString(diagonal(rows.dense(0, items))),
                Arrays.toString(diagonal(Recomposed.of(kfac, 0))));
        assertThat(diagonal(rows.dense(0, items))).containsExactly(0.5, 0, 0, 0.5);
        assertThat(diagonal(Recomposed.of(kfac, 0))).containsExactly(0.25, 0.25, 0.25, 0.25);
    }

    private static double[] diagonal(double[] matrix) {
        int n = (int) Math.round(Math.sqrt(matrix.length));
        double[] result = new double[n];
        Arrays.setAll(result, i -> matrix[i * n + i]);
        return result;
    }

    @Property(tries = 20)
    void k5_kfac_ofOneToken_isTheFisherAndOfMoreIsNot(@ForAll @LongRange(max = 99) long seed) {
        Rows rows = Rows.of(SHAPE);
        List<Rows.Item> items = rows.items(seed, 1, 1);
        assertThat(distance(Curvature.kfac(fit(rows, items.subList(0, 1)).factors()), rows, items.subList(0, 1)))
                .isLessThan(1e-12);
        assertThat(distance(Curvature.kfac(fit(rows, items).factors()), rows, items))
                .isGreaterThan(1e-3);
    }

    @Property(tries = 20)
    void k6_ekfac_onItsOwnSample_isAtLeastAsNearAsKfac(
            @ForAll @LongRange(max = 99) long seed, @ForAll @IntRange(min = 1, max = 5) int tokens) {
        Rows rows = Rows.of(SHAPE);
        List<Rows.Item> items = rows.items(seed, tokens, 1, 2, tokens, 3, 2);
        KroneckerFactors factors = fit(rows, items).factors();
        double near = distance(fit(rows, items).ekfac(factors), rows, items);

        assertThat(near).isLessThanOrEqualTo(distance(Curvature.kfac(factors), rows, items));
        assertThat(near).isLessThanOrEqualTo(distance(Curvature.kfacOfSequences(factors), rows, items));
    }

    /** On another sample nothing is promised. */
    @Example
    void k6_ekfac_onAnotherSample_mayBeFartherThanKfac() {
        Rows rows = Rows.of(SHAPE);
        int farther = 0;
        for (long seed = 0; seed < 50; seed++) {
            List<Rows.Item> items = rows.items(seed, 1, 1, 1, 1, 1, 1);
            List<Rows.Item> others = rows.items(1000 + seed, 1, 1, 1, 1, 1, 1);
            KroneckerFactors factors = fit(rows, items).factors();
            double ekfac = distance(fit(rows, items).ekfac(factors), rows, others);
            double kfac = distance(Curvature.kfac(factors), rows, others);
            if (ekfac > kfac) {
                farther++;
                Shown.counterExample(
                        "K6: EK-FAC is nearer on any sample", "seed %d: %.3f against %.3f", seed, ekfac, kfac);
            }
        }
        assertThat(farther).isPositive();
    }

    private static double[] scores(
            Rows rows, List<Rows.Item> query, List<Rows.Item> items, Curvature curvature, Damping damping) {
        try (ReferenceDirection gradient = ReferenceDirection.gradient(rows, ReferenceSet.of(query));
                ReferenceDirection direction = gradient.precondition(curvature, damping)) {
            return new DirectionScores<>(rows, List.of(direction), 7).total(items)[0];
        }
    }

    /**
     * λ → ∞: scores tend to products of gradients over λ, and with them the order; with little damping it is another.
     */
    @Property(tries = 10)
    void k7_hugeDamping_ranksAsTheGradientProductDoes(@ForAll @LongRange(max = 99) long seed) {
        Rows rows = Rows.of(SHAPE, new LayerShape("other", 3, 2, true));
        List<Rows.Item> items = rows.items(seed, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3);
        List<Rows.Item> query = rows.items(seed + 500, 4);
        double[] products = scores(rows, query, items, fit(rows, items).identity(), Damping.DEFAULT);
        for (Curvature curvature : List.of(
                fit(rows, items).diagonal(),
                Curvature.kfac(fit(rows, items).factors()),
                fit(rows, items).ekfac(),
                fit(rows, items).block())) {
            double[] huge = scores(rows, query, items, curvature, Damping.absolute(1e12));
            double[] little = scores(rows, query, items, curvature, Damping.relative(1e-3));

            assertThat(Dense.distance(Dense.scaled(huge, 1e12), products)).isLessThan(1e-8 * Dense.largest(products));
            assertThat(Ranks.spearman(huge, products)).isEqualTo(1);
            assertThat(Ranks.spearman(little, products)).isLessThan(1);
        }
    }

    /** Rows of q, k and v one below the other, with one input. */
    private static Rows.Item fused(Rows.Item item) {
        int rows = item.x()[0].length;
        double[][] delta = new double[rows][];
        for (int t = 0; t < rows; t++) {
            int at = t;
            delta[t] = Arrays.stream(item.delta())
                    .flatMapToDouble(layer -> Arrays.stream(layer[at]))
                    .toArray();
        }
        return new Rows.Item(new double[][][] {item.x()[0]}, new double[][][] {delta});
    }

    /** Items of three layers that see one input. */
    private static List<Rows.Item> attention(Rows separate, long seed, int... rows) {
        return separate.items(seed, rows).stream()
                .map(item -> new Rows.Item(new double[][][] {item.x()[0], item.x()[0], item.x()[0]}, item.delta()))
                .toList();
    }

    /** Joint factors hold the separate ones as their diagonal blocks, and cross terms besides, which change K-FAC. */
    @Property(tries = 10)
    void k8_fusedFactor_hasTheSeparateOnesAsDiagonalBlocks(@ForAll @LongRange(max = 99) long seed) {
        Rows separate = Rows.of(new LayerShape("q", 5, 4), new LayerShape("k", 5, 2), new LayerShape("v", 5, 2));
        Rows joint = Rows.of(new LayerShape("qkv", 5, 8));
        List<Rows.Item> apart = attention(separate, seed, 2, 3, 1, 4, 2, 3);
        List<Rows.Item> together =
                apart.stream().map(FisherLawProperties::fused).toList();
        List<Rows.Item> query = attention(separate, seed + 500, 3);
        List<Rows.Item> fusedQuery =
                query.stream().map(FisherLawProperties::fused).toList();
        KroneckerFactors factors = fit(separate, apart).factors();
        KroneckerFactors joined = fit(joint, together).factors();
        double[] exact = joint.dense(0, together);
        int at = 0;
        for (int l = 0; l < 3; l++) {
            int n = separate.layers().get(l).outputs();
            assertThat(Dense.distance(part(joined.outputCovariance(0), 8, at, n), factors.outputCovariance(l)))
                    .isLessThan(1e-12);
            assertThat(Dense.distance(joined.inputCovariance(0), factors.inputCovariance(l)))
                    .isLessThan(1e-12);
            assertThat(Dense.distance(part(exact, 40, at * 5, n * 5), separate.dense(l, apart)))
                    .isLessThan(1e-10 * Dense.largest(exact));
            at += n;
        }
        Damping damping = Damping.absolute(0.1);
        same(
                scores(separate, query, apart, fit(separate, apart).identity(), damping),
                scores(joint, fusedQuery, together, fit(joint, together).identity(), damping));
        same(
                scores(separate, query, apart, fit(separate, apart).diagonal(), damping),
                scores(joint, fusedQuery, together, fit(joint, together).diagonal(), damping));

        double[] byParts = scores(separate, query, apart, Curvature.kfac(factors), damping);
        double[] whole = scores(joint, fusedQuery, together, Curvature.kfac(joined), damping);
        assertThat(Dense.distance(byParts, whole)).isGreaterThan(1e-3 * Dense.largest(whole));
        Shown.counterExample(
                "K8: q, k and v apart score as fused",
                "K-FAC, seed %d: first scores %.4f and %.4f",
                seed,
                byParts[0],
                whole[0]);
    }

    private static double[] part(double[] matrix, int n, int at, int size) {
        double[] result = new double[size * size];
        Arrays.setAll(result, i -> matrix[(at + i / size) * n + at + i % size]);
        return result;
    }

    private static void same(double[] found, double[] expected) {
        assertThat(Dense.distance(found, expected)).isLessThan(1e-10 * Dense.largest(expected));
    }

    /** Axes turned, x → R x and δ → Q δ: scores stay with every curvature but the diagonal, which names the axes. */
    @Property(tries = 10)
    void k11_axesTurned_changeNoScoreButTheDiagonalOne(@ForAll @LongRange(max = 99) long seed) {
        Rows rows = Rows.of(SHAPE);
        UnaryOperator<Rows.Item> turn = item -> new Rows.Item(
                new double[][][] {turned(item.x()[0], Dense.orthogonal(seed, "R", 5), 5)},
                new double[][][] {turned(item.delta()[0], Dense.orthogonal(seed, "Q", 4), 4)});
        List<Rows.Item> items = rows.items(seed, 2, 3, 1, 4, 2, 3, 5, 1);
        List<Rows.Item> query = rows.items(seed + 500, 3);
        List<Rows.Item> turnedItems = items.stream().map(turn).toList();
        List<Rows.Item> turnedQuery = query.stream().map(turn).toList();
        for (Damping damping : List.of(Damping.absolute(0.1), Damping.relative(0.1), Damping.tikhonov(0.1))) {
            for (String kind : List.of("identity", "kfac", "ekfac", "block", "diagonal")) {
                double[] before = scores(rows, query, items, curvature(kind, fit(rows, items)), damping);
                double[] after =
                        scores(rows, turnedQuery, turnedItems, curvature(kind, fit(rows, turnedItems)), damping);
                double moved = Dense.distance(after, before) / Dense.largest(before);
                if (kind.equals("diagonal")) {
                    assertThat(moved).isGreaterThan(1e-3);
                    Shown.counterExample(
                            "K11: turning the axes changes no score",
                            "diagonal, seed %d: the largest change is %.2f of the largest score",
                            seed,
                            moved);
                } else {
                    assertThat(moved).as("%s %s", kind, damping).isLessThan(1e-8);
                }
            }
        }
    }

    private static double[][] turned(double[][] rows, double[] by, int n) {
        return Arrays.stream(rows).map(row -> Dense.product(by, row, n)).toArray(double[][]::new);
    }

    private static Curvature curvature(String kind, CurvatureFit<Rows.Item> fit) {
        return switch (kind) {
            case "identity" -> fit.identity();
            case "kfac" -> Curvature.kfac(fit.factors());
            case "ekfac" -> fit.ekfac();
            case "diagonal" -> fit.diagonal();
            default -> fit.block();
        };
    }

    /** Single against double precision, up to 256 inputs: the order stays. */
    @Property(tries = 5)
    void k15_scoresInSinglePrecision_rankAsInDouble(
            @ForAll @LongRange(max = 19) long seed, @ForAll @IntRange(min = 2, max = 256) int inputs) {
        Rows rows = Rows.of(new LayerShape("wide", inputs, 32));
        int[] counts = new int[60];
        Arrays.fill(counts, 4);
        List<Rows.Item> items = rows.items(seed, counts);
        List<Rows.Item> query = rows.items(seed + 500, 8);
        for (String kind : List.of("identity", "kfac", "ekfac", "diagonal")) {
            double[] exact = scores(rows, query, items, curvature(kind, fit(rows, items)), Damping.relative(0.1));
            Rows single = rows.in(Precision.SINGLE);
            double[] rough = scores(single, query, items, curvature(kind, fit(single, items)), Damping.relative(0.1));

            assertThat(Ranks.spearman(rough, exact)).isGreaterThan(0.999);
            assertThat(Dense.distance(rough, exact))
                    .isLessThan(1e-4 * Dense.largest(exact))
                    .isPositive();
        }
    }
}
