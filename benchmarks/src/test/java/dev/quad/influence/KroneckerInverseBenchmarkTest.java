// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.linalg.Floats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KroneckerInverseBenchmarkTest {

    @ParameterizedTest
    @ValueSource(strings = {"1x1", "3x5", "16x8", "24x32"})
    void kernel_tinyShape_equalsTheDenseSolve(String shape) {
        try (KroneckerCase work = KroneckerCase.of(shape);
                Floats result = work.kernel()) {
            assertClose(result.toArray(), work.cholesky(work.dense()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1x1", "3x5", "24x32"})
    void triangles_tinyShape_equalsTheDenseSolve(String shape) {
        try (KroneckerCase work = KroneckerCase.of(shape);
                Floats result = work.triangles()) {
            assertClose(result.toArray(), work.cholesky(work.denseFactored()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"3x5", "384x128"})
    void kernel_anyShape_equalsNd4j(String shape) {
        try (KroneckerCase work = KroneckerCase.of(shape);
                Floats result = work.kernel()) {
            assertClose(result.toArray(), work.nd4j().dup('c').data().asFloat());
        }
    }

    @Test
    void allWays_afterClose_leaveNoNativeMemory() {
        long before = Floats.liveBytes();
        try (KroneckerCase work = KroneckerCase.of("40x30")) {
            work.kernel().close();
            work.triangles().close();
            assertThat(work.products()).isFinite();
        }
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** Within 10⁻⁴ of the largest value. */
    private static void assertClose(float[] actual, float[] expected) {
        double largest = 0;
        for (float x : expected) {
            largest = Math.max(largest, Math.abs(x));
        }
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4 * largest));
        }
    }
}
