// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Tokenizer;
import dev.quad.bandit.SelectionOptions;
import dev.quad.files.JsonText;
import dev.quad.pipeline.PipelineSession;
import dev.quad.pipeline.Preset;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** There is one Quad: who sets nothing has the same from the command line, the pipeline and the parts. */
class DefaultsTest {
    @TempDir
    private Path folder;

    @Test
    void commandAndPresetAndParts_withoutOptions_areEqual() {
        assertThat(new BanditOptions().of(Preset.QUAD).describe())
                .isEqualTo(Preset.QUAD.selection().build().describe())
                .isEqualTo(SelectionOptions.defaults().describe());
        assertThat(new ScoreOptions().of(Preset.QUAD).describe())
                .isEqualTo(Preset.QUAD.scores().build().describe())
                .isEqualTo(ScoreSettings.defaults().describe());
    }

    @Test
    void manifest_ofTheCommand_isThatOfThePipeline() throws IOException {
        SmallRun small = new SmallRun(folder);
        Path out = folder.resolve("out");
        Outcome outcome = Outcome.of(
                "select",
                "--pool",
                small.pool,
                "--reference",
                small.reference,
                "--out",
                out,
                "--budget-tokens",
                SmallRun.BUDGET,
                "--model",
                small.model);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        try (JsonlPool pool =
                        JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(small.pool));
                PipelineSession session = QuadPipeline.builder(ReferenceSet.of(Jsonl.read(List.of(small.reference))))
                        .model(small.model, Tokenizer.bytes())
                        .build()
                        .session(pool, Budget.tokens(SmallRun.BUDGET), new Seed(1))) {
            assertThat(JsonText.texts(out.resolve("manifest.json"), "run")).isEqualTo(session.identity());
        }
    }
}
