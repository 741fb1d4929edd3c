// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quad.InputException;
import dev.quad.files.Unchecked;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One line for what the input and the machine are to blame for, also as errors of the JVM; a trace for faults of Quad.
 */
class FailureTest {
    @TempDir
    private Path folder;

    static Stream<Arguments> known() {
        return Stream.of(
                Arguments.of(new OutOfMemoryError("Java heap space"), "QUAD_JAVA_OPTS=-Xmx"),
                Arguments.of(new ExecutionException(new OutOfMemoryError("Java heap space")), "QUAD_JAVA_OPTS=-Xmx"),
                Arguments.of(new OutOfMemoryError("unable to create native thread: …"), "--threads 1"),
                Arguments.of(
                        new OutOfMemoryError("Cannot reserve 8 bytes of direct buffer memory"),
                        "outside the Java heap"),
                Arguments.of(new IllegalStateException(new StackOverflowError()), "QUAD_JAVA_OPTS=-Xss"),
                Arguments.of(new UnsatisfiedLinkError("/tmp/x.so: failed to map segment"), "TMPDIR"),
                Arguments.of(
                        new NoClassDefFoundError("Could not initialize class X")
                                .initCause(
                                        new ExceptionInInitializerError(new InputException("no place for libraries"))),
                        "no place for libraries"),
                Arguments.of(
                        new ExceptionInInitializerError(new UnsatisfiedLinkError("no x in java.library.path")),
                        "TMPDIR"),
                Arguments.of(new NoClassDefFoundError("dev/quad/Gone"), "dev/quad/Gone"),
                Arguments.of(new RuntimeException(new InputException("bad file")), "quad: bad file"),
                Arguments.of(new UncheckedIOException(new NoSuchFileException("a.x")), "a.x is not there"),
                Arguments.of(new UncheckedIOException("cannot write b.x", new IOException("gone")), "cannot write b.x"),
                Arguments.of(ofLibrary(new NoSuchFileException("a.x")), "quad: a.x is not there; check the name"),
                Arguments.of(ofLibrary(new IOException("No space left on device")), "(b.x: No space left on device)"),
                Arguments.of(ofLibrary(new IOException("No space left on device")), "--temp"),
                Arguments.of(new AccessDeniedException("a.x"), "check its permissions"),
                Arguments.of(
                        new FileSystemException("a.x", null, "Read-only file system"), "a.x: Read-only file system"),
                Arguments.of(new IOException("No space left on device"), "--temp"));
    }

    /** What a public method of a library makes of it. */
    private static Throwable ofLibrary(IOException e) {
        return catchThrowable(() -> Unchecked.run(Path.of("b.x"), () -> {
            throw e;
        }));
    }

    @ParameterizedTest
    @MethodSource("known")
    void blame_ofInputOrMachine_isOneLine(Throwable thrown, String said) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Failure.of(thrown).print(Outlet.over(bytes, StandardCharsets.UTF_8));

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains(said)
                .startsWith("quad: ")
                .hasLineCount(1);
    }

    @Test
    void fault_ofQuad_comesWithItsTrace_andWhereToReportIt() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Failure.of(new ExceptionInInitializerError(new NullPointerException("x")))
                .print(Outlet.over(bytes, StandardCharsets.UTF_8));

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .startsWith("quad: this is a fault of Quad ")
                .contains(
                        "NullPointerException: x. Please report it",
                        "\n    at " + getClass().getName());
    }

    @Test
    void errors_ofThreads_comeOutAsTheyAre() {
        OutOfMemoryError error = new OutOfMemoryError("Java heap space");
        Throwable thrown = catchThrowable(() -> ThreadsOption.on(2, () -> {
            IntStream.range(0, 64).parallel().forEach(i -> {
                throw error;
            });
            return 0;
        }));

        assertThat(Failure.of(thrown).fault()).isEmpty();
        assertThat(Failure.of(thrown).message()).contains("-Xmx");
    }

    @ParameterizedTest
    @MethodSource("deep")
    void config_nestedTooDeep_isSaid(String yaml) {
        Path file = SmallRun.write(folder.resolve("run.yaml"), yaml);

        Outcome outcome = Outcome.of("select", "--config", file);

        assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.err()).hasLineCount(1).contains("run.yaml").containsAnyOf("nested too deep", "not YAML");
    }

    static List<String> deep() {
        return List.of(
                "clusters: " + "[".repeat(100_000),
                "clusters: " + "[".repeat(3_000) + "]".repeat(3_000),
                "{a: ".repeat(50_000),
                "- ".repeat(50_000));
    }

    @Test
    void config_valueInItself_isSaid() {
        Path file = SmallRun.write(folder.resolve("run.yaml"), "clusters: &a [ [ *a ] ]");

        assertThat(Outcome.of("select", "--config", file).err())
                .isEqualTo("quad: " + file + ": the key \"clusters\" has a list in it; allowed is a value, or a list of"
                        + " values\n");
    }

    @Test
    void memory_runsOut_namesWhatNeededIt() throws Exception {
        Path pool = SmallRun.write(
                folder.resolve("pool.jsonl"), "{\"id\": \"a\", \"text\": \"" + "word ".repeat(9_000_000) + "\"}");

        int code = OwnProcess.run(folder, List.of("-Xmx24m"), "inspect", pool);

        String log = Files.readString(folder.resolve("process.log"));
        assertThat(code).as(log).isEqualTo(Quad.BAD_INPUT);
        assertThat(log)
                .contains("quad: the memory of ", " MB ran out in the stage \"reading\"", "QUAD_JAVA_OPTS=-Xmx")
                .doesNotContain("    at ");
    }

    @Test
    void name_withNul_isASentence() {
        Outcome outcome = Outcome.of("inspect", "a\0b");

        assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err())
                .contains("\"a\\u0000b\" cannot be the name of a file: it has a NUL character")
                .doesNotContain("interface", "Exception")
                .hasLineCount(2);
    }

    @Test
    void name_thatBeginsWithAt_isThatOfTheFile() {
        assertThat(Outcome.of("inspect", "@/etc/passwd").err())
                .startsWith("quad: @/etc/passwd does not exist")
                .doesNotContain("root:");
    }
}
