// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What holds for the estimators of {@link Influence} of every kind. */
class EveryEstimatorTest {
    private static final List<LayerShape> LAYERS = List.of(new LayerShape("a", 3, 2));
    /** The gradient δ of each item; one row each. */
    private static final List<Float> ITEMS = List.of(1f, -2f, 0.5f);

    /** A model whose items are their output gradients; its losses and parameters are what the test says. */
    private static final class Source implements GradientSource<Float> {
        private double lossOfSecond = 1;
        private String parameters = "before";

        @Override
        public List<LayerShape> layers() {
            return LAYERS;
        }

        @Override
        public String fingerprint() {
            return parameters;
        }

        @Override
        public int tokens(Float item) {
            return 1;
        }

        @Override
        public BatchLosses capture(List<? extends Float> batch, Targets targets, CaptureSink sink) {
            FloatBuffer x = FloatBuffer.allocate(3 * batch.size());
            FloatBuffer delta = FloatBuffer.allocate(2 * batch.size());
            int[] starts = new int[batch.size() + 1];
            double[] losses = new double[batch.size()];
            int[] tokens = new int[batch.size()];
            for (int i = 0; i < batch.size(); i++) {
                x.put(1).put(2).put(3);
                delta.put(batch.get(i)).put(1);
                starts[i + 1] = i + 1;
                losses[i] = batch.get(i).equals(ITEMS.get(1)) ? lossOfSecond : 1;
                tokens[i] = 1;
            }
            sink.accept(new LayerCapture(0, x.flip(), delta.flip(), starts));
            return new BatchLosses(losses, tokens);
        }
    }

    private static Map<String, BiFunction<Source, ReferenceDirection, InfluenceEstimator<Float>>> kinds() {
        Map<String, BiFunction<Source, ReferenceDirection, InfluenceEstimator<Float>>> kinds = new LinkedHashMap<>();
        kinds.put("product", (source, v) -> Influence.of(source).direction(v).estimator());
        kinds.put(
                "cosine",
                (source, v) -> Influence.of(source).direction(v).cosine().estimator());
        kinds.put(
                "sgd",
                (source, v) -> Influence.of(source)
                        .direction(v)
                        .update(UpdateRule.sgd())
                        .estimator());
        kinds.put(
                "sign",
                (source, v) -> Influence.of(source)
                        .direction(v)
                        .update(UpdateRule.sign())
                        .estimator());
        kinds.put(
                "projected",
                (source, v) -> Influence.of(source)
                        .direction(v)
                        .projected(RandomProjection.of(LAYERS, 8, new Seed(1)))
                        .estimator());
        kinds.put(
                "tasks",
                (source, v) -> Influence.of(source)
                        .tasks(List.of(v, v), Influence.Over.MAX)
                        .estimator());
        kinds.put(
                "cosines of tasks",
                (source, v) -> Influence.of(source)
                        .tasks(List.of(v, v), Influence.Over.MEAN)
                        .cosine()
                        .estimator());
        return kinds;
    }

    private interface Check {
        void of(Source source, ReferenceDirection direction, InfluenceEstimator<Float> estimator);
    }

    private static Stream<DynamicTest> each(Check check) {
        return kinds().entrySet().stream()
                .map(kind -> dynamicTest(kind.getKey(), () -> {
                    Source source = new Source();
                    try (ReferenceDirection direction = ReferenceDirection.gradient(source, ReferenceSet.of(ITEMS));
                            InfluenceEstimator<Float> estimator =
                                    kind.getValue().apply(source, direction)) {
                        check.of(source, direction, estimator);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> loss_thatIsNotFinite_isFlagged_andTheOthersAreScored() {
        return each((source, direction, estimator) -> {
            InfluenceScores before = estimator.score(ITEMS);
            for (double loss : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
                source.lossOfSecond = loss;
                InfluenceScores scores = estimator.score(ITEMS);

                assertThat(scores.reason(1)).hasValue("its loss is " + loss);
                assertThat(scores.value(0)).isEqualTo(before.value(0));
                assertThat(scores.value(2)).isEqualTo(before.value(2));
                assertThat(scores.tokens()).isBetween(2L, 3L);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> gradient_thatIsNotFinite_isFlagged() {
        return each((source, direction, estimator) -> {
            for (float delta : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 3e38f}) {
                InfluenceScores scores = estimator.score(List.of(1f, delta));

                assertThat(scores.isScored(0)).isTrue();
                assertThat(scores.isScored(1)).as("the score of %s", delta).isFalse();
                assertThat(scores.reason(1).orElseThrow()).doesNotContain("item 0");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> model_thatWasTrained_isRefused() {
        return each((source, direction, estimator) -> {
            source.parameters = "after";
            assertThatThrownBy(() -> estimator.score(ITEMS))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContainingAll("model before", "model after", "compute the direction again");
        });
    }

    @TestFactory
    Stream<DynamicTest> estimator_thatWasClosed_refuses() {
        return each((source, direction, estimator) -> {
            estimator.close();
            assertThatThrownBy(() -> estimator.score(ITEMS))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was closed");
        });
    }

    @TestFactory
    Stream<DynamicTest> direction_thatWasClosed_isRefused() {
        return each((source, direction, estimator) -> {
            direction.close();
            assertThatThrownBy(() -> estimator.score(ITEMS))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the reference direction was closed");
        });
    }

    @Test
    void selfInfluence_ofALossThatIsNotFinite_orAModelThatWasTrained_isRefused() {
        Source source = new Source();
        Curvature curvature = CurvatureFit.of(source, ITEMS, Fisher.empirical()).diagonal();
        try (SelfInfluence<Float> self = new SelfInfluence<>(source, curvature, Damping.DEFAULT, 10)) {
            source.lossOfSecond = Double.NaN;
            assertThatThrownBy(() -> self.of(ITEMS))
                    .isInstanceOf(NumericalException.class)
                    .hasMessage("item 1 has the loss NaN; leave the item out, or check the model");
            source.parameters = "after";
            assertThatThrownBy(() -> self.of(ITEMS)).isInstanceOf(MismatchException.class);
        }
    }
}
