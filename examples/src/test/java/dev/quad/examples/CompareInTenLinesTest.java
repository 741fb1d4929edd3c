// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.pipeline.Chosen;
import dev.quad.pipeline.Comparison;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareInTenLinesTest {
    @TempDir
    private Path folder;

    private Path file(String name, int count, IntFunction<String> text) throws IOException {
        return Files.write(
                folder.resolve(name),
                IntStream.range(0, count)
                        .mapToObj(i -> "{\"text\": \"" + text.apply(i) + "\"}")
                        .toList());
    }

    private static String sum(int i) {
        return i + " plus " + 7 * i + " is " + 8 * i + ", and " + i + " plus " + i + " is " + 2 * i;
    }

    @Test
    void run_hasARowForEachMethod() throws IOException {
        Path documents = file(
                "documents.jsonl",
                180,
                i -> i % 3 == 0 ? sum(i) : "ferry " + i + " left the harbour at dawn with a crew of " + i % 17);
        Path references = file("references.jsonl", 10, i -> sum(1_000 + i));
        Path heldOut = file("held.jsonl", 10, i -> sum(2_000 + i));

        Comparison comparison = CompareInTenLines.run(documents, references, heldOut, folder.resolve("out"));

        assertThat(comparison.chosen()).extracting(Chosen::method).containsExactly("random", "dsir", "quad");
        assertThat(comparison.csv().lines()).hasSize(4);
        assertThat(comparison.evaluation().files()).hasSize(3);
        assertThat(folder.resolve("out/comparison.json")).exists();
    }
}
