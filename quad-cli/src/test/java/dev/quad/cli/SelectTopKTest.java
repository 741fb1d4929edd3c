// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code quad select --selector top-k}, from end to end. */
class SelectTopKTest {
    private static final Pattern SCORE = Pattern.compile("\"score\" ?: ?([-.E0-9]+)");
    private static final Pattern SCORES = Pattern.compile("\"scores\":\\[([^]]+)]");

    @TempDir
    private Path folder;

    private SmallRun small;
    private Path out;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        out = folder.resolve("out");
    }

    private Object[] best(Object... others) {
        Object[] arguments = new Object[others.length + 4];
        System.arraycopy(others, 0, arguments, 4, others.length);
        arguments[0] = "--selector";
        arguments[1] = "top-k";
        arguments[2] = "--budget-documents";
        arguments[3] = 20;
        return small.select(out, arguments);
    }

    private static List<Double> numbers(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .flatMap(found -> Pattern.compile(",").splitAsStream(found.group(1)))
                .map(Double::valueOf)
                .toList();
    }

    @Test
    void topK_takesTheBestOfAll_andSpeaksOfNoClusters() throws IOException {
        Outcome outcome = Outcome.of(best());

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("98 of 98 documents scored; ").doesNotContain("cluster", "round");
        List<String> chosen = SmallRun.gunzippedLines(out.resolve(ResultFiles.SELECTED));
        assertThat(chosen).hasSize(20).noneMatch(line -> line.contains("\"cluster\""));
        List<Double> all = numbers(SCORES, Files.readString(out.resolve("rounds.jsonl")));
        assertThat(all).hasSize(98);
        assertThat(numbers(SCORE, String.join("\n", chosen)))
                .isEqualTo(
                        all.stream().sorted(Comparator.reverseOrder()).limit(20).toList());
        assertThat(Files.readString(out.resolve("manifest.json")))
                .contains("\"selector\" : \"top-k\"")
                .doesNotContain("armSelector");
    }

    @Test
    void resumed_scoresOnlyTheRest_andWritesTheSame() throws IOException {
        assertThat(Outcome.of(best()).code()).isEqualTo(Quad.DONE);
        Path journal = out.resolve("rounds.jsonl");
        byte[] selected = Files.readAllBytes(out.resolve(ResultFiles.SELECTED));
        List<String> lines = Files.readAllLines(journal);
        assertThat(lines).hasSizeGreaterThan(2);
        Files.write(journal, lines.subList(0, lines.size() - 1));
        Files.delete(out.resolve(ResultFiles.SELECTED));
        Files.delete(out.resolve("report.json"));

        Outcome again = Outcome.of(best("--resume"));

        assertThat(again.code()).as(again.toString()).isEqualTo(Quad.DONE);
        assertThat(out.resolve(ResultFiles.SELECTED)).hasBinaryContent(selected);
        assertThat(Files.readAllLines(journal)).isEqualTo(lines);
        Outcome other = Outcome.of(small.select(out, "--budget-documents", 20, "--resume"));
        assertThat(other.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(other.err()).contains("holds another run: selector was top-k and is quad; use the same options");
    }

    @Test
    void dryRun_countsEveryDocument() {
        Outcome outcome = Outcome.of(best("--dry-run"));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).doesNotContain("clusters");
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "--alpha, 0.1",
        "--clusters, 7",
        "--embedder, bge-small",
        "--embeddings, rows.npy",
        "--threshold, none",
        "--policy, random"
    })
    void optionsOfRounds_areRefused(String option, String value) {
        Outcome outcome = Outcome.of(best(option, value));

        assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err())
                .contains("with --selector top-k every document is scored")
                .contains(option + " would do nothing; leave it out, or give --selector quad");
        assertThat(out).doesNotExist();
    }
}
