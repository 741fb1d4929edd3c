// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Beside the formula, with each item's gradient preconditioned as a direction of its own. */
class RelativeInfluenceTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 6, 4), new LayerShape("two", 5, 3, true)));
    private static final List<ArraySource.Item> ITEMS =
            IntStream.range(0, 12).mapToObj(i -> SOURCE.random(1 + i % 5, i)).toList();

    private static ReferenceDirection direction(Curvature curvature, List<ArraySource.Item> items) {
        try (ReferenceDirection gradient = ReferenceDirection.gradient(SOURCE, ReferenceSet.of(items))) {
            return gradient.precondition(curvature, Damping.relative(0.1));
        }
    }

    private static List<Curvature> curvatures() {
        CurvatureFit<ArraySource.Item> fit = CurvatureFit.of(SOURCE, ITEMS, Fisher.empirical());
        KroneckerFactors factors = fit.factors();
        return List.of(Curvature.kfac(factors), fit.ekfac(factors), fit.diagonal(), fit.block());
    }

    @Test
    void score_anyCurvature_isTheProductOverTheLengthOfTheStep() {
        for (Curvature curvature : curvatures()) {
            try (ReferenceDirection v = direction(curvature, ITEMS.subList(0, 3));
                    InfluenceEstimator<ArraySource.Item> relative = Influence.of(SOURCE)
                            .direction(v)
                            .relative(curvature, Damping.relative(0.1))
                            .batchTokens(7)
                            .estimator();
                    InfluenceEstimator<ArraySource.Item> plain =
                            Influence.of(SOURCE).direction(v).estimator()) {
                InfluenceScores found = relative.score(ITEMS);
                InfluenceScores products = plain.score(ITEMS);
                for (int i = 0; i < ITEMS.size(); i++) {
                    try (ReferenceDirection step = direction(curvature, ITEMS.subList(i, i + 1))) {
                        double expected = products.value(i) / step.norm(); // both per token
                        assertThat(found.value(i)).as(curvature.kind()).isCloseTo(expected, within(2e-5 * v.norm()));
                    }
                }
            }
        }
    }

    /** Neither a larger loss nor more of the same moves it. */
    @Test
    void score_ofALargerGradient_isTheSame() {
        Curvature curvature = curvatures().get(0);
        try (ReferenceDirection v = direction(curvature, ITEMS.subList(0, 3));
                InfluenceEstimator<ArraySource.Item> relative = Influence.of(SOURCE)
                        .direction(v)
                        .relative(curvature, Damping.relative(0.1))
                        .estimator()) {
            InfluenceScores scores = relative.score(
                    List.of(ITEMS.get(4), ITEMS.get(4).scaled(64), ITEMS.get(4).scaled(0)));

            assertThat(scores.value(1)).isCloseTo(scores.value(0), within(1e-6 * v.norm()));
            assertThat(scores.value(0)).isNotZero();
            assertThat(scores.value(2)).isZero();
        }
    }

    @Test
    void relative_withWhatItDoesNotGoWith_isRefused() {
        Curvature curvature = curvatures().get(0);
        try (ReferenceDirection v = direction(curvature, ITEMS)) {
            assertThatThrownBy(() -> Influence.of(SOURCE)
                            .direction(v)
                            .relative(curvature, Damping.DEFAULT)
                            .cosine()
                            .estimator())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("relative(…) does not go with cosine()");
        }
    }
}
