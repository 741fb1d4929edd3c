// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpdateInfluenceTest {
    private static final LayerShape ONE = new LayerShape("one", 4, 3, true);
    private static final LayerShape TWO = new LayerShape("two", 2, 5);
    private static final double EPSILON = 1e-8;

    private final Rows source = Rows.of(ONE, TWO);
    private final List<Rows.Item> items = source.items(3, 2, 0, 7, 1);
    private final ReferenceDirection direction =
            ReferenceDirection.gradient(source, ReferenceSet.of(source.items(4, 5, 3)));
    /** Moments of each layer, the second positive. */
    private final List<double[]> first = List.of(Dense.gaussian(7, "m", 15), Dense.gaussian(8, "m", 10));

    private final List<double[]> second =
            List.of(squares(Dense.gaussian(9, "v", 15)), squares(Dense.gaussian(9, "w", 10)));

    @AfterEach
    void close() {
        direction.close();
    }

    private static double[] squares(double... values) {
        return Arrays.stream(values).map(value -> value * value).toArray();
    }

    /** What a rule makes of element i of a layer's mean gradient g, by the formula. */
    private interface Formula {
        double of(int layer, int i, double g);
    }

    private double[] expected(Formula rule, DoubleBinaryOperator score) {
        return items.stream()
                .mapToDouble(item -> {
                    double product = 0;
                    double square = 0;
                    for (int l = 0; l < 2; l++) {
                        double[] v = direction.values(l);
                        double[] g = item.gradient(l, source.layers().get(l));
                        for (int i = 0; i < g.length; i++) {
                            double update = rule.of(l, i, g[i] / item.rows());
                            product += v[i] * update;
                            square += update * update;
                        }
                    }
                    return score.applyAsDouble(product, square);
                })
                .toArray();
    }

    private void check(InfluenceScores found, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            if (items.get(i).rows() == 0) {
                assertThat(found.reason(i)).hasValue("it has no token to predict");
            } else {
                assertThat(found.value(i)).isCloseTo(expected[i], within(1e-12 * Math.max(1, Math.abs(expected[i]))));
            }
        }
        assertThat(found.tokens()).isEqualTo(10);
    }

    @Test
    void score_byEachRule_isItsFormula() {
        UpdateRule.AdamState state = new UpdateRule.AdamState(0.9, 0.95, EPSILON, first, second);
        check(
                Influence.of(source)
                        .direction(direction)
                        .update(UpdateRule.sign())
                        .estimator()
                        .score(items),
                expected((l, i, g) -> Math.signum(g), (product, square) -> product));
        check(
                Influence.of(source)
                        .direction(direction)
                        .update(UpdateRule.adam(0.9, 0.999, EPSILON))
                        .estimator()
                        .score(items),
                expected((l, i, g) -> 0.1 * g / Math.sqrt(0.001 * g * g + EPSILON), (product, square) -> product));
        check(
                Influence.of(source)
                        .direction(direction)
                        .update(UpdateRule.adam(state))
                        .estimator()
                        .score(items),
                expected(
                        (l, i, g) -> (0.9 * first.get(l)[i] + 0.1 * g)
                                / Math.sqrt(0.95 * second.get(l)[i] + 0.05 * g * g + EPSILON),
                        (product, square) -> product));
        check(
                Influence.of(source)
                        .direction(direction)
                        .update(UpdateRule.adam(state))
                        .cosine()
                        .estimator()
                        .score(items),
                expected(
                        (l, i, g) -> (0.9 * first.get(l)[i] + 0.1 * g)
                                / Math.sqrt(0.95 * second.get(l)[i] + 0.05 * g * g + EPSILON),
                        (product, square) -> product / Math.sqrt(square)));
    }

    /** LESS: of the cosines of Adam's update with each reference item the mean in a task, and of the tasks the best. */
    @Test
    void score_ofTasksByCosinesOfAdam_isThatOfLess() {
        UpdateRule.AdamState state = new UpdateRule.AdamState(0.1, 0.95, EPSILON, first, second);
        List<List<Rows.Item>> wanted = IntStream.of(4, 11, 12, 13, 14)
                .mapToObj(seed -> source.items(seed, 3, 2))
                .toList();
        Curvature none = CurvatureFit.of(source, items, Fisher.empirical()).identity();
        List<ReferenceDirection> tasks = wanted.stream()
                .map(task -> MeanDirection.of(source, task, none, Damping.DEFAULT, done -> {}))
                .toList();
        List<double[]> cosines = wanted.stream()
                .map(task -> items.stream()
                        .mapToDouble(item -> task.stream()
                                .mapToDouble(reference -> cosine(update(state, item), plain(reference)))
                                .average()
                                .orElseThrow())
                        .toArray())
                .toList();
        double[] best = new double[items.size()];
        double[] mean = new double[items.size()];
        Arrays.setAll(
                best, i -> cosines.stream().mapToDouble(task -> task[i]).max().orElseThrow());
        Arrays.setAll(
                mean,
                i -> cosines.stream().mapToDouble(task -> task[i]).average().orElseThrow());
        assertThat(cosines).as("none is best for all").doesNotContain(best);
        for (Influence.Over over : Influence.Over.values()) {
            check(
                    Influence.of(source)
                            .tasks(tasks, over)
                            .update(UpdateRule.adam(state))
                            .cosine()
                            .estimator()
                            .score(items),
                    over == Influence.Over.MAX ? best : mean);
        }
        tasks.forEach(ReferenceDirection::close);
    }

    private double[] plain(Rows.Item item) {
        return IntStream.range(0, 2)
                .mapToObj(l -> item.gradient(l, source.layers().get(l)))
                .flatMapToDouble(Arrays::stream)
                .map(g -> g / Math.max(1, item.rows()))
                .toArray();
    }

    private double[] update(UpdateRule.AdamState state, Rows.Item item) {
        double[] g = plain(item);
        double[] m = joined(state.first());
        double[] v = joined(state.second());
        Arrays.setAll(g, i -> (0.1 * m[i] + 0.9 * g[i]) / Math.sqrt(0.95 * v[i] + 0.05 * g[i] * g[i] + EPSILON));
        return g;
    }

    private static double[] joined(List<double[]> layers) {
        return layers.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static double cosine(double[] one, double[] other) {
        return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
    }

    private static double dot(double[] one, double[] other) {
        return IntStream.range(0, one.length)
                .mapToDouble(i -> one[i] * other[i])
                .sum();
    }

    /** Which is taken in slices, with a state that goes with each. */
    @Test
    void score_ofAWideLayer_isItsFormula() {
        ArraySource wide = new ArraySource(List.of(new LayerShape("wide", 3, 300)));
        double[] m = Dense.gaussian(1, "m", 900);
        double[] v = Arrays.stream(Dense.gaussian(1, "v", 900)).map(Math::abs).toArray();
        double[] along = Dense.gaussian(1, "along", 900);
        ArraySource.Item item = wide.random(5, 1);
        double[] g = Dense.scaled(wide.gradient(0, item), 1.0 / item.tokens());
        double expected = 0;
        for (int i = 0; i < 900; i++) {
            expected += along[i] * (0.9 * m[i] + 0.1 * g[i]) / Math.sqrt(0.95 * v[i] + 0.05 * g[i] * g[i] + EPSILON);
        }
        try (ReferenceDirection wideDirection =
                ReferenceDirection.builder(wide).layer("wide", along).build()) {
            double found = Influence.of(wide)
                    .direction(wideDirection)
                    .update(UpdateRule.adam(new UpdateRule.AdamState(0.9, 0.95, EPSILON, List.of(m), List.of(v))))
                    .estimator()
                    .score(List.of(item))
                    .value(0);

            assertThat(found).isCloseTo(expected, within(1e-4 * Math.abs(expected)));
        }
    }

    @Test
    void score_bySgd_isDirectionInfluence() {
        try (InfluenceEstimator<Rows.Item> plain =
                Influence.of(source).direction(direction).estimator()) {
            InfluenceScores expected = plain.score(items);
            check(
                    Influence.of(source)
                            .direction(direction)
                            .update(UpdateRule.sgd())
                            .estimator()
                            .score(items),
                    expected.value(0),
                    0,
                    expected.value(2),
                    expected.value(3));
        }
    }

    @Test
    void score_inSinglePrecision_isTheSameUpToRounding() {
        Rows single = source.in(Precision.SINGLE);
        try (ReferenceDirection other = ReferenceDirection.gradient(single, ReferenceSet.of(source.items(4, 5, 3)))) {
            double expected = Influence.of(source)
                    .direction(direction)
                    .update(UpdateRule.sign())
                    .estimator()
                    .score(items)
                    .value(2);
            assertThat(Influence.of(single)
                            .direction(other)
                            .update(UpdateRule.sign())
                            .estimator()
                            .score(items)
                            .value(2))
                    .isCloseTo(expected, within(1e-4));
        }
    }

    @Test
    void fingerprint_ofAnotherRuleOrState_differs() {
        List<UpdateRule> rules = List.of(
                UpdateRule.sgd(),
                UpdateRule.sign(),
                UpdateRule.adam(0.9, 0.999, EPSILON),
                UpdateRule.adam(0.9, 0.99, EPSILON),
                UpdateRule.adam(new UpdateRule.AdamState(0.9, 0.99, EPSILON, first, second)),
                UpdateRule.adam(new UpdateRule.AdamState(0.9, 0.99, EPSILON, second, second)));
        assertThat(rules.stream()
                        .map(rule -> Influence.of(source)
                                .direction(direction)
                                .update(rule)
                                .estimator()
                                .fingerprint()))
                .doesNotHaveDuplicates();
        assertThat(Influence.of(source)
                        .direction(direction)
                        .update(UpdateRule.sgd())
                        .cosine()
                        .estimator()
                        .fingerprint())
                .isNotEqualTo(Influence.of(source)
                        .direction(direction)
                        .update(UpdateRule.sgd())
                        .estimator()
                        .fingerprint());
    }

    @Test
    void adam_stateOfOtherLayers_orOutOfRange_isRefused() {
        UpdateRule other = UpdateRule.adam(
                new UpdateRule.AdamState(0.9, 0.99, EPSILON, second.subList(1, 2), second.subList(1, 2)));
        assertThatThrownBy(() ->
                        Influence.of(source).direction(direction).update(other).estimator())
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("the moments of Adam are of [10] values, and the layers have [15, 10]");
        assertThatThrownBy(() -> new UpdateRule.AdamState(0.9, 0.99, EPSILON, first, first))
                .hasMessageContaining("allowed are finite numbers, of the second 0 or more");
        assertThatThrownBy(() -> new UpdateRule.AdamState(0.9, 0.99, EPSILON, second, List.of()))
                .hasMessageContaining("give both of every layer");
        assertThatThrownBy(() -> UpdateRule.adam(1, 0.99, EPSILON)).hasMessageContaining("beta1 1.0");
        assertThatThrownBy(() -> UpdateRule.adam(0.9, 0.99, 0)).hasMessageContaining("epsilon 0.0");
    }

    @Test
    void score_ofAnItemThatIsNotFinite_flagsIt() {
        Rows.Item bad = source.items(9, 1).get(0);
        bad.delta()[0][0][1] = Double.NaN;
        InfluenceScores scores = Influence.of(source)
                .direction(direction)
                .update(UpdateRule.sign())
                .estimator()
                .score(List.of(items.get(0), bad, items.get(2)));
        assertThat(scores.isScored(0)).isTrue();
        assertThat(scores.reason(1).orElseThrow()).contains("layer one gives it the score NaN");
        assertThat(scores.isScored(2)).isTrue();
    }
}
