// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineInTenLinesTest {
    @TempDir
    private Path folder;

    private Path documents;
    private Path references;

    @BeforeEach
    void files() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 180; i++) {
            String text = i % 3 == 0
                    ? i + " plus " + 7 * i + " is " + 8 * i + ", and " + i + " plus " + i + " is " + 2 * i
                    : "ferry " + i + " left the harbour at dawn with a crew of " + (i % 17)
                            + ", and drifted past the cape";
            lines.add("{\"id\": \"d" + i + "\", \"text\": \"" + text + "\", \"kept\": [" + i + "]}");
        }
        lines.add(lines.get(0).replace("\"d0\"", "\"again\""));
        documents = Files.write(folder.resolve("documents.jsonl"), lines);
        references = Files.write(
                folder.resolve("references.jsonl"),
                List.of("{\"text\": \"12 plus 30 is 42, and 12 plus 12 is 24\"}", "{\"text\": \"5 plus 5 is 10\"}"));
    }

    @Test
    void run_writesTheBytesThatTheCommandWrites() throws Exception {
        Path selected = folder.resolve("selected.jsonl.gz");
        Path work = folder.resolve("work");
        Selection first = PipelineInTenLines.run(documents, references, work, selected);
        Path out = folder.resolve("out");
        command(
                "select",
                "--pool",
                documents.toString(),
                "--reference",
                references.toString(),
                "--out",
                out.toString(),
                "--budget-tokens",
                "4000");

        assertThat(selected).hasSameBinaryContentAs(out.resolve("selected.jsonl.gz"));
        assertThat(first.choices()).hasSizeGreaterThan(20);
        assertThat(PipelineInTenLines.run(documents, references, work, folder.resolve("again.jsonl.gz")))
                .as("from what is kept")
                .isEqualTo(first);
        byte[] before = Files.readAllBytes(documents);
        assertThatThrownBy(() -> PipelineInTenLines.run(documents, references, work, documents))
                .hasMessageContaining(documents + " is there already, and no file is replaced");
        assertThat(documents).hasBinaryContent(before);
    }

    private void command(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.quad.cli.Quad"));
        line.addAll(List.of(arguments));
        Path log = folder.resolve("command.log");
        int code = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(code).as(Files.readString(log)).isZero();
    }
}
