// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectionScoresTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("a", 70, 130), new LayerShape("b", 20, 6)));
    private static final List<ArraySource.Item> ITEMS = IntStream.range(0, 9)
            .mapToObj(i -> SOURCE.random(2 + 3 * i, 50 + i))
            .toList();

    private final List<ReferenceDirection> directions = new ArrayList<>();
    private long before;

    @BeforeEach
    void count() {
        before = Floats.liveBytes() + Doubles.liveBytes();
    }

    @AfterEach
    void free() {
        directions.forEach(ReferenceDirection::close);
        assertThat(Floats.liveBytes() + Doubles.liveBytes()).isEqualTo(before);
    }

    private List<ReferenceDirection> directions(int count) {
        for (int q = 0; q < count; q++) {
            directions.add(ReferenceDirection.gradient(SOURCE, ReferenceSet.of(List.of(SOURCE.random(5, 900 + q)))));
        }
        return directions;
    }

    /** In plain loops: scores by query and item, and the norm of each item's gradient. */
    private static double[][] expected(List<ReferenceDirection> along, double[] norms) {
        double[][] result = new double[along.size()][ITEMS.size()];
        for (int item = 0; item < ITEMS.size(); item++) {
            for (int layer = 0; layer < SOURCE.layers().size(); layer++) {
                double[] gradient = SOURCE.gradient(layer, ITEMS.get(item));
                norms[item] += Dense.dot(gradient, gradient);
                for (int q = 0; q < along.size(); q++) {
                    result[q][item] += Dense.dot(along.get(q).values(layer), gradient);
                }
            }
            norms[item] = Math.sqrt(norms[item]);
        }
        return result;
    }

    private static void assertClose(double[][] found, double[][] wanted) {
        double largest = 0;
        for (double[] row : wanted) {
            largest = Math.max(largest, Dense.largest(row));
        }
        for (int q = 0; q < wanted.length; q++) {
            assertThat(found[q]).containsExactly(wanted[q], within(1e-5 * largest));
        }
    }

    @Property(tries = 40)
    void total_ofAnyNumberOfQueriesAndAnyBatch_agreesWithPlainLoops(
            @ForAll @IntRange(min = 1, max = 9) int queries, @ForAll @IntRange(min = 1, max = 200) int batchTokens) {
        try {
            double[][] found = new DirectionScores<>(SOURCE, directions(queries), batchTokens).total(ITEMS);
            assertClose(found, expected(directions, new double[ITEMS.size()]));
        } finally {
            directions.forEach(ReferenceDirection::close);
            directions.clear();
        }
    }

    @Test
    void plan_takesTheWayOfFewestOperations() {
        DirectionScores<ArraySource.Item> one = new DirectionScores<>(SOURCE, directions(1), 60);
        assertThat(one.plan(ITEMS).steps()).extracting(ScorePlan.Step::way).containsOnly(ScorePlan.Way.TOKENS);

        DirectionScores<ArraySource.Item> many = new DirectionScores<>(SOURCE, directions(7), 60);
        assertThat(many.plan(ITEMS).steps()).extracting(ScorePlan.Step::way).containsOnly(ScorePlan.Way.GRADIENTS);

        List<ReferenceDirection> cut =
                directions.stream().map(direction -> direction.lowRank(1)).toList();
        try {
            assertThat(new DirectionScores<>(SOURCE, cut.subList(0, 2), 60)
                            .plan(ITEMS)
                            .steps())
                    .extracting(ScorePlan.Step::way)
                    .containsOnly(ScorePlan.Way.LOW_RANK);
        } finally {
            cut.forEach(ReferenceDirection::close);
        }
    }

    @Test
    void total_alongDirectionsOfLowRank_agreesWithTheirProducts() {
        directions(3);
        List<ReferenceDirection> cut =
                directions.stream().map(direction -> direction.lowRank(2)).toList();
        directions.addAll(cut);
        double[][] wanted = expected(cut, new double[ITEMS.size()]);

        DirectionScores<ArraySource.Item> scores = new DirectionScores<>(SOURCE, cut, 40);
        assertThat(scores.plan(ITEMS).steps()).extracting(ScorePlan.Step::way).contains(ScorePlan.Way.LOW_RANK);
        assertClose(scores.total(ITEMS), wanted);
        double[][][] tokens = scores.perToken(ITEMS);
        for (int q = 0; q < 3; q++) {
            for (int item = 0; item < ITEMS.size(); item++) {
                assertThat(tokens[q][item]).hasSize(2 + 3 * item);
                assertThat(java.util.Arrays.stream(tokens[q][item]).sum())
                        .isCloseTo(wanted[q][item], within(1e-5 * Dense.largest(wanted[q])));
            }
        }
    }

    @Test
    void total_withLittleMemory_takesMorePassesAndAgrees() {
        directions(7);
        DirectionScores<ArraySource.Item> roomy = new DirectionScores<>(SOURCE, directions, 60);
        long all = roomy.plan(ITEMS).steps().stream()
                .mapToLong(ScorePlan.Step::bytes)
                .max()
                .orElseThrow();
        long vectors = 4L * (70 * 130 + 20 * 6);
        DirectionScores<ArraySource.Item> tight =
                new DirectionScores<>(SOURCE, directions, 60, all - 2 * vectors, DirectionScores.Sign.UTILITY);

        assertThat(roomy.plan(ITEMS).passes()).isEqualTo(1);
        assertThat(tight.plan(ITEMS).passes()).isEqualTo(2);
        assertThat(tight.plan(ITEMS).toString()).contains("2 passes of 4");
        double[][] wanted = expected(directions, new double[ITEMS.size()]);
        assertClose(tight.total(ITEMS), wanted);
        assertClose(roomy.total(ITEMS), wanted);
    }

    @Test
    void plan_withTooLittleMemoryForOneQuery_saysHowMuchIsNeeded() {
        DirectionScores<ArraySource.Item> scores =
                new DirectionScores<>(SOURCE, directions(2), 60, 1000, DirectionScores.Sign.UTILITY);

        assertThatThrownBy(() -> scores.total(ITEMS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed are 1,000")
                .hasMessageContaining("needs")
                .hasMessageContaining("Layers.only");
    }

    @Test
    void plan_printed_hasALineForEachLayerAndTheSums() {
        String[] lines = new DirectionScores<>(SOURCE, directions(2), 60)
                .plan(ITEMS)
                .toString()
                .split("\\R");

        assertThat(lines).hasSize(4);
        assertThat(lines[1]).contains("a").contains("130×70").contains("gradients");
        assertThat(lines[3]).contains("GFLOP a batch; 2 directions, in one pass within 2048.0 MiB");
    }

    @Test
    void cosines_agreeWithPlainLoopsAndStayInTheUnitInterval() {
        directions(3);
        double[] norms = new double[ITEMS.size()];
        double[][] wanted = expected(directions, norms);
        double[] mean = new double[ITEMS.size()];
        for (int q = 0; q < 3; q++) {
            for (int item = 0; item < norms.length; item++) {
                wanted[q][item] /= norms[item] * directions.get(q).norm();
                mean[item] += wanted[q][item] / 3;
            }
        }

        DirectionScores<ArraySource.Item> scores = new DirectionScores<>(SOURCE, directions, 60);
        assertClose(scores.cosine(ITEMS), wanted);
        assertThat(scores.meanCosine(ITEMS)).containsExactly(mean, within(1e-5));
        assertThat(scores.cosine(List.of(SOURCE.random(0, 1)))[0]).containsExactly(0);
    }

    /** Their squares, or their products with the direction, would leave the range of single precision. */
    @ParameterizedTest
    @ValueSource(ints = {-83, 83})
    void cosines_ofTinyAndHugeGradients_areThoseOfModestOnes(int exponent) {
        List<ArraySource.Item> scaled = ITEMS.stream()
                .map(item -> item.scaled(Math.scalb(1f, exponent)))
                .toList();
        double[] modest = new DirectionScores<>(SOURCE, directions(1), 60).cosine(ITEMS)[0];
        directions.add(ReferenceDirection.gradient(
                SOURCE, ReferenceSet.of(List.of(SOURCE.random(5, 900).scaled(Math.scalb(1f, exponent))))));

        double[] found = new DirectionScores<>(SOURCE, directions.subList(1, 2), 60).cosine(scaled)[0];

        assertThat(found).containsExactly(modest, within(1e-5));
        assertThat(Dense.largest(modest)).isGreaterThan(1e-3);
    }

    /** The gradient of an item's own loss has the cosine 1 with the item, however long it is. */
    @Test
    void cosine_withItself_isOne() {
        directions.add(ReferenceDirection.gradient(SOURCE, ReferenceSet.of(List.of(ITEMS.get(3)))));

        assertThat(new DirectionScores<>(SOURCE, directions, 60).cosine(List.of(ITEMS.get(3)))[0][0])
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void lossChange_isTheNegativeOfUtility() {
        directions(2);
        double[][] utility = new DirectionScores<>(SOURCE, directions, 60).total(ITEMS);
        double[][] change = new DirectionScores<>(
                        SOURCE, directions, 60, DirectionScores.DEFAULT_MEMORY, DirectionScores.Sign.LOSS_CHANGE)
                .total(ITEMS);

        assertThat(change[1]).containsExactly(Dense.scaled(utility[1], -1));
    }

    @Test
    void directions_none_areRefused() {
        assertThatThrownBy(() -> new DirectionScores<>(SOURCE, List.of(), 60))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no direction");
    }

    @Test
    void scores_ofAnItemWithNaN_nameLayerAndItem() {
        directions(5);
        ArraySource.Item broken = SOURCE.random(4, 3);
        broken.gradients()[1][7] = Float.NaN;
        List<ArraySource.Item> items = List.of(ITEMS.get(0), ITEMS.get(1), broken, ITEMS.get(2));

        for (List<ReferenceDirection> some : List.of(directions, directions.subList(0, 1))) {
            assertThatThrownBy(() -> new DirectionScores<>(SOURCE, some, 7).total(items))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("layer b gives item 2 the score NaN");
        }
        Curvature curvature = CurvatureFit.of(SOURCE, ITEMS, Fisher.empirical()).ekfac();
        try (SelfInfluence<ArraySource.Item> self = new SelfInfluence<>(SOURCE, curvature, Damping.DEFAULT, 7)) {
            assertThatThrownBy(() -> self.of(items))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("layer b gives item 2 the score NaN");
        }
    }
}
