// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import org.jspecify.annotations.Nullable;

/** What an implementation answers. */
final class Answers {
    private Answers() {}

    /** The answer, which is there. */
    static <R> R given(String call, @Nullable R answer) {
        if (answer == null) {
            throw new AssertionError(call + " gave null; it must give an answer");
        }
        return answer;
    }
}
