// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private Path held;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        held = small.file(
                "held.jsonl",
                new DemoCorpus(new Seed(11))
                        .reference().subList(0, 10).stream()
                                .map(text -> JsonText.line(Map.of("text", text.text()))
                                        .strip())
                                .toArray(String[]::new));
    }

    private Outcome compare(Object... others) {
        List<Object> line = new ArrayList<>(List.of("compare", "--pool", small.pool));
        if (!Arrays.asList(others).contains("--reference")) {
            line.addAll(List.of("--reference", small.reference));
        }
        line.addAll(List.of("--out", folder.resolve("out"), "--common-tokens", 300, "--tokens", 300, "--seeds", 2));
        line.addAll(Arrays.asList(others));
        return Outcome.of(line.toArray());
    }

    @Test
    void compare_printsLossesDifferencesAndChoices_andWritesThem() throws IOException {
        Outcome outcome = compare("--holdout", held, "--methods", "random,dsir", "--budget-tokens", 6_000);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out())
                .containsPattern("(?m)^method +model +of the seeds +n-grams$")
                .contains("difference to random, with 95 % intervals")
                .containsPattern("(?m)^dsir +[+-]\\d\\.\\d{4} ± \\d\\.\\d{4} ")
                .containsPattern(
                        "(?m)^method +documents +tokens +duplicates +near-duplicates +effective clusters +Tflop"
                                + " +seconds$");
        assertThat(outcome.err()).contains("choosing by dsir", "training the common model");
        assertThat(Files.readString(folder.resolve("out/comparison.json"))).contains("\"quad.comparison.1\"");
        assertThat(Files.readString(folder.resolve("out/comparison.csv"))).startsWith("method,loss,");
        assertThat(Files.readString(folder.resolve("out/report.html")))
                .contains("Which way of choosing is best?", "loss less that of random", "How do they differ?");
        Outcome again = compare("--holdout", held, "--methods", "random,dsir", "--budget-tokens", 6_000);
        assertThat(again.out()).isEqualTo(outcome.out());
        assertThat(again.err()).doesNotContain("choosing by");
    }

    @Test
    void compare_goesOnFromAModelOfYours() throws IOException {
        List<Object> line = new ArrayList<>(List.of("compare", "--pool", small.pool, "--reference", small.reference));
        line.addAll(List.of("--holdout", held, "--methods", "random", "--out", folder.resolve("out"), "--from"));
        line.addAll(List.of(small.model, "--budget-documents", 9, "--tokens", 300, "--seeds", 1, "--whole"));
        Outcome outcome = Outcome.of(line.toArray());

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(Files.readString(folder.resolve("out/comparison.json")))
                .contains("\"start\" : \"" + small.model + "\"");
    }

    @Test
    void compare_badInput_isToldInALine() {
        refused(
                Quad.BAD_USAGE,
                "with --from trainings go on from that model, and --common-tokens would do nothing",
                "--holdout",
                held,
                "--methods",
                "random",
                "--budget-tokens",
                6_000,
                "--from",
                small.model);
        refused(Quad.BAD_USAGE, "'--holdout=FILE'", "--methods", "random", "--budget-tokens", 6_000);
        refused(Quad.BAD_USAGE, "no budget is given", "--holdout", held, "--methods", "random");
        refused(
                Quad.BAD_USAGE,
                "\"dsri\" is no method; allowed are random, quad, rounds, dsir",
                "--holdout",
                held,
                "--methods",
                "dsri",
                "--budget-tokens",
                6_000);
        refused(
                Quad.BAD_USAGE,
                "--against is quad",
                "--holdout",
                held,
                "--methods",
                "random",
                "--against",
                "quad",
                "--budget-tokens",
                6_000);
        refused(
                Quad.BAD_INPUT,
                "10 of 10 documents held out stand in the reference too",
                "--reference",
                held,
                "--holdout",
                held,
                "--methods",
                "random",
                "--budget-tokens",
                6_000);
        refused(
                Quad.BAD_INPUT,
                "the budget is 6,000,000 tokens, and the pool has ",
                "--holdout",
                held,
                "--methods",
                "random",
                "--budget-tokens",
                6_000_000);
        assertThat(folder.resolve("out/random.jsonl.gz")).doesNotExist();
    }

    private void refused(int code, String words, Object... arguments) {
        Outcome outcome = compare(arguments);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(code);
        assertThat(outcome.err()).contains(words);
        assertThat(outcome.out()).isEmpty();
    }
}
