// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;

/** A mistake as a test, and what a caller without null checks hands over. */
final class Misuse {
    private Misuse() {}

    /** What a caller without null checks hands over. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    static <T> T nothing() {
        return null;
    }

    static DynamicTest misuse(String name, ThrowingCallable call, Class<?> type, String... words) {
        return dynamicTest(
                name, () -> assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(words));
    }

    static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IllegalArgumentException.class, words);
    }
}
