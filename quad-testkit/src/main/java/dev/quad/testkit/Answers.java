// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a test class hands over, and what an implementation answers. */
final class Answers {
    private Answers() {}

    /** The answer, which is there. */
    static <R> R given(String call, @Nullable R answer) {
        if (answer == null) {
            throw new AssertionError(call + " gave null; it must give an answer");
        }
        return answer;
    }

    /** What a method of the test class makes, which is there. */
    static <R> R made(String method, @Nullable R made) {
        if (made == null) {
            throw new AssertionError(
                    "the test class's " + method + " gave null; override it to give what its documentation says");
        }
        return made;
    }

    /** Items of the test class: enough, and all there. */
    static <T> List<T> items(String method, int least, @Nullable List<T> items) {
        List<T> all = made(method, items);
        if (all.size() < least || all.stream().anyMatch(Objects::isNull)) {
            throw new AssertionError("the test class's " + method + " gave " + all + "; give at least " + least
                    + " items, none null, as its documentation says");
        }
        return all;
    }
}
