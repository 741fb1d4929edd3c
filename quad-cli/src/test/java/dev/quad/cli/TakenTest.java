// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each run says what it takes, and what it leaves out and why, and its report holds the same. */
class TakenTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private Path data;

    @BeforeEach
    void files() throws IOException {
        small = new SmallRun(folder);
        data = Files.createDirectories(folder.resolve("data"));
        Files.copy(small.pool, data.resolve("pool.jsonl"));
        SmallRun.write(data.resolve("README.md"), "# A data card\u001b[2J");
    }

    private static void said(Outcome outcome, String... lines) {
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.err().lines()).contains(lines);
    }

    @Test
    void select_saysFilesTokenizerAndModel_andReportsThem() throws IOException {
        Path out = folder.resolve("out");

        Outcome outcome = Outcome.of(small.selectFrom(data, small.reference, out));

        said(
                outcome,
                "reference                    1 file of JSONL",
                "pool                         1 file of JSONL",
                "tokenizer                    bytes of UTF-8");
        assertThat(outcome.err())
                .containsPattern("(?m)^pool {25}left out: .*README\\.md: texts beside files of records")
                .containsPattern("(?m)^model {24}llama, 1 block of width 16, ");
        assertThat(Files.readString(out.resolve("report.json")))
                .contains("README.md: texts beside files of records", "\"JSONL\" : 1")
                .contains("\"tokenizer\" : \"bytes of UTF-8\"", "\"model\" : \"llama, 1 block");
    }

    @Test
    void keysOfTheModelThatAreNotKnown_areSaid() throws IOException {
        SmallRun.sayBytes(small.model, "\"frobnicate\":3,");
        Path out = folder.resolve("out");

        said(
                Outcome.of(small.select(out)),
                "model                        config.json has keys that are not known, and are passed over:"
                        + " \"frobnicate\" 3");
        assertThat(Files.readString(out.resolve("report.json"))).contains("\\\"frobnicate\\\" 3");
    }

    @Test
    void valuesThatFoldersReplace_areSaid() throws IOException {
        Path parts = folder.resolve("parts");
        Files.createDirectories(parts.resolve("lang=de"));
        SmallRun.write(
                parts.resolve("lang=de/a.jsonl"),
                "{\"text\":\"eins\",\"lang\":\"de\"}",
                "{\"text\":\"zwei\",\"lang\":\"en\"}");
        Path out = folder.resolve("q.jsonl");

        said(
                Outcome.of("sample", "--pool", parts, "--out", out, "--budget-tokens", 8),
                "pool                         fields from the names of folders: lang (strings)",
                "pool                         the field \"lang\" of 1 record had another value than the folder's, which"
                        + " replaced it; the first: " + parts.resolve("lang=de/a.jsonl") + ", line 2");
        assertThat(Files.readString(out)).contains("\"lang\":\"de\"").doesNotContain("\"en\"");
    }

    @Test
    void fieldQuad_ofRecordOrFolder_thatIsReplaced_isSaid() throws IOException {
        Path parts = folder.resolve("parts");
        Files.createDirectories(parts.resolve("quad=1"));
        SmallRun.write(parts.resolve("quad=1/a.jsonl"), "{\"text\":\"eins\"}", "{\"text\":\"zwei\",\"quad\":\"mine\"}");
        Path out = folder.resolve("q.jsonl");

        said(
                Outcome.of("sample", "--pool", parts, "--out", out, "--budget-tokens", 8),
                "field                        2 chosen records had a field \"quad\", which the one that is added"
                        + " replaced");
        Path again = folder.resolve("again");
        Path pool = small.file(
                "quad.jsonl",
                Files.readAllLines(small.pool).stream()
                        .map(line -> "{\"quad\":5," + line.substring(1))
                        .toArray(String[]::new));
        Outcome selected = Outcome.of(small.selectFrom(pool, small.reference, again));
        assertThat(selected.err())
                .containsPattern("(?m)^field {24}[1-9]\\d* chosen records had a field \"quad\", which the one");
        assertThat(Files.readString(again.resolve("report.json"))).contains(" chosen records had a field ");
    }

    @Test
    void columns_keptAndLost_areSaid() throws IOException {
        Path parquet = folder.resolve("p.parquet");
        Object[] sample = {"sample", "--pool", small.pool, "--out", parquet, "--budget-tokens", 9_000};
        assertThat(Outcome.of(sample).code()).isEqualTo(Quad.DONE);

        Outcome outcome =
                Outcome.of("sample", "--pool", parquet, "--out", folder.resolve("q.parquet"), "--budget-tokens", 900);

        said(outcome, "pool                         1 file of Parquet");
        assertThat(outcome.err()).containsPattern("(?m)^columns {22}\\w+, \\w+, \\w+ kept as they were$");
    }

    @Test
    void otherCommands_sayWhatTheyRead() {
        said(
                Outcome.of(small.evaluate(data)),
                "reference                    1 file of JSONL",
                "tokenizer                    bytes of UTF-8");
        said(
                Outcome.of(SmallRun.train(data, folder.resolve("m"))),
                "data                         1 file of JSONL",
                "tokenizer                    bytes of UTF-8");
        said(
                Outcome.of("embed", "--pool", data, "--embedder", "hashed", "--out", folder.resolve("r.npy")),
                "pool                         1 file of JSONL",
                "embedder                     hashed");
        assertThat(Outcome.of("inspect", data).out()).contains("  1 file of JSONL\n", "README.md: texts beside");
    }

    @Test
    void skippedLines_areFiveAndTheirNumber() {
        String bad = IntStream.range(0, 40).mapToObj(i -> "not json " + i).collect(Collectors.joining("\n"));
        Path pool = small.file("bad.jsonl", bad, small.pool.toString());
        SmallRun.write(pool, bad, "{\"id\": \"x\", \"text\": \"" + "word ".repeat(4_000) + "\"}");

        Outcome outcome = Outcome.of(small.selectFrom(
                pool,
                small.reference,
                folder.resolve("out"),
                "--skip-bad-lines",
                "--budget-tokens",
                20_000,
                "--clusters",
                1));

        assertThat(outcome.err()
                        .lines()
                        .filter(line -> line.startsWith("skipped "))
                        .count())
                .isEqualTo(6);
        assertThat(outcome.out()).as(outcome.err()).contains("40 bad lines skipped");
    }
}
