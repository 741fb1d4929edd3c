// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.linalg.Floats;
import org.junit.jupiter.api.Test;

/** What is measured is what is meant: the operations of a small case, and no memory left. */
class EngineBenchmarkTest {
    @Test
    void operations_ofASmallLayer_areThoseOfTheFormulas() {
        long before = Floats.liveBytes();
        try (EngineCase work = EngineCase.of("24x16")) {
            assertThat(work.product()).isEqualTo(2.0 * 4096 * 24 * 16);
            assertThat(work.score()).isEqualTo(4 * 2.0 * 4096 * 24 * 16);
            assertThat(work.covariance()).isEqualTo(4.0 * 4096 * (16 * 17 + 24 * 25));
            assertThat(work.ekfac()).isEqualTo(4 * 2.0 * 4096 * (16 * 16 + 24 * 24 + 16 * 24));
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }
}
