// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DampingTest {

    @Test
    void lambda_relative_isAShareOfTheMean() {
        assertThat(Damping.relative(0.1).rule(20, Double.NaN, Double.NaN).weight(3, Double.NaN, Double.NaN))
                .isEqualTo(1.0 / 5);
    }

    @Test
    void lambda_absolute_isTheSameForAnyMean() {
        assertThat(Damping.absolute(0.25).rule(20, Double.NaN, Double.NaN).weight(3, Double.NaN, Double.NaN))
                .isEqualTo(1 / 3.25);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-300, Double.NaN, Double.POSITIVE_INFINITY})
    void factories_outOfRange_nameTheValue(double value) {
        assertThatThrownBy(() -> Damping.relative(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("factor is " + value);
        assertThatThrownBy(() -> Damping.absolute(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lambda is " + value);
    }
}
