// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is measured is one thing computed in two ways. */
class EigenBenchmarkTest {

    @ParameterizedTest
    @ValueSource(strings = {"1x1", "24x16", "70x133"})
    void engine_anyShape_hasTheEigenvaluesOfTheLibrary(String shape) {
        try (EigenCase work = EigenCase.of(shape)) {
            double[] found = work.engine().eigenvalues(0);
            work.bare();
            double[] expected = work.bareEigenvalues();
            double largest = expected[expected.length - 1];
            assertThat(found).hasSameSizeAs(expected);
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-5 * largest));
            }
        }
    }
}
