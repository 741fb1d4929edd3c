// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DatamodelingScoreTest {
    private static final int[][] SUBSETS = DatamodelingScore.subsets(60);

    /**
     * Gains that are sums over documents are foretold by what is added up, whatever its unit, and not by anything else.
     */
    @Test
    void score_ofAddedGains_isOneOfThemAlone() {
        RandomGenerator random = new Seed(1).stream("gains");
        double[] each = random.doubles(200, -1, 1).toArray();
        double[] others = random.doubles(200, -1, 1).toArray();
        double[] gains = DatamodelingScore.predicted(each, SUBSETS);

        assertThat(score(Arrays.stream(each).map(value -> 3 * value + 1).toArray(), gains))
                .isCloseTo(1, within(1e-12));
        assertThat(score(Arrays.stream(each).map(value -> -value).toArray(), gains))
                .isCloseTo(-1, within(1e-12));
        assertThat(score(others, gains)).isBetween(-0.5, 0.5);
    }

    /** Halves, each of other documents. */
    @Test
    void subsets_areHalvesOfTheirOwn() {
        for (int[] subset : SUBSETS) {
            assertThat(subset).hasSize(100).doesNotHaveDuplicates();
            assertThat(IntStream.of(subset)).allMatch(i -> i >= 0 && i < 200);
        }
        assertThat(SUBSETS[0]).isNotEqualTo(SUBSETS[1]);
    }

    private static double score(double[] scores, double... gains) {
        return DatamodelingScore.spearman(DatamodelingScore.predicted(scores, SUBSETS), gains);
    }
}
