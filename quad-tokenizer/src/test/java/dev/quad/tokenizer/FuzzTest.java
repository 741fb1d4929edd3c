// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuzzTest {
    @TempDir
    private Path folder;

    /** In a process of its own, which an abort of the library would end. {@code -Dquad.fuzz.tries} gives more seeds. */
    @Test
    void damagedFiles_endNoProcess() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx400m",
                "-cp",
                System.getProperty("java.class.path"),
                Fuzz.class.getName()));
        for (String name : List.of(
                "bytes-str", "bytes-added", "llama2", "llama3", "unigram", "charsmap", "wordpiece", "wordlevel")) {
            command.add(Files.writeString(
                            folder.resolve(name + ".json"), TokenizerFileTest.resource("honest/" + name + ".json"))
                    .toString());
        }
        Path mutant = folder.resolve("mutant.json");
        command.addAll(List.of("1", System.getProperty("quad.fuzz.tries", "12"), mutant.toString()));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();

        assertThat(process.waitFor()).as(() -> output + "\n" + mutant).isZero();
        assertThat(Files.readString(output)).containsPattern("[1-9]\\d* taken, [1-9]\\d* refused");
    }
}
