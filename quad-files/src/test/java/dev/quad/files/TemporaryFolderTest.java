// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {
    @TempDir
    private Path place;

    /** Makes a folder with files, says so, and waits to be ended. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] arguments) throws Exception {
            TemporaryFolder folder = TemporaryFolder.in(Path.of(arguments[0]));
            Files.createDirectories(folder.path().resolve("a/b"));
            Files.writeString(folder.path().resolve("a/b/text"), "what a user wrote");
            System.out.println(folder.path());
            System.in.read();
        }
    }

    private record Running(Process process, Path folder) {}

    private Running owner() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        place.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        return new Running(process, Path.of(line));
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> entries = Files.list(place)) {
            return entries.toList();
        }
    }

    @Test
    void folder_isForItsUserOnly_andGoesWhenClosed() throws IOException {
        try (TemporaryFolder folder = TemporaryFolder.in(place)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())))
                    .isEqualTo("rwx------");
            Files.createDirectories(folder.path().resolve("a/b"));
            Files.createSymbolicLink(folder.path().resolve("link"), Files.createFile(place.resolve("kept")));
        }

        assertThat(left()).containsExactly(place.resolve("kept"));
    }

    /** A process started in the background or by nohup does not hear all, nor do its children. */
    private static boolean isHeard(int signal) throws IOException {
        String ignored = Files.readString(Path.of("/proc/self/status")).replaceFirst("(?s).*SigIgn:\\s*(\\w+).*", "$1");
        return (Long.parseUnsignedLong(ignored, 16) & 1L << (signal - 1)) == 0;
    }

    @Test
    void signals_removeIt() throws Exception {
        for (Map.Entry<String, Integer> each :
                Map.of("HUP", 1, "INT", 2, "TERM", 15).entrySet()) {
            String signal = each.getKey();
            if (!isHeard(each.getValue())) {
                continue;
            }
            Running running = owner();
            assertThat(running.folder).isDirectory();

            new ProcessBuilder("kill", "-" + signal, Long.toString(running.process.pid()))
                    .start()
                    .waitFor();

            assertThat(running.process.waitFor()).as(signal).isGreaterThan(128);
            assertThat(left()).as(signal).isEmpty();
        }
    }

    @Test
    void killed_isSweptByTheNext_andTheLivingIsNot() throws Exception {
        Running living = owner();
        Running killed = owner();
        killed.process.destroyForcibly().waitFor();
        assertThat(killed.folder.resolve("a/b/text")).exists();
        Path own = Files.createDirectories(place.resolve("quad-0123456789abcdef"));
        Files.writeString(own.resolve("thesis.tex"), "a user's, by an unlikely name");
        Path other = Files.createDirectories(place.resolve("quad-demo"));

        try (TemporaryFolder first = TemporaryFolder.in(place);
                TemporaryFolder second = TemporaryFolder.in(place)) {
            assertThat(left()).containsExactlyInAnyOrder(living.folder, own, other, first.path(), second.path());
            assertThat(own.resolve("thesis.tex")).exists();
        }

        living.process.getOutputStream().close();
        assertThat(living.process.waitFor()).isZero();
        assertThat(left()).containsExactlyInAnyOrder(own, other);
    }

    @Test
    void killed_beforeItWasMarked_isSwept() throws IOException {
        Files.createDirectory(place.resolve("quad-0123456789abcdef"));

        TemporaryFolder.in(place).close();

        assertThat(left()).isEmpty();
    }

    @Test
    void place_missing_isSaid() {
        Path missing = place.resolve("missing");

        assertThatThrownBy(() -> TemporaryFolder.in(missing))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("no temporary folder can be made in " + missing + ": it is not there");
    }

    @Test
    void many_atOnce_doNotSweepEachOther() throws IOException {
        IntStream.range(0, 64).parallel().forEach(i -> {
            try (TemporaryFolder folder = TemporaryFolder.in(place)) {
                Files.writeString(folder.path().resolve("x"), "x");
                assertThat(folder.path().resolve("x")).exists();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        assertThat(left()).isEmpty();
    }
}
