// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.QuadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // closed early
class OutputLockTest {
    @TempDir
    private Path folder;

    @Test
    void folder_heldOnce_isRefusedToOthersUntilClosed() {
        Path out = folder.resolve("a").resolve("out");
        try (OutputLock first = OutputLock.ofFolder(out)) {
            assertThat(out.resolve(OutputLock.IN_FOLDER)).exists();
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> OutputLock.ofFolder(folder.resolve("a/b/../out")))
                        .isInstanceOf(QuadException.class)
                        .hasMessageContaining("is being written by another run; wait for it");
            }
            first.close();
            OutputLock.ofFolder(out).close();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void folder_withWhatWasWritten_staysWithoutTheLock() throws IOException {
        Path out = folder.resolve("out");
        try (OutputLock lock = OutputLock.ofFolder(out)) {
            Files.writeString(out.resolve(".model.json.0.made-by-quad"), "half");
            Files.writeString(out.resolve(".model.json.made-by-quad"), "half");
            Files.writeString(out.resolve(".model.json.old.tmp"), "not ours");
            lock.removeUnfinished(out.resolve("model.json"));
        }
        assertThat(out).isDirectoryContaining(file -> file.endsWith(".model.json.old.tmp"));
        try (var files = Files.list(out)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void leftOfARunThatWasKilledWhenItsFileWasWhole_isRemoved() throws IOException {
        Path out = Files.writeString(folder.resolve("out.npy"), "whole");
        assertThat(OutputLock.removeLeft(out)).isFalse();
        Files.writeString(folder.resolve(".out.npy.lock"), "");
        Files.writeString(folder.resolve("out.npy.0123456789abcdef.part.log"), "1 00000000");
        assertThat(OutputLock.removeLeft(out)).isTrue();
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(out);
        }
    }

    @Test
    void file_heldOnce_isRefusedToOthersUntilClosed() throws IOException {
        Path out = folder.resolve("out.npy");
        Files.writeString(folder.resolve(".out.npy.lock"), ""); // of a run that was killed
        try (OutputLock lock = OutputLock.ofFile(out);
                OutputLock other = OutputLock.ofFile(folder.resolve("other.npy"))) {
            assertThatThrownBy(() -> OutputLock.ofFile(out)).hasMessageStartingWith(out + " is being written");
            lock.close();
            other.close();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void file_ofAUserByTheNameOfALock_isRefusedAndStays() throws IOException {
        Path users = Files.writeString(folder.resolve(OutputLock.IN_FOLDER), "notes");

        assertThatThrownBy(() -> OutputLock.ofFolder(folder))
                .isInstanceOf(QuadException.class)
                .hasMessageContaining(users.getFileName() + " is not the lock of a run");

        assertThat(users).hasContent("notes");
    }

    @Test
    void process_holdingTheLock_keepsOthersOutUntilItDies() throws Exception {
        Path out = folder.resolve("out");
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Holder.class.getName(),
                        out.toString())
                .start();
        try (InputStream said = holder.getInputStream()) {
            assertThat(said.read()).isEqualTo('1');
            assertThatThrownBy(() -> OutputLock.ofFolder(out)).isInstanceOf(QuadException.class);
        } finally {
            holder.destroyForcibly().waitFor();
        }
        assertThat(out.resolve(OutputLock.IN_FOLDER)).exists();
        OutputLock.ofFolder(out).close();
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void place_thatCannotBeWritten_isNamed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> OutputLock.ofFolder(file.resolve("out")))
                .hasMessageStartingWith("cannot write " + file.resolve("out"));
    }

    /** Another process, which holds the lock until it is killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            try (OutputLock lock = OutputLock.ofFolder(Path.of(arguments[0]))) {
                lock.removeUnfinished(Path.of(arguments[0], "none"));
                System.out.write('1');
                System.out.flush();
                while (System.in.read() >= 0) {
                    // until the kill
                }
            }
        }
    }
}
