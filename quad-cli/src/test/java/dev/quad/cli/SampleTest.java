// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleTest {
    @TempDir
    private Path folder;

    private Outcome sample(Path out, long budget, Object seed) {
        return Outcome.of(
                "sample", "--pool", new SmallRun(folder).pool, "--out", out, "--budget-tokens", budget, "--seed", seed);
    }

    @Test
    void sample_fillsTheBudget_fromTheSeed() throws IOException {
        Path out = folder.resolve("random.jsonl.gz");
        Path again = folder.resolve("again.jsonl.gz");
        Path other = folder.resolve("other.jsonl.gz");

        Outcome outcome = sample(out, 20_000, 1);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out())
                .contains("tokens chosen at random; the budget is used")
                .contains(out.toString());
        List<String> records = SmallRun.gunzippedLines(out);
        assertThat(records).doesNotHaveDuplicates().hasSizeBetween(30, 100);
        assertThat(sample(again, 20_000, 1).code()).isEqualTo(Quad.DONE);
        assertThat(sample(other, 20_000, 2).code()).isEqualTo(Quad.DONE);
        assertThat(again).hasSameBinaryContentAs(out);
        assertThat(SmallRun.gunzippedLines(other)).isNotEqualTo(records);
    }

    @Test
    void sample_badInput() throws IOException {
        Path out = Files.writeString(folder.resolve("random.jsonl"), "mine");

        assertThat(sample(out, 20_000, 1))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT))
                .satisfies(outcome -> assertThat(outcome.err()).contains("the file " + out + " is there already"));
        assertThat(out).hasContent("mine");
        assertThat(sample(folder.resolve("new"), 0, 1).code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(sample(folder.resolve("new"), 10_000_000, 1).code()).isEqualTo(Quad.BEFORE_BUDGET);
    }
}
