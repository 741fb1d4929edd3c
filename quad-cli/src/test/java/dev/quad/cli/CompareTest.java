// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
                        "(?m)^method +documents +tokens +duplicates +near-duplicates +effective clusters +Tflop to learn"
                                + " +to score +seconds to learn +in all$")
                .doesNotContain("nothing is compared", "one seed");
        assertThat(outcome.err()).contains("choosing by dsir", "training the common model");
        assertThat(Files.readString(folder.resolve("out/comparison.json"))).contains("\"quad.comparison.1\"");
        assertThat(Files.readString(folder.resolve("out/comparison.csv"))).startsWith("method,loss,");
        assertThat(Files.readString(folder.resolve("out/report.html")))
                .contains(
                        "Which way of choosing is best?",
                        "loss less that of random",
                        "How do they differ?",
                        "quad compare --pool " + small.pool)
                .doesNotContain("nothing is compared", "One seed");
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
        assertThat(outcome.out())
                .contains(
                        "one method: nothing is compared, and whether this loss is low is told by that of another; give"
                                + " --methods two or more, such as random",
                        "one seed: no interval is over trainings, so that what another seed would give is not told; give"
                                + " --seeds 2 or more");
        assertThat(Files.readString(folder.resolve("out/report.html")))
                .contains("and nothing is compared with it", "One seed: no interval is over trainings")
                .doesNotContain("loss less that of random");
    }

    @Test
    void compare_scoresOfAFile_areAMethod_andOthersAreRefused() throws IOException {
        Path scores = folder.resolve("scores.jsonl");
        Path other = folder.resolve("other.jsonl");
        List<String> lines = Files.readAllLines(small.pool);
        Path part = small.file("part.jsonl", lines.subList(0, 80).toArray(String[]::new));
        for (Path pool : List.of(small.pool, part)) {
            Outcome scored = Outcome.of(
                    "score",
                    "--pool",
                    pool,
                    "--reference",
                    small.reference,
                    "--method",
                    "dsir",
                    "--out",
                    pool.equals(part) ? other : scores);
            assertThat(scored.code()).as(scored.toString()).isEqualTo(Quad.DONE);
        }
        Outcome outcome =
                compare("--holdout", held, "--methods", "dsir", "--scores", "mine=" + scores, "--budget-tokens", 6_000);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(folder.resolve("out/mine.jsonl.gz"))
                .hasBinaryContent(Files.readAllBytes(folder.resolve("out/dsir.jsonl.gz")));
        refused(
                Quad.BAD_INPUT,
                "the scores in " + other + " are of the pool ",
                "--holdout",
                held,
                "--methods",
                "dsir",
                "--scores",
                "theirs=" + other,
                "--budget-tokens",
                6_000);
        Files.writeString(scores, "\n", StandardOpenOption.APPEND);
        refused(
                Quad.BAD_INPUT,
                "the method mine chose by other scores than those in " + scores,
                "--holdout",
                held,
                "--methods",
                "dsir",
                "--scores",
                "mine=" + scores,
                "--budget-tokens",
                6_000);
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
        refused(
                Quad.BAD_USAGE,
                "the method mates learns from documents whose influence was measured, and there are none to give here",
                "--holdout",
                held,
                "--methods",
                "random,mates",
                "--budget-tokens",
                6_000);
        refused(
                Quad.BAD_USAGE,
                "the method qurating learns from pairs of documents that were judged",
                "--holdout",
                held,
                "--methods",
                "qurating",
                "--budget-tokens",
                6_000);
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
