// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class InfluenceEstimatorTest {
    private boolean closed;

    private final InfluenceEstimator<Integer> lengths = new InfluenceEstimator<>() {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(
                    items.stream().mapToDouble(Integer::doubleValue).toArray());
        }

        @Override
        public String fingerprint() {
            return "lengths";
        }

        @Override
        public OptionalDouble flopsPerToken() {
            return OptionalDouble.of(12);
        }

        @Override
        public void close() {
            closed = true;
        }
    };

    @Test
    void from_aView_scoresWhatIsMadeOfEachItem() {
        try (InfluenceEstimator<String> ofTexts = lengths.from(String::length)) {
            InfluenceScores scores = ofTexts.score(List.of("a", "four", ""));

            assertThat(scores).isEqualTo(lengths.score(List.of(1, 4, 0)));
            assertThat(ofTexts.fingerprint()).isEqualTo("lengths");
            assertThat(ofTexts.flopsPerToken()).hasValue(12);
            assertThat(closed).isFalse();
        }
        assertThat(closed).isTrue();
    }

    private static InfluenceEstimator<Integer> flagging(int bad) {
        return new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends Integer> items) {
                InfluenceScores.Builder scores = InfluenceScores.builder().countTokens(7);
                items.forEach(item -> {
                    if (item == bad) {
                        scores.flag("bad " + bad);
                    } else {
                        scores.add(100);
                    }
                });
                return scores.build();
            }

            @Override
            public String fingerprint() {
                return "flagging " + bad;
            }
        };
    }

    @Test
    void sum_ofEstimators_isWeighted_andFlagsWhatOneOfThemFlags() {
        try (InfluenceEstimator<Integer> sum = InfluenceEstimator.sum(List.of(lengths, flagging(2)), 2, -0.5)) {
            InfluenceScores scores = sum.score(List.of(1, 2, 3));

            assertThat(scores.value(0)).isEqualTo(2 - 50.0);
            assertThat(scores.reason(1)).hasValue("bad 2");
            assertThat(scores.value(2)).isEqualTo(6 - 50.0);
            assertThat(scores.tokens()).isEqualTo(7);
            assertThat(sum.flopsPerToken()).isEmpty();
            assertThat(sum.fingerprint())
                    .isNotEqualTo(InfluenceEstimator.sum(List.of(lengths, flagging(2)), 1, -0.5)
                            .fingerprint());
        }
        assertThat(closed).isTrue();
        assertThat(InfluenceEstimator.sum(List.of(lengths, lengths), 1, 1).flopsPerToken())
                .hasValue(24);
        assertThat(InfluenceEstimator.sum(List.of(lengths), 1e308)
                        .score(List.of(10))
                        .reason(0))
                .hasValue("the weighted sum of its scores is Infinity");
    }

    @Test
    void sum_ofAnotherNumberOfWeights_isRefused() {
        assertThatThrownBy(() -> InfluenceEstimator.sum(List.of(lengths), 1, 2))
                .hasMessageContaining("there are 1 estimators with 2 weights");
        assertThatThrownBy(() -> InfluenceEstimator.sum(List.of(lengths), Double.NaN))
                .hasMessageContaining("the weights are [NaN]");
    }
}
