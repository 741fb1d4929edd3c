// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.files.Visible;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Standard streams that cannot be written to, and texts that act on a terminal. */
class ConsoleTest {
    private static final String HOSTILE = "a\u001b]0;title\u0007b\u009bc\u007fd\u202ee\u2028f\rg\u2066h\th";
    private static final String SHOWN = "a\\u001b]0;title\\u0007b\\u009bc\\u007fd\\u202ee\\u2028f\\rg\\u2066h\\th";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static OutputStream failing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(reason);
            }
        };
    }

    /** One of each command that prints, and how help is asked for. */
    static Stream<List<String>> printing() {
        return Stream.of(
                List.of("select", "--dry-run"),
                List.of("select"),
                List.of("sample"),
                List.of("inspect"),
                List.of("embed"),
                List.of("train"),
                List.of("evaluate"),
                List.of("compare"),
                List.of("cluster"),
                List.of("--help"),
                List.of("select", "--help"),
                List.of("--version"),
                List.of());
    }

    private Object[] arguments(List<String> command) {
        SmallRun small = new SmallRun(folder);
        if (command.isEmpty() || command.contains("--help") || command.contains("--version")) {
            return command.toArray();
        }
        return switch (command.get(0)) {
            case "select" ->
                small.select(
                        folder.resolve("out"),
                        command.subList(1, command.size()).toArray());
            case "sample" ->
                new Object[] {"sample", "--pool", small.pool, "--out", folder.resolve("s.jsonl"), "--budget-tokens", 900
                };
            case "inspect" -> new Object[] {"inspect", small.pool};
            case "embed" ->
                new Object[] {"embed", "--pool", small.pool, "--embedder", "hashed", "--out", folder.resolve("rows.npy")
                };
            case "train" -> SmallRun.train(small.reference, folder.resolve("m"));
            case "evaluate" -> small.evaluate(small.pool);
            case "compare" -> compare(small);
            case "cluster" ->
                new Object[] {"cluster", "--embeddings", rows(), "--out", folder.resolve("c"), "--clusters", 2};
            default -> throw new AssertionError(command);
        };
    }

    private Object[] compare(SmallRun small) {
        String text = "{\"text\": \"" + "held out ".repeat(9);
        Path held = small.file("held.jsonl", text + "1\"}", text + "2\"}");
        List<Object> line = new ArrayList<>(List.of("compare", "--pool", small.pool, "--reference", small.reference));
        line.addAll(List.of("--holdout", held, "--methods", "random", "--out", folder.resolve("compared")));
        line.addAll(List.of("--budget-tokens", 900, "--common-tokens", 200, "--tokens", 200, "--seeds", 1));
        return line.toArray();
    }

    private Path rows() {
        Path file = folder.resolve("rows.npy");
        try (EmbeddingsWriter rows = EmbeddingsWriter.open(file, 4, 1, ElementType.FLOAT32, Map.of())) {
            rows.write(FloatBuffer.wrap(new float[] {0, 1, 8, 9}));
        }
        return file;
    }

    private int run(OutputStream standard, Object... arguments) {
        return Quad.run(
                Console.over(standard, err),
                Stream.of(arguments).map(String::valueOf).toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("printing")
    void output_full_isAnError(List<String> command) {
        int code = run(failing("No space left on device"), arguments(command));

        assertThat(code).as(errors()).isEqualTo(Quad.BAD_INPUT);
        assertThat(errors().lines().filter(line -> line.startsWith("quad: standard")))
                .containsExactly("quad: standard output cannot be written: No space left on device; what should stand"
                        + " there is lost, send it elsewhere");
    }

    @Test
    void output_notRead_endsQuietly() {
        assertThat(run(failing("Broken pipe"), "--help")).isEqualTo(Console.NOT_READ);
        assertThat(errors()).isEmpty();
    }

    @Test
    void errors_notWritten_doNotStopARun() {
        SmallRun small = new SmallRun(folder);
        int code = Quad.run(
                Console.over(out, failing("No space left on device")),
                Stream.of(small.select(folder.resolve("out")))
                        .map(String::valueOf)
                        .toArray(String[]::new));

        assertThat(code).isEqualTo(Quad.DONE);
        assertThat(folder.resolve("out/selected.jsonl.gz")).exists();
    }

    @Test
    void text_thatActs_isMadeVisible_whateverThePieces() {
        Outlet outlet = Outlet.over(out, StandardCharsets.UTF_8);
        String text = HOSTILE + " ü 数 😀\n";

        outlet.print(text);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            outlet.write(b);
        }
        outlet.flush();

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo((SHOWN + " ü 数 😀\n").repeat(2));
    }

    @Test
    void characters_thatTheEncodingLacks_areWrittenByTheirCode() {
        Outlet outlet = Outlet.over(out, StandardCharsets.US_ASCII);

        outlet.println("ü 😀");

        assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("\\u00fc \\ud83d\\ude00\n");
    }

    @Test
    void names_ofFieldsFilesKeysAndOptions_areMadeVisible() throws IOException {
        String json = "{\"id\": \"a\", \"text\": \"some text\", \"" + "k\\u001b]0;x\\u0007\\n\\u202e" + "\": 1}";
        Path pool = SmallRun.write(folder.resolve("pool\u001b[31m\n\u202e.jsonl"), json);
        Path config = SmallRun.write(folder.resolve("run.yaml"), "\"pool\\x1b[2J\\n\": 3");

        assertThat(run(out, "inspect", pool)).isEqualTo(Quad.DONE);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("  k\\u001b]0;x\\u0007\\n\\u202e  ");
        assertThat(run(out, "inspect", folder.resolve("absent\u001b[2J\u009b"))).isEqualTo(Quad.BAD_INPUT);
        assertThat(run(out, "select", "--config", config)).isEqualTo(Quad.BAD_INPUT);
        assertThat(run(out, "inspect", "--o\u001b[2J", "x")).isEqualTo(Quad.BAD_USAGE);
        assertThat(run(out, "select", "--seed", "\u001b[2J\u202e")).isEqualTo(Quad.BAD_USAGE);
        SmallRun small = new SmallRun(folder);
        assertThat(run(out, small.select(folder.resolve("o\u001b[2Jut")))).isEqualTo(Quad.DONE);

        assertThat((errors() + out.toString(StandardCharsets.UTF_8))
                        .codePoints()
                        .filter(Visible::acts))
                .allMatch(c -> c == '\n');
    }

    @Test
    void fields_withHostileNames_stayAligned() {
        Path pool = SmallRun.write(
                folder.resolve("pool.jsonl"),
                "{\"id\": \"a\", \"text\": \"t\", \"k\\u001b\\t😀\": 1, \"long name\": 2}");

        assertThat(run(out, "inspect", pool)).isEqualTo(Quad.DONE);

        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .contains("  id          string 1")
                .contains("  k\\u001b\\t😀  number 1")
                .contains("  long name   number 1");
    }
}
