// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code quad select} without options of how, and {@code --selector coverage}, from end to end. */
class SelectCoverageTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private Path out;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        out = folder.resolve("out");
    }

    private Outcome select(Path target, Object... others) {
        List<Object> arguments = new ArrayList<>(
                List.of("select", "--pool", small.pool, "--reference", small.reference, "--out", target));
        arguments.addAll(List.of("--budget-tokens", SmallRun.BUDGET));
        arguments.addAll(Arrays.asList(others));
        return Outcome.of(arguments.toArray());
    }

    @Test
    void select_plain_takesWhatTheReferenceIsLike_withoutAModel() throws IOException {
        Outcome outcome = select(out);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("98 of 98 documents scored; ").doesNotContain("cluster", "round");
        List<String> chosen = SmallRun.gunzippedLines(out.resolve(ResultFiles.SELECTED));
        assertThat(chosen.stream().filter(line -> line.contains("\"sums\"")).count())
                .isGreaterThan(chosen.size() * 2L / 3);
        assertThat(chosen).allMatch(line -> line.contains("\"score\"")).noneMatch(line -> line.contains("\"cluster\""));
        assertThat(JsonText.texts(out.resolve("manifest.json"), "run"))
                .containsEntry("selector", "greedy")
                .containsEntry("model", "none")
                .doesNotContainKeys("preset", "curvature", "armSelector");
        assertThat(out.resolve("rounds.jsonl")).doesNotExist();
        assertThat(out.resolve("proxy")).doesNotExist();
    }

    @Test
    void shares_areWhatEachPartOfTheReferenceCounts() throws IOException {
        String[] others = Files.readAllLines(small.pool).stream()
                .filter(line -> !line.contains("\"sums\""))
                .limit(5)
                .toArray(String[]::new);
        Path other = small.file("other.jsonl", others);
        long[] sums = new long[2];
        for (int i = 0; i < 2; i++) {
            Path target = folder.resolve("shares" + i);
            Object[] shares = {"--reference", other, "--reference-shares", i == 0 ? "1000,1" : "1,1000"};
            assertThat(select(target, shares).code()).isEqualTo(Quad.DONE);
            List<String> chosen = SmallRun.gunzippedLines(target.resolve(ResultFiles.SELECTED));
            sums[i] = chosen.stream().filter(line -> line.contains("\"sums\"")).count() * 100 / chosen.size();
        }
        assertThat(sums[0]).isGreaterThan(66);
        assertThat(sums[1]).isLessThan(33);
        assertThat(select(out, "--reference-shares", "1,2").err())
                .contains("--reference-shares are 2 for 1 names of --reference; allowed is one for each");
        assertThat(select(out, "--reference-shares", "0").err())
                .contains("--reference-shares are [0.0]; allowed are numbers above 0");
        assertThat(select(out, "--reference-shares", "1", "--method", "dsir").err())
                .contains("with --method each document of the reference counts alike, and --reference-shares would do");
    }

    @Test
    void select_byNameOrWithOtherThreadsOrTwice_writesTheSame() throws IOException {
        assertThat(select(out).code()).isEqualTo(Quad.DONE);
        byte[] selected = Files.readAllBytes(out.resolve(ResultFiles.SELECTED));
        for (List<Object> others : List.<List<Object>>of(
                List.of("--selector", "coverage"), List.of("--threads", 1), List.of("--seed", 5))) {
            Path again = folder.resolve("again" + others.get(0));
            assertThat(select(again, others.toArray()).code()).isEqualTo(Quad.DONE);
            assertThat(again.resolve(ResultFiles.SELECTED)).hasBinaryContent(selected);
        }
        Outcome finished = select(out, "--resume");
        assertThat(finished.code()).isEqualTo(Quad.DONE);
        assertThat(finished.err()).contains("is finished already");
        Files.delete(out.resolve("report.json"));
        Files.delete(out.resolve(ResultFiles.SELECTED));
        assertThat(select(out, "--resume").code()).isEqualTo(Quad.DONE);
        assertThat(out.resolve(ResultFiles.SELECTED)).hasBinaryContent(selected);
        assertThat(select(out, "--resume", "--preset", "quad").err())
                .contains("holds another run", "selector was greedy");
    }

    @Test
    void dryRun_saysThatNoModelIsAsked() {
        Outcome outcome = select(out, "--dry-run");

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out())
                .contains("reference  10 documents\n", "passes     none: no token goes through a model\n")
                .doesNotContain("clusters", "work ");
        assertThat(out).doesNotExist();
    }

    @Test
    void model_onlyCountsTokens() {
        Outcome outcome = select(out, "--selector", "coverage", "--model", small.model);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(out.resolve("proxy")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"--alpha, 0.1", "--clusters, 7", "--embedder, bge-small", "--preset, paper", "--damping, 0.2"})
    void optionsOfRounds_besideCoverage_areRefused(String option, String value) {
        Outcome outcome = select(out, "--selector", "coverage", option, value);

        assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err())
                .contains("with --selector coverage there are no model, clusters and rounds")
                .contains(option + " would do nothing; leave it out, or give --selector quad");
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"--alpha, 0.1", "--clusters, 7", "--preset, paper", "--damping, 0.2", "--proxy-tokens, 500"})
    void optionsOfRounds_alone_askForRounds(String option, String value) {
        Outcome outcome = select(out, option, value, "--dry-run");

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("clusters ", " for the curvature");
    }
}
