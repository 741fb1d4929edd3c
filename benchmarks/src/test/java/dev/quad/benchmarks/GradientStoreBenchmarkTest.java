// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.influence.RowForm;
import dev.quad.linalg.Floats;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All ways give the same scores, and no memory is left. */
class GradientStoreBenchmarkTest {
    @ParameterizedTest
    @EnumSource(RowForm.class)
    void store_anyQueries_givesTheScoresOfTheProductAndTheLoop(RowForm form) throws IOException {
        double error = switch (form) { // of scores of some 20, the largest: half steps that cancel
            case SINGLE -> 1e-3;
            case BFLOAT16 -> 2e-2;
            case INT8 -> 5e-2;
        };
        long before = Floats.liveBytes();
        try (GradientStoreCase work = GradientStoreCase.of(2100, 3, form)) {
            double[][] found = work.store();
            double[][] loop = work.loop();
            Floats product = work.product();
            for (int q = 0; q < 3; q++) {
                for (int i = 0; i < 2100; i++) {
                    assertThat(found[q][i]).isCloseTo(loop[q][i], within(error));
                    assertThat((double) product.get(i * 3 + q)).isCloseTo(loop[q][i], within(1e-3));
                }
            }
            assertThat(work.top(1).get(1).get(0).item()).isEqualTo(1);
            assertThat(found[1][1]).isGreaterThan(10); // with itself
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }
}
