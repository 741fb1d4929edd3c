// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.linalg.Floats;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** All ways give the same scores, and no memory is left. */
class GradientStoreBenchmarkTest {
    @Test
    void store_anyQueries_givesTheScoresOfTheProductAndTheLoop() throws IOException {
        long before = Floats.liveBytes();
        try (GradientStoreCase work = GradientStoreCase.of(2100, 3)) {
            double[][] found = work.store();
            double[][] loop = work.loop();
            Floats product = work.product();
            for (int q = 0; q < 3; q++) {
                for (int i = 0; i < 2100; i++) {
                    assertThat(found[q][i]).isCloseTo(loop[q][i], within(1e-3));
                    assertThat((double) product.get(i * 3 + q)).isCloseTo(loop[q][i], within(1e-3));
                }
            }
            assertThat(found[1][1]).isGreaterThan(10); // with itself
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }
}
