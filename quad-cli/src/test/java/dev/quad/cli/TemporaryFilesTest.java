// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Temporary files go where they are told to, and do not stay: after errors, signals and kills. */
class TemporaryFilesTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private Path place;
    private Path pool;

    @BeforeEach
    void files() throws IOException {
        small = new SmallRun(folder);
        place = Files.createDirectory(folder.resolve("place"));
        pool = SmallRun.write(folder.resolve("pool.jsonl.gz"), SmallRun.gzip(Files.readAllBytes(small.pool)));
    }

    private List<String> left() throws IOException {
        while (true) {
            try (Stream<Path> entries = Files.walk(place)) {
                return entries.filter(Files::isRegularFile).map(Path::toString).toList();
            } catch (UncheckedIOException e) {
                assertThat(e.getCause()).isInstanceOf(NoSuchFileException.class); // renamed meanwhile: look again
            }
        }
    }

    private String[] java(Object... arguments) {
        return Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Quad.class.getName()),
                        Stream.of(arguments))
                .map(String::valueOf)
                .toArray(String[]::new);
    }

    @Test
    void errors_leaveNothing() throws IOException {
        Object[] dry =
                small.selectFrom(pool, folder.resolve("absent"), folder.resolve("out"), "--dry-run", "--temp", place);
        assertThat(Outcome.of(dry).code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(Outcome.of(small.selectFrom(
                                pool, small.reference, folder.resolve("out"), "--dry-run", "--temp", place))
                        .code())
                .isEqualTo(Quad.DONE);
        assertThat(Outcome.of("inspect", pool, folder.resolve("absent"), "--temp", place)
                        .code())
                .isEqualTo(Quad.BAD_INPUT);

        assertThat(left()).isEmpty();
    }

    @Test
    void signals_leaveNothing_andTheNextRunSweepsWhatAKillLeft() throws Exception {
        for (String signal : List.of("TERM", "KILL")) {
            Path fifo = folder.resolve("pipe" + signal);
            assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                    .isZero();
            // writing its skipped lines to a pipe that nobody reads, it waits with the text unpacked
            Path bad = SmallRun.write(
                    folder.resolve("bad.jsonl.gz"),
                    SmallRun.gzip((Files.readString(small.pool) + "no json\n").getBytes(StandardCharsets.UTF_8)));
            Process process = new ProcessBuilder(java("inspect", bad, "--rejects", fifo, "--temp", place))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log" + signal).toFile())
                    .start();
            while (process.isAlive() && left().stream().noneMatch(file -> file.endsWith(".text"))) {
                Thread.onSpinWait();
            }
            assertThat(process.isAlive())
                    .as(Files.readString(folder.resolve("log" + signal)))
                    .isTrue();

            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();

            assertThat(process.waitFor()).isGreaterThan(128);
            if (!signal.equals("KILL")) {
                assertThat(left()).as(signal).isEmpty();
            }
        }
        assertThat(left()).isNotEmpty();

        assertThat(Outcome.of("inspect", pool, "--temp", place).code()).isEqualTo(Quad.DONE);

        assertThat(left()).isEmpty();
    }

    @Test
    void environment_namesThePlace() throws Exception {
        Path missing = folder.resolve("missing");
        ProcessBuilder builder = new ProcessBuilder(java("inspect", pool));
        builder.environment().put("TMPDIR", missing.toString());
        Process process =
                builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isEqualTo(Quad.BAD_INPUT);
        assertThat(said)
                .isEqualTo("quad: no temporary folder can be made in " + missing
                        + ": it is not there; name another place with --temp DIR, or by TMPDIR in the environment\n");
    }
}
