// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThat;

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
}
