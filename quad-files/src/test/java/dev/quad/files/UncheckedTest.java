// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UncheckedTest {
    private static final Path FILE = Path.of("folder", "a");

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(new NoSuchFileException("b"), "b is not there; check the name"),
                Arguments.of(new AccessDeniedException("b"), "b may not be read or written; check its permissions"),
                Arguments.of(
                        new FileSystemException("b", null, "Read-only file system"),
                        "b: Read-only file system; choose a place that can be written to"),
                Arguments.of(new FileNotFoundException("folder/a (Is a directory)"), "folder/a (Is a directory)"),
                Arguments.of(new IOException("Input/output error"), "folder/a: Input/output error"),
                Arguments.of(new EOFException(), "folder/a: java.io.EOFException"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusal_isUnchecked_andNamesTheFile(IOException e, String message) {
        assertThatThrownBy(() -> Unchecked.run(FILE, () -> {
                    throw e;
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage(message)
                .hasRootCause(e);
        assertThatThrownBy(() -> Unchecked.get(FILE, () -> {
                    throw e;
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage(message)
                .hasRootCause(e);
    }

    @Test
    void get_whatIsRead_comesBack() {
        assertThat(Unchecked.get(FILE, () -> 3)).isEqualTo(3);
    }
}
