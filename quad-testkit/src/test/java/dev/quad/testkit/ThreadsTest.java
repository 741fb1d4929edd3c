// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ThreadsTest {
    @Test
    void manyTimes_assertionFails_saysWhat() {
        assertThatThrownBy(() -> Threads.manyTimes(
                        1000, i -> assertThat(i).as("the number of a call").isLessThan(500)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the number of a call");
    }

    @Test
    void in_exceptionWithACause_isTheOneThrown() {
        RuntimeException thrown = new IllegalStateException("outer", new IllegalStateException("inner"));
        assertThatThrownBy(() -> Threads.in(2, () -> {
                    throw thrown;
                }))
                .isSameAs(thrown);
    }
}
