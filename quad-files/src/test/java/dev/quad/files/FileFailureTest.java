// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FileFailureTest {

    static Stream<Arguments> failures() {
        String denied = ": permission denied; allow this user to ";
        String elsewhere = "write to its folder, or choose another place";
        return Stream.of(
                Arguments.of(new AccessDeniedException("a"), denied + elsewhere, denied + "read it"),
                Arguments.of(
                        new FileNotFoundException("a (old) (Permission denied)"),
                        denied + elsewhere,
                        denied + "read it"),
                Arguments.of(
                        new IOException("No space left on device"),
                        ": No space left on device; free some space, or choose another place",
                        ": No space left on device"),
                Arguments.of(
                        new FileSystemException("a", null, "Read-only file system"),
                        ": Read-only file system; choose another place",
                        ": Read-only file system"),
                Arguments.of(
                        new NoSuchFileException("a"),
                        ": what was unfinished of it was taken away; another run may be writing to the same place:"
                                + " give each its own",
                        ": it is not there; check the name"),
                Arguments.of(new EOFException(), ": it ends too early", ": it ends too early"),
                Arguments.of(
                        new ClosedChannelException(),
                        ": the system does not say why",
                        ": the system does not say why"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failure_isSaidWithoutTheNameOfItsClass(IOException e, String writing, String reading) {
        Path file = Path.of("folder", "a");
        assertThat(FileFailure.writing(file, e))
                .hasMessage("cannot write " + file + writing)
                .hasCause(e);
        assertThat(FileFailure.reading(file, e))
                .hasMessage("cannot read " + file + reading)
                .hasCause(e);
    }
}
