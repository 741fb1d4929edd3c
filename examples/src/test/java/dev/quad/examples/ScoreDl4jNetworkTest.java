// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScoreDl4jNetworkTest {
    @Test
    void run_pointsWithWrongLabels_haveTheLowestScores() {
        assertThat(ScoreDl4jNetwork.run()).isGreaterThan(0.5); // a tenth by chance
    }
}
