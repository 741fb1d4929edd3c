// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** S11 to S14 and the singular case of T8, on the estimators themselves, with every kind of curvature. */
class PaperLawProperties {
    private static final Damping DAMPING = Damping.relative(0.1);

    /** An estimator along a direction. */
    private interface Estimators
            extends BiFunction<GradientSource<Mlp.Item>, ReferenceDirection, InfluenceEstimator<Mlp.Item>> {}

    private static Mlp network(long seed) {
        return Mlp.random(seed, seed % 2 == 0, 4, 3, 3);
    }

    private static List<Curvature> curvatures(Mlp network, long seed) {
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(network, network.items(seed, 1, 3, 2, 4, 2), Fisher.empirical());
        return List.of(
                fit.identity(), fit.diagonal(), Curvature.kfac(fit.factors()), fit.ekfac(), fit.block(), fit.whole());
    }

    private static <T> InfluenceEstimator<T> product(GradientSource<T> source, ReferenceDirection direction) {
        return Influence.of(source).direction(direction).estimator();
    }

    private static double[] values(InfluenceScores scores) {
        return IntStream.range(0, scores.size()).mapToDouble(scores::value).toArray();
    }

    private static double[] scores(
            Mlp network, Curvature curvature, List<Mlp.Item> reference, List<Mlp.Item> items, Estimators estimators) {
        try (ReferenceDirection gradient = ReferenceDirection.gradient(network, ReferenceSet.of(reference));
                ReferenceDirection direction = gradient.precondition(curvature, DAMPING);
                InfluenceEstimator<Mlp.Item> estimator = estimators.apply(network, direction)) {
            return values(estimator.score(items));
        }
    }

    /** S11: a copy has the score of the original, whatever was scored before. */
    @Property(tries = 10)
    void s11_copies_haveOneScore(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = network(seed);
        Mlp.Item item = network.items(seed, 3).get(0);
        for (Curvature curvature : curvatures(network, seed)) {
            double[] scores = scores(
                    network, curvature, network.items(seed + 500, 2), List.of(item, item), PaperLawProperties::product);
            assertThat(scores[1]).isCloseTo(scores[0], within(1e-12 * Math.abs(scores[0])));
        }
    }

    private static double[][] mixtures(long seed, Curvature curvature, Estimators estimators) {
        Mlp network = network(seed);
        List<Mlp.Item> reference = network.items(seed + 500, 1, 4);
        List<Mlp.Item> items = network.items(seed, 1, 3, 2, 4, 2);
        double[] first = scores(network, curvature, reference.subList(0, 1), items, estimators);
        double[] second = scores(network, curvature, reference.subList(1, 2), items, estimators);
        double w = network.tokens(reference.get(0))
                / (double) reference.stream().mapToInt(network::tokens).sum();
        return new double[][] {
            scores(network, curvature, reference, items, estimators),
            Dense.sum(Dense.scaled(first, w), Dense.scaled(second, 1 - w))
        };
    }

    /** S12: the influence on a set is the mean of those on its items, weighted by tokens. */
    @Property(tries = 10)
    void s12_influence_isLinearInTheReference(@ForAll @LongRange(max = 99) long seed) {
        for (Curvature curvature : curvatures(network(seed), seed)) {
            double[][] both = mixtures(seed, curvature, PaperLawProperties::product);
            assertThat(Dense.distance(both[0], both[1])).isLessThan(1e-10 * Dense.largest(both[0]));
        }
    }

    private static InfluenceEstimator<Mlp.Item> cosine(GradientSource<Mlp.Item> source, ReferenceDirection direction) {
        return new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends Mlp.Item> items) {
                return InfluenceScores.of(
                        new DirectionScores<Mlp.Item>(source, List.of(direction), 100).cosine(items)[0]);
            }

            @Override
            public String fingerprint() {
                return "cosine";
            }
        };
    }

    /** S12 of the cosine with the mean direction is false. */
    @Example
    void s12_cosine_isNotLinearInTheReference() {
        long found = LongStream.range(0, 100)
                .filter(seed -> {
                    double[][] both =
                            mixtures(seed, curvatures(network(seed), seed).get(2), PaperLawProperties::cosine);
                    return Dense.distance(both[0], both[1]) > 0.1;
                })
                .findFirst()
                .orElseThrow();
        double[][] both = mixtures(found, curvatures(network(found), found).get(2), PaperLawProperties::cosine);
        Shown.counterExample(
                "S12: the cosine is linear in the reference",
                "network %d: its cosine with the whole reference is %.3f, the mean of those with its parts %.3f",
                found,
                both[0][0],
                both[1][0]);
    }

    /** The mean of cosines over items is: by the number of items, each first brought to length 1. */
    @Property(tries = 10)
    void meanCosine_isTheMeanOfTheCosinesWithEachItem(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = network(seed);
        List<Mlp.Item> reference = network.items(seed + 500, 1, 4, 2);
        List<Mlp.Item> items = network.items(seed, 1, 3, 2, 4, 2);
        for (Curvature curvature : curvatures(network, seed)) {
            double[] mean = new double[items.size()];
            for (Mlp.Item one : reference) {
                mean = Dense.sum(
                        mean,
                        Dense.scaled(
                                scores(network, curvature, List.of(one), items, PaperLawProperties::cosine), 1.0 / 3));
            }
            try (ReferenceDirection direction = MeanDirection.of(network, reference, curvature, DAMPING, tokens -> {});
                    InfluenceEstimator<Mlp.Item> influence =
                            Influence.of(network).direction(direction).cosine().estimator()) {
                double[] found = values(influence.score(items));
                assertThat(Dense.distance(found, mean)).isLessThan(1e-10);
                assertThat(Dense.largest(found)).isLessThanOrEqualTo(1);
            }
        }
    }

    /** S13: what is its own reference helps itself, where H + λI is positive definite. */
    @Property(tries = 10)
    void s13_influenceOfTheReferenceOnItself_isPositive(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = network(seed);
        List<Mlp.Item> item = network.items(seed, 3);
        for (Curvature curvature : curvatures(network, seed)) {
            assertThat(scores(network, curvature, item, item, PaperLawProperties::product)[0])
                    .as(curvature.kind())
                    .isPositive();
        }
    }

    /** S14: what a does for b, b does for a. */
    @Property(tries = 10)
    void s14_influence_isSymmetric(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = network(seed);
        List<Mlp.Item> a = network.items(seed, 3);
        List<Mlp.Item> b = network.items(seed + 500, 2);
        for (Curvature curvature : curvatures(network, seed)) {
            double one = scores(network, curvature, a, b, PaperLawProperties::product)[0];
            double other = scores(network, curvature, b, a, PaperLawProperties::product)[0];
            double scale = Math.sqrt(scores(network, curvature, a, a, PaperLawProperties::product)[0]
                    * scores(network, curvature, b, b, PaperLawProperties::product)[0]);
            assertThat(one).as(curvature.kind()).isCloseTo(other, within(1e-10 * scale));
        }
    }

    /** T8: without damping, a curvature that has no inverse is refused, and the layer named. */
    @Property(tries = 10)
    void t8_noDampingSingularCurvature_isRefused(@ForAll @LongRange(max = 99) long seed) {
        Mlp network = network(seed);
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(network, network.items(seed, 1), Fisher.empirical());
        for (Curvature curvature : List.of(Curvature.kfac(fit.factors()), fit.ekfac(), fit.block(), fit.whole())) {
            for (Damping none : List.of(Damping.absolute(0), Damping.relative(0))) {
                assertThatThrownBy(() -> {
                            try (ReferenceDirection gradient = ReferenceDirection.gradient(
                                    network, ReferenceSet.of(network.items(seed + 500, 2)))) {
                                gradient.precondition(curvature, none).close();
                            }
                        })
                        .as(curvature.kind())
                        .isInstanceOf(NumericalException.class)
                        .hasMessageContaining("layer");
            }
        }
    }

    @Example
    void cosine_itemsThatCannotBeScored_areFlaggedAlone() {
        ArraySource source = new ArraySource(List.of(new LayerShape("one", 4, 3)));
        List<ArraySource.Item> reference = List.of(source.random(3, 1), source.random(0, 2), source.random(5, 3));
        CurvatureFit<ArraySource.Item> fit = CurvatureFit.of(source, reference, Fisher.empirical());
        ArraySource.Item broken = source.random(4, 4);
        broken.gradients()[0][0] = Float.NaN;
        try (ReferenceDirection direction = MeanDirection.of(source, reference, fit.identity(), DAMPING, tokens -> {});
                InfluenceEstimator<ArraySource.Item> influence =
                        Influence.of(source).direction(direction).cosine().estimator()) {
            InfluenceScores scores =
                    influence.score(List.of(reference.get(0), source.random(0, 9), broken, source.random(2, 5)));
            assertThat(scores.reason(1)).contains("it has no token to predict");
            assertThat(scores.reason(2).orElseThrow()).contains("layer one gives it the score NaN");
            assertThat(scores.value(0))
                    .isEqualTo(influence.score(List.of(reference.get(0))).value(0));
            assertThat(scores.isScored(3)).isTrue();
            assertThat(scores.tokens()).isBetween(5L, 9L);
            assertThat(influence.score(List.of()).size()).isZero();
            assertThat(influence.fingerprint())
                    .isNotEqualTo(Influence.of(source)
                            .direction(direction)
                            .estimator()
                            .fingerprint());
        }
        assertThatThrownBy(() ->
                        MeanDirection.of(source, List.of(source.random(0, 2)), fit.identity(), DAMPING, tokens -> {}))
                .hasMessageContaining("none of the 1 reference items has a gradient");
    }
}
