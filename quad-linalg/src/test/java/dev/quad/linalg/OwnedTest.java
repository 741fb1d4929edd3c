// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.QuadException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnedTest {
    private final List<String> closed = new ArrayList<>();

    @Test
    void close_withoutRelease_closesAllTheLastFirst() {
        try (Owned parts = new Owned()) {
            parts.add(() -> closed.add("first"));
            parts.add(() -> closed.add("second"));
        }
        assertThat(closed).containsExactly("second", "first");
    }

    @Test
    void release_keepsAllOpen_andGivesTheWhole() {
        try (Owned parts = new Owned()) {
            parts.add(() -> closed.add("part"));
            assertThat(parts.release("whole")).isEqualTo("whole");
        }
        assertThat(closed).isEmpty();
    }

    @Test
    void close_ofAPartThatFails_closesTheOthersAndSaysWhy() {
        Owned parts = new Owned();
        parts.add(() -> closed.add("first"));
        parts.add(() -> {
            throw new IOException("no space left");
        });
        parts.add(() -> closed.add("third"));
        assertThatThrownBy(parts::close).isInstanceOf(QuadException.class).hasMessageContaining("no space left");
        assertThat(closed).containsExactly("third", "first");
    }

    @Test
    void close_afterAFailure_doesNotHideIt() {
        assertThatThrownBy(() -> {
                    try (Owned parts = new Owned()) {
                        parts.add(() -> {
                            throw new IllegalStateException("in closing");
                        });
                        throw new IllegalArgumentException("in making");
                    }
                })
                .hasMessage("in making")
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("in closing"));
    }
}
