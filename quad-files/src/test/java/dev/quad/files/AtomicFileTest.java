// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void file_onInterruptedThread_isWritten() {
        Thread.currentThread().interrupt();
        AtomicFile.write(folder.resolve("report.json"), "{}");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(folder.resolve("report.json")).hasContent("{}");
    }

    @Test
    void folder_asTarget_isNamed() {
        assertThatThrownBy(() -> AtomicFile.write(folder, "x"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot write " + folder)
                .hasMessageContaining("it is a folder");
    }

    @Test
    void folder_thatCannotBeMade_isTheReason() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "mine");
        for (Path target : List.of(Path.of("/proc/nothing/report.json"), file.resolve("report.json"))) {
            assertThatThrownBy(() -> AtomicFile.create(target))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith("cannot write " + target + ": its folder cannot be made")
                    .hasMessageEndingWith("; choose another place");
        }
        assertThat(file).hasContent("mine");
    }

    @Test
    void file_notCommitted_leavesWhatWasThere() throws IOException {
        Path file = Files.writeString(folder.resolve("kept"), "before");
        try (AtomicFile out = AtomicFile.create(file)) {
            out.stream().write(1);
        }
        assertThat(file).hasContent("before");
        assertThat(folder.toFile().list()).containsExactly("kept");
    }
}
