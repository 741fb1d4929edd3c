// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesOfRecordsTest {
    @TempDir
    private Path folder;

    @Test
    void choose_everything_leavesOutWhatSaysTheSame_andKeepsAllFields() throws IOException {
        Path pool = Files.writeString(folder.resolve("pool.jsonl"), """
                {"id": "a", "text": "one text", "kind": 1}
                {"id": "b", "text": "another"}
                {"id": "c", "text": "ONE  text"}
                """);
        Path target = folder.resolve("chosen.jsonl");

        List<Path> written = FilesOfRecords.choose(List.of(pool), folder.resolve("cache"), 1000, target);

        assertThat(written).containsExactly(target);
        assertThat(Files.readAllLines(target))
                .containsExactlyInAnyOrder(
                        "{\"id\": \"a\", \"text\": \"one text\", \"kind\": 1,\"chosen\":{\"place\":0}}",
                        "{\"id\": \"b\", \"text\": \"another\",\"chosen\":{\"place\":1}}");
    }
}
