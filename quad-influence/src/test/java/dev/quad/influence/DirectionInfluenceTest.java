// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DirectionInfluenceTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 4, 3), new LayerShape("two", 6, 5)));
    /** More rows than one task takes. */
    private static final List<ArraySource.Item> POOL = IntStream.range(0, 40)
            .mapToObj(i -> SOURCE.random(1 + 37 * i % 41, 100 + i))
            .toList();

    private static final List<ArraySource.Item> REFERENCE = List.of(SOURCE.random(3, 1), SOURCE.random(8, 2));
    private static final KroneckerFactors FACTORS =
            KroneckerFactors.fit(SOURCE, POOL, Fisher.empirical(), 100, tokens -> {});

    private static ReferenceDirection direction(List<ArraySource.Item> reference) {
        try (ReferenceDirection plain =
                ReferenceDirection.gradient(SOURCE, ReferenceSet.of(reference), 100, tokens -> {})) {
            return plain.precondition(FACTORS, Damping.relative(0.1));
        }
    }

    private static InfluenceScores score(ReferenceDirection direction, List<ArraySource.Item> items, int batchTokens) {
        try (InfluenceEstimator<ArraySource.Item> influence = Influence.of(SOURCE)
                .direction(direction)
                .batchTokens(batchTokens)
                .estimator()) {
            return influence.score(items);
        }
    }

    private static double[] values(List<ArraySource.Item> reference, List<ArraySource.Item> items, int batchTokens) {
        try (ReferenceDirection direction = direction(reference)) {
            InfluenceScores scores = score(direction, items, batchTokens);
            return IntStream.range(0, scores.size()).mapToDouble(scores::value).toArray();
        }
    }

    @Test
    void score_anyItems_equalsPlainInnerProducts() {
        try (ReferenceDirection direction = direction(REFERENCE)) {
            double[] expected = new double[POOL.size()];
            for (int i = 0; i < expected.length; i++) {
                for (int l = 0; l < 2; l++) {
                    double[] v = direction.values(l);
                    expected[i] += Dense.dot(v, SOURCE.meanGradient(l, List.of(POOL.get(i))));
                }
            }
            InfluenceScores scores = score(direction, POOL, 100_000);
            double[] found =
                    IntStream.range(0, scores.size()).mapToDouble(scores::value).toArray();
            assertThat(Dense.distance(found, expected)).isLessThan(1e-6 * Dense.largest(expected));
            assertThat(scores.tokens())
                    .isEqualTo(POOL.stream().mapToLong(ArraySource.Item::tokens).sum());
        }
    }

    @Test
    void score_otherBatches_isTheSameUpToRounding() {
        double[] whole = values(REFERENCE, POOL, 100_000);
        double bound = 1e-6 * Dense.largest(whole);
        for (int batchTokens : new int[] {1, 30, 300}) {
            assertThat(Dense.distance(values(REFERENCE, POOL, batchTokens), whole))
                    .isLessThan(bound);
        }
        List<ArraySource.Item> reversed = new ArrayList<>(POOL);
        Collections.reverse(reversed);
        double[] backwards = values(REFERENCE, reversed, 300);
        for (int i = 0; i < whole.length; i++) {
            assertThat(backwards[whole.length - 1 - i]).isCloseTo(whole[i], within(bound));
        }
    }

    @Test
    void score_itemsWithoutTokens_areFlagged() {
        try (ReferenceDirection direction = direction(REFERENCE)) {
            List<ArraySource.Item> items = List.of(SOURCE.random(0, 1), POOL.get(0), SOURCE.random(0, 2));
            for (int batchTokens : new int[] {1, 1000}) {
                InfluenceScores scores = score(direction, items, batchTokens);
                assertThat(scores.reason(0)).contains("it has no token to predict");
                assertThat(scores.isScored(1)).isTrue();
                assertThat(scores.reason(2)).contains("it has no token to predict");
            }
            assertThat(score(direction, items.subList(0, 1), 100).isScored(0)).isFalse();
            assertThat(score(direction, List.of(), 100).size()).isZero();
        }
    }

    @Test
    void score_lossOrGradientNotFinite_flagsThatItemAlone() {
        ArraySource.Item broken = SOURCE.random(4, 3);
        broken.gradients()[0][0] = Float.NaN;
        try (ReferenceDirection direction = direction(REFERENCE)) {
            List<ArraySource.Item> items = List.of(
                    POOL.get(0),
                    POOL.get(1).withLoss(Double.NaN),
                    POOL.get(2).withLoss(Double.POSITIVE_INFINITY),
                    broken,
                    POOL.get(4));
            InfluenceScores scores = score(direction, items, 1000);
            InfluenceScores sound = score(direction, POOL.subList(0, 5), 1000);
            assertThat(scores.reason(1)).contains("its loss is NaN");
            assertThat(scores.reason(2)).contains("its loss is Infinity");
            assertThat(scores.reason(3)).contains("its gradient is not finite");
            assertThat(scores.value(0)).isEqualTo(sound.value(0));
            assertThat(scores.value(4)).isCloseTo(sound.value(4), within(1e-6 * Math.abs(sound.value(4))));
        }
    }

    @Test
    void score_theReferenceItself_isPositive() {
        for (int i = 0; i < POOL.size(); i++) {
            List<ArraySource.Item> one = POOL.subList(i, i + 1);
            assertThat(values(one, one, 100)[0]).isPositive();
        }
    }

    @Test
    void score_ofTwoItemsForEachOther_isSymmetric() {
        for (int i = 0; i + 1 < POOL.size(); i += 2) {
            List<ArraySource.Item> a = POOL.subList(i, i + 1);
            List<ArraySource.Item> b = POOL.subList(i + 1, i + 2);
            double bound = 1e-5 * Math.sqrt(values(a, a, 100)[0] * values(b, b, 100)[0]);
            assertThat(values(a, b, 100)[0]).isCloseTo(values(b, a, 100)[0], within(bound));
        }
    }

    @Test
    void score_severalReferenceItems_isTheMeanWeightedByTokens() {
        double[] both = values(REFERENCE, POOL, 1000);
        double[] first = values(REFERENCE.subList(0, 1), POOL, 1000);
        double[] second = values(REFERENCE.subList(1, 2), POOL, 1000);
        double[] mean = Dense.sum(Dense.scaled(first, 3.0 / 11), Dense.scaled(second, 8.0 / 11));
        assertThat(Dense.distance(both, mean)).isLessThan(1e-5 * Dense.largest(both));
    }

    @Test
    void score_moreSupervisedRowsThanTokens_dividesByTokens() {
        ArraySource.Item whole = SOURCE.random(6, 7);
        ArraySource.Item prompted = new ArraySource.Item(1, 2, whole.inputs(), whole.gradients());
        double[] scores = values(REFERENCE, List.of(whole, prompted), 1000);
        assertThat(scores[1]).isCloseTo(3 * scores[0], within(1e-5 * Math.abs(scores[1])));
    }

    /** The score is the directional derivative of the mean loss along v: two forward passes give it too. */
    @Test
    void score_realNetwork_isTheDerivativeOfItsLossAlongTheDirection() {
        Network network = Network.random(1);
        ArraySource source = new ArraySource(Network.LAYERS);
        List<Network.Sample> pool = IntStream.range(0, 12)
                .mapToObj(i -> Network.Sample.random(1 + i % 5, i))
                .toList();
        List<ArraySource.Item> items = pool.stream().map(network::capture).toList();
        KroneckerFactors factors = KroneckerFactors.fit(source, items, Fisher.empirical(), 100, tokens -> {});
        try (ReferenceDirection plain =
                        ReferenceDirection.gradient(source, ReferenceSet.of(items.subList(0, 3)), 100, tokens -> {});
                ReferenceDirection direction = plain.precondition(factors, Damping.relative(0.1));
                InfluenceEstimator<ArraySource.Item> influence = Influence.of(source)
                        .direction(direction)
                        .batchTokens(100)
                        .estimator()) {
            InfluenceScores scores = influence.score(items);
            double[] v1 = direction.values(0);
            double[] v2 = direction.values(1);
            double step = 1e-5 / (Dense.norm(v1) + Dense.norm(v2));
            double[] expected = new double[items.size()];
            double[] found = new double[items.size()];
            for (int i = 0; i < items.size(); i++) {
                double up = network.moved(step, v1, v2).capture(pool.get(i)).loss();
                double down = network.moved(-step, v1, v2).capture(pool.get(i)).loss();
                expected[i] = (up - down) / (2 * step) / items.get(i).tokens();
                found[i] = scores.value(i);
            }
            assertThat(Dense.distance(found, expected)).isLessThan(1e-6 * Dense.largest(expected));
        }
    }

    @Test
    void constructor_directionOfAnotherModel_namesBoth() {
        try (ReferenceDirection direction = direction(REFERENCE)) {
            ArraySource other = new ArraySource(SOURCE.layers(), "another model", true);
            assertThatThrownBy(() -> Influence.of(other)
                            .direction(direction)
                            .batchTokens(100)
                            .estimator())
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("another model")
                    .hasMessageContaining(SOURCE.fingerprint());
        }
    }

    @Test
    void fingerprint_otherDirection_isAnother() {
        try (ReferenceDirection one = direction(REFERENCE);
                ReferenceDirection two = direction(POOL);
                InfluenceEstimator<ArraySource.Item> first =
                        Influence.of(SOURCE).direction(one).batchTokens(1).estimator();
                InfluenceEstimator<ArraySource.Item> again =
                        Influence.of(SOURCE).direction(one).batchTokens(99).estimator();
                InfluenceEstimator<ArraySource.Item> second =
                        Influence.of(SOURCE).direction(two).batchTokens(1).estimator()) {
            assertThat(again.fingerprint()).isEqualTo(first.fingerprint());
            assertThat(second.fingerprint()).isNotEqualTo(first.fingerprint());
        }
    }

    @Test
    void close_afterScoring_returnsAllMemory() {
        long before = Floats.liveBytes();
        values(REFERENCE, POOL, 50);
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }
}
