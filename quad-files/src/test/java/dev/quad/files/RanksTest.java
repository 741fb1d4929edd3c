// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RanksTest {
    @Test
    void correlation_isThatOfRanks() {
        assertThat(Ranks.correlation(new double[] {1, 2, 3, 4}, new double[] {10, 20, 300, 4000}))
                .isEqualTo(1);
        // 1 − 6 Σ d² / (n (n² − 1)) with d = 1, 1, 1, 1
        assertThat(Ranks.correlation(new double[] {1, 2, 3, 4}, new double[] {2, 1, 4, 3}))
                .isCloseTo(0.6, within(1e-12));
        assertThat(Ranks.correlation(new double[] {1, 1, 2}, new double[] {5, 5, 9}))
                .isEqualTo(1);
    }

    @Test
    void correlation_whereAllAreEqual_isNone() {
        assertThat(Ranks.correlation(new double[] {3, 3}, new double[] {1, 2})).isNaN();
    }
}
