// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.cluster.embeddings.EmbeddingsFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedTest {
    @TempDir
    private Path folder;

    @Test
    void embed_writesRowsThatSelectTakes_andThatGiveTheSelectionOfItsOwn() throws Exception {
        SmallRun small = new SmallRun(folder);
        for (String name : new String[] {"rows.npy", "rows.safetensors"}) {
            Path file = folder.resolve(name);
            Outcome outcome = Outcome.of("embed", "--pool", small.pool, "--out", file);
            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
            assertThat(EmbeddingsFile.open(file).rows()).isEqualTo(SmallRun.DOCUMENTS);
            Outcome again = Outcome.of("embed", "--pool", small.pool, "--out", file);
            assertThat(again.code()).isEqualTo(Quad.BAD_INPUT);
            assertThat(again.err()).contains(name);
        }
        Path own = folder.resolve("own");
        Path given = folder.resolve("given");
        assertThat(Outcome.of(small.select(own)).code()).isEqualTo(Quad.DONE);
        assertThat(Outcome.of(small.select(given, "--embeddings", folder.resolve("rows.npy")))
                        .code())
                .isEqualTo(Quad.DONE);
        assertThat(given.resolve("rounds.jsonl")).hasSameBinaryContentAs(own.resolve("rounds.jsonl"));
    }

    @Test
    void embed_badUsage_saysWhatIsAllowed() throws Exception {
        SmallRun small = new SmallRun(folder);
        Outcome outcome = Outcome.of("embed", "--pool", small.pool, "--out", folder.resolve("rows.csv"));
        assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err()).contains("rows.csv").contains(".npy or .safetensors");
    }
}
