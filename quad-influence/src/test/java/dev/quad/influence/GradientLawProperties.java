// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.ReferenceSet;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** What a captured gradient is, and how scores add up. By number of the law where it has one. */
class GradientLawProperties {
    private static final double STEP = 1e-5;

    private static Mlp network(long seed, boolean bias, boolean squares, boolean pooled) {
        Mlp network = Mlp.random(seed, bias, 4, 3, 3);
        network = squares ? network.withSquares() : network;
        return pooled ? network.withPooling() : network;
    }

    private static <T> ReferenceDirection gradient(GradientSource<T> source, List<T> items) {
        return ReferenceDirection.gradient(source, ReferenceSet.of(items));
    }

    private static <T> double[] scores(GradientSource<T> source, ReferenceDirection direction, List<T> items) {
        return new DirectionScores<>(source, List.of(direction), 7).total(items)[0];
    }

    private static void assertClose(double[] found, double[] expected, double tolerance) {
        assertThat(Dense.distance(found, expected)).isLessThan(tolerance * Dense.largest(expected));
    }

    /** {@code Σ_t δ_t x_tᵀ} against differences of the loss at every weight, biases included. */
    @Property(tries = 10)
    void k10_capturedGradient_isTheDifferenceOfLosses(
            @ForAll @LongRange(max = 24) long seed,
            @ForAll boolean bias,
            @ForAll boolean squares,
            @ForAll boolean pooled) {
        Mlp network = network(seed, bias, squares, pooled);
        List<Mlp.Item> items = network.items(seed, 1, 3, 2);
        int tokens = items.stream().mapToInt(network::tokens).sum();
        try (ReferenceDirection mean = gradient(network, items)) {
            for (int l = 0; l < 2; l++) {
                double[] found = Dense.scaled(mean.values(l), tokens);
                for (int i = 0; i < found.length; i++) {
                    List<double[]> unit = unit(network, l, i);
                    double difference = (network.moved(STEP, unit).loss(items)
                                    - network.moved(-STEP, unit).loss(items))
                            / (2 * STEP);
                    assertThat(Math.abs(found[i] - difference)).isLessThan(1e-7);
                }
            }
        }
    }

    private static List<double[]> unit(Mlp network, int layer, int weight) {
        return IntStream.range(0, network.layers().size())
                .mapToObj(l -> {
                    double[] v = new double[network.layers().get(l).weights()];
                    if (l == layer) {
                        v[weight] = 1;
                    }
                    return v;
                })
                .toList();
    }

    /** The score is the derivative of the item's loss along the direction, whatever curvature made it. */
    @Property(tries = 10)
    void score_anyCurvature_isTheDerivativeOfTheLoss(
            @ForAll @LongRange(max = 24) long seed,
            @ForAll boolean bias,
            @ForAll boolean squares,
            @ForAll boolean pooled) {
        Mlp network = network(seed, bias, squares, pooled);
        List<Mlp.Item> items = network.items(seed, 1, 3, 2, 4, 2);
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(network, items, Fisher.empirical());
        for (Curvature curvature : List.of(
                fit.identity(), fit.diagonal(), Curvature.kfac(fit.factors()), fit.ekfac(), fit.block(), fit.whole())) {
            try (ReferenceDirection gradient = gradient(network, network.items(seed + 500, 2, 3));
                    ReferenceDirection direction = gradient.precondition(curvature, Damping.DEFAULT)) {
                List<double[]> v = List.of(direction.values(0), direction.values(1));
                double step = 1e-4 / direction.norm();
                double[] differences = items.stream()
                        .mapToDouble(item -> (network.moved(step, v).loss(item)
                                        - network.moved(-step, v).loss(item))
                                / (2 * step))
                        .toArray();
                assertThat(Dense.distance(scores(network, direction, items), differences))
                        .isLessThan(1e-6 * (direction.norm() + Dense.largest(differences)));
            }
        }
    }

    /** A step that takes θ along −∇L(z) lowers the loss of what z scores positive for, by ε·score to first order. */
    @Property(tries = 10)
    void score_positive_meansThatTrainingLowersTheReferenceLoss(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = network(seed, true, false, false);
        List<Mlp.Item> query = network.items(seed + 500, 2);
        List<Mlp.Item> items = network.items(seed, 1, 3, 2, 4, 2);
        try (ReferenceDirection gradient = gradient(network, query)) {
            double[] scores = scores(network, gradient, items);
            for (int n = 0; n < items.size(); n++) {
                Mlp.Item item = items.get(n);
                List<double[]> step = List.of(
                        network.gradient(0, item, Targets.observed()), network.gradient(1, item, Targets.observed()));
                double change = network.moved(-STEP, step).loss(query) - network.loss(query);
                // the direction is of the mean over the two tokens of the query
                assertThat(Math.abs(change / STEP + 2 * scores[n])).isLessThan(1e-2 * (1 + Math.abs(scores[n])));
            }
        }
    }

    /**
     * {@code ⟨Σ_t δ_t x_tᵀ, Σ_s δ'_s x'_sᵀ⟩ = Σ_ts (δ_t·δ'_s)(x_t·x'_s)}: no gradient is needed for a product of two.
     */
    @Property(tries = 20)
    void k12_productOfGradients_isTheSumOverPairsOfTokens(@ForAll @LongRange(max = 99) long seed) {
        Rows rows = Rows.of(new LayerShape("one", 5, 4), new LayerShape("two", 3, 6));
        Rows.Item query = rows.items(seed, 4).get(0);
        Rows.Item item = rows.items(seed + 500, 3).get(0);
        double pairs = 0;
        for (int l = 0; l < 2; l++) {
            for (int t = 0; t < 3; t++) {
                for (int s = 0; s < 4; s++) {
                    pairs += Dense.dot(item.delta()[l][t], query.delta()[l][s])
                            * Dense.dot(item.x()[l][t], query.x()[l][s]);
                }
            }
        }
        try (ReferenceDirection gradient = gradient(rows, List.of(query))) {
            assertThat(Math.abs(4 * scores(rows, gradient, List.of(item))[0] - pairs))
                    .isLessThan(1e-10 * (1 + Math.abs(pairs)));
        }
    }

    /** The total is the sum over layers and over tokens, of any curvature; and of the groups that layers form. */
    @Property(tries = 10)
    void k9_total_isTheSumOverLayersAndTokens(@ForAll @LongRange(max = 99) long seed) {
        Rows rows = Rows.of(
                new LayerShape("qkv", 4, 6),
                new LayerShape("o", 2, 4),
                new LayerShape("up", 4, 5, true),
                new LayerShape("down", 5, 4));
        List<Rows.Item> items = rows.items(seed, 2, 3, 1, 4);
        CurvatureFit<Rows.Item> fit = CurvatureFit.of(rows, items, Fisher.empirical());
        for (Curvature curvature : List.of(fit.identity(), Curvature.kfac(fit.factors()), fit.ekfac(), fit.block())) {
            try (ReferenceDirection gradient = gradient(rows, rows.items(seed + 500, 3, 2));
                    ReferenceDirection direction = gradient.precondition(curvature, Damping.DEFAULT)) {
                DirectionScores<Rows.Item> scores = new DirectionScores<>(rows, List.of(direction), 4);
                double[] total = scores.total(items)[0];
                double[][] layers = scores.perLayer(items)[0];
                double[][] tokens = scores.perToken(items)[0];

                assertClose(Arrays.stream(layers).reduce(Dense::sum).orElseThrow(), total, 1e-12);
                assertClose(
                        Arrays.stream(tokens)
                                .mapToDouble(item -> Arrays.stream(item).sum())
                                .toArray(),
                        total,
                        1e-12);
                double[] attention = group(rows, items, curvature.kind(), seed, 0, 2);
                double[] mlp = group(rows, items, curvature.kind(), seed, 2, 4);
                assertClose(Dense.sum(attention, mlp), total, 1e-10);
            }
        }
    }

    /** The scores of a model that has only some of the layers. */
    private static double[] group(Rows rows, List<Rows.Item> items, String kind, long seed, int from, int to) {
        Rows some = new Rows(rows.layers().subList(from, to), rows.precision());
        List<Rows.Item> cut = items.stream().map(item -> part(item, from, to)).toList();
        CurvatureFit<Rows.Item> fit = CurvatureFit.of(some, cut, Fisher.empirical());
        Curvature curvature = switch (kind) {
            case "identity" -> fit.identity();
            case "kfac" -> Curvature.kfac(fit.factors());
            case "ekfac" -> fit.ekfac();
            default -> fit.block();
        };
        List<Rows.Item> query = rows.items(seed + 500, 3, 2).stream()
                .map(item -> part(item, from, to))
                .toList();
        try (ReferenceDirection gradient = gradient(some, query);
                ReferenceDirection direction = gradient.precondition(curvature, Damping.DEFAULT)) {
            return scores(some, direction, cut);
        }
    }

    private static Rows.Item part(Rows.Item item, int from, int to) {
        return new Rows.Item(Arrays.copyOfRange(item.x(), from, to), Arrays.copyOfRange(item.delta(), from, to));
    }

    /** A cosine is normalised over all layers at once, and so is no sum of the layers' cosines. */
    @Example
    void k9_cosine_isNotTheSumOverLayers() {
        Rows rows = Rows.of(new LayerShape("one", 2, 2), new LayerShape("two", 2, 2));
        Rows.Item query = rows.items(1, 2).get(0);
        Rows.Item item = rows.items(2, 2).get(0);
        double[] product = new double[2];
        double[] norms = new double[2];
        for (int l = 0; l < 2; l++) {
            double[] q = query.gradient(l, rows.layers().get(l));
            double[] z = item.gradient(l, rows.layers().get(l));
            product[l] = Dense.dot(q, z) / Dense.norm(q) / Dense.norm(z);
            norms[l] = Dense.norm(q) * Dense.norm(z);
        }
        double[] qs = both(rows, query);
        double[] zs = both(rows, item);
        double whole = Dense.dot(qs, zs) / Dense.norm(qs) / Dense.norm(zs);

        Shown.counterExample(
                "K9: the cosine is the sum over layers",
                "two layers with the cosines %.3f and %.3f together have %.3f",
                product[0],
                product[1],
                whole);
        assertThat(Math.abs(whole - product[0] - product[1])).isGreaterThan(0.05);
        assertThat(norms).doesNotContain(0);
    }

    private static double[] both(Rows rows, Rows.Item item) {
        return IntStream.range(0, 2)
                .mapToObj(l -> item.gradient(l, rows.layers().get(l)))
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    /** One direction of several queries scores as their mean, weighted by tokens. */
    @Property(tries = 10)
    void score_ofSeveralQueries_isTheirMeanByTokens(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = network(seed, true, false, false);
        List<Mlp.Item> queries = network.items(seed + 500, 1, 4, 2);
        List<Mlp.Item> items = network.items(seed, 1, 3, 2, 4, 2);
        Curvature ekfac = CurvatureFit.of(network, items, Fisher.empirical()).ekfac();
        double[] sum = new double[items.size()];
        for (Mlp.Item query : queries) {
            try (ReferenceDirection gradient = gradient(network, List.of(query));
                    ReferenceDirection direction = gradient.precondition(ekfac, Damping.DEFAULT)) {
                sum = Dense.sum(sum, Dense.scaled(scores(network, direction, items), network.tokens(query) / 7.0));
            }
        }
        try (ReferenceDirection gradient = gradient(network, queries);
                ReferenceDirection direction = gradient.precondition(ekfac, Damping.DEFAULT)) {
            assertClose(scores(network, direction, items), sum, 1e-10);
        }
    }

    /** The diagonal of the matrix of all scores is the self-influence, of every kind of curvature. */
    @Property(tries = 10)
    void selfInfluence_everyKind_isTheDiagonalOfTheScores(
            @ForAll @LongRange(max = 49) long seed, @ForAll boolean bias) {
        Mlp network = network(seed, bias, false, false);
        List<Mlp.Item> items = network.items(seed, 1, 3, 2, 4, 2);
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(network, items, Fisher.empirical());
        for (Curvature curvature :
                List.of(fit.identity(), fit.diagonal(), Curvature.kfac(fit.factors()), fit.ekfac(), fit.block())) {
            double[] diagonal = new double[items.size()];
            for (int n = 0; n < diagonal.length; n++) {
                List<Mlp.Item> one = items.subList(n, n + 1);
                try (ReferenceDirection gradient = gradient(network, one);
                        ReferenceDirection direction = gradient.precondition(curvature, Damping.DEFAULT)) {
                    diagonal[n] = scores(network, direction, one)[0] * network.tokens(one.get(0));
                }
            }
            try (SelfInfluence<Mlp.Item> self = new SelfInfluence<>(network, curvature, Damping.DEFAULT, 4)) {
                assertClose(self.of(items), diagonal, 1e-10);
            }
        }
    }

    @Example
    void selfInfluence_underOneMatrixOverAllLayers_isRefused() {
        Mlp network = network(1, true, false, false);
        Curvature whole = CurvatureFit.of(network, network.items(1, 2, 3), Fisher.empirical())
                .whole();

        assertThatThrownBy(() -> new SelfInfluence<>(network, whole, Damping.DEFAULT, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one matrix over all of them")
                .hasMessageContaining("use EK-FAC");
    }

    /** Handed over one by one the uses would be squared one by one. */
    @Example
    void layerUsedTwice_handedOverTwice_isRefused() {
        Tied tied = new Tied(Mlp.random(1, true, 3, 3, 3));
        GradientSource<Mlp.Item> apart = tied.apart();
        List<Mlp.Item> items = tied.network().items(1, 2, 1, 3);
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(apart, items, Fisher.empirical());
        for (Runnable pass : List.<Runnable>of(fit::diagonal, fit::factors, fit::block, () -> gradient(apart, items))) {
            assertThatThrownBy(pass::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("layer 0 twice in one pass")
                    .hasMessageContaining("Layers.tie");
        }
    }

    /** A matrix used twice: both uses are summed before they are squared, scored or compared with differences. */
    @Property(tries = 10)
    void layerUsedTwice_isSummedFirst(@ForAll @LongRange(max = 49) long seed, @ForAll boolean bias) {
        Tied tied = new Tied(Mlp.random(seed, bias, 3, 3, 3));
        List<Mlp.Item> items = tied.network().items(seed, 2, 1, 3);
        Curvature diagonal =
                CurvatureFit.of(tied, items, Fisher.empirical()).batchTokens(3).diagonal();
        double[] squares = new double[tied.layers().get(0).weights()];
        for (Mlp.Item item : items) {
            double[] d = tied.gradient(item, Targets.observed());
            squares = Dense.sum(
                    squares, Arrays.stream(d).map(value -> value * value / 3).toArray());
        }
        assertClose(diagonal.eigenvalues(0), squares, 1e-12);
        try (ReferenceDirection gradient = gradient(tied, items.subList(0, 1));
                ReferenceDirection direction = gradient.precondition(diagonal, Damping.DEFAULT);
                SelfInfluence<Mlp.Item> self = new SelfInfluence<>(tied, diagonal, Damping.DEFAULT, 4)) {
            double[] v = direction.values(0);
            double step = 1e-4 / direction.norm();
            double[] differences = items.stream()
                    .mapToDouble(item -> (tied.moved(step, v).loss(item)
                                    - tied.moved(-step, v).loss(item))
                            / (2 * step))
                    .toArray();
            assertThat(Dense.distance(scores(tied, direction, items), differences))
                    .isLessThan(1e-6 * (direction.norm() + Dense.largest(differences)));
            // items 0 is its own query: summed loss of two tokens
            assertThat(self.of(items)[0] / (2 * scores(tied, direction, items)[0]))
                    .isBetween(1 - 1e-9, 1 + 1e-9);
        }
    }
}
