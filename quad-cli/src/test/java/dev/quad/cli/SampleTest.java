// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
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
    void budget_inDocuments_asPeopleWriteNumbers() throws IOException {
        Path pool = new SmallRun(folder).pool;
        for (String number : List.of("12", "1.2e1", "0.012k")) {
            Path out = folder.resolve(number + ".jsonl");
            assertThat(Outcome.of("sample", "--pool", pool, "--out", out, "--budget-documents", number)
                            .code())
                    .isEqualTo(Quad.DONE);
            assertThat(Files.readAllLines(out)).hasSize(12);
        }
        assertThat(Outcome.of("sample", "--pool", pool, "--out", folder.resolve("no.jsonl"), "--budget-documents", 0)
                        .code())
                .isEqualTo(Quad.BAD_USAGE);
        assertThat(Numbers.whole("1,234,567")).isEqualTo(1_234_567);
    }

    @Test
    void whatSharesWordsWithEvaluationTexts_isNeverChosen_andToldOf() throws IOException {
        String question = "How many of the thirty grey herons had left the lake before the first snow fell?";
        Path evaluation =
                SmallRun.write(folder.resolve("evaluation.jsonl"), "{\"id\":\"q1\",\"text\":\"" + question + "\"}");
        SmallRun small = new SmallRun(folder);
        Path pool = SmallRun.write(
                folder.resolve("some.jsonl"),
                "{\"id\":\"clean\",\"text\":\"How many of the herons had left before the snow?\"}",
                "{\"id\":\"leaked\",\"text\":\"Quiz 7. " + question.toUpperCase(java.util.Locale.ROOT) + " Twelve.\"}");
        Path out = folder.resolve("out.jsonl");

        Outcome sampled = Outcome.of(
                "sample", "--pool", pool, "--out", out, "--budget-documents", 2, "--decontaminate", evaluation);
        assertThat(sampled.code()).as(sampled.toString()).isEqualTo(Quad.BEFORE_BUDGET);
        assertThat(sampled.err()).contains("1 of 2 documents share 13 words with 1 of 1 evaluation texts");
        assertThat(sampled.out()).contains("1 with words of evaluation texts left out");
        assertThat(Files.readString(out)).contains("clean").doesNotContain("leaked");

        Outcome inspected =
                Outcome.of("inspect", pool, "--decontaminate", evaluation, "--json", folder.resolve("i.json"));
        assertThat(inspected.out()).contains("leaked has of q1 \"how many of the thirty grey herons");
        assertThat(Files.readString(folder.resolve("i.json"))).containsPattern("\"id\" *: *\"leaked\"");

        Path run = folder.resolve("run");
        Outcome selected = Outcome.of(
                "select",
                "--pool",
                pool,
                small.pool,
                "--reference",
                small.reference,
                "--out",
                run,
                "--budget-tokens",
                3000,
                "--decontaminate",
                evaluation);
        assertThat(selected.code()).as(selected.toString()).isEqualTo(Quad.DONE);
        assertThat(selected.err()).contains("and are left out: leaked first, by \"how many of the thirty");
        assertThat(Files.readString(run.resolve("report.json"))).containsPattern("\"contaminatedLeftOut\" *: *1\\b");
        Path none = Files.writeString(folder.resolve("none.jsonl"), "");
        assertThat(Outcome.of("inspect", pool, "--decontaminate", none).err())
                .contains("at least one document is needed, and there is none in " + none);
    }

    @Test
    void sample_badInput() throws IOException {
        Path out = Files.writeString(folder.resolve("random.jsonl"), "mine");

        assertThat(sample(out, 20_000, 1))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT))
                .satisfies(outcome -> assertThat(outcome.err()).contains("the file " + out + " is there already"));
        assertThat(out).hasContent("mine");
        assertThat(sample(folder.resolve("new.jsonl"), 0, 1).code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(sample(folder.resolve("new.jsonl"), 10_000_000, 1).code()).isEqualTo(Quad.BEFORE_BUDGET);
    }

    @Test
    void budget_thatNoDocumentFits_isRefused() {
        Path pool =
                SmallRun.write(folder.resolve("p.jsonl"), "{\"text\": \"twelve bytes\"}", "{\"text\": \"ten bytes.\"}");
        Path out = folder.resolve("out.jsonl");

        Outcome none = Outcome.of("sample", "--pool", pool, "--out", out, "--budget-tokens", 9);

        assertThat(none.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(none.err())
                .contains("no document fits the budget of 9 tokens; the shortest has 10: raise --budget-tokens");
        assertThat(out).doesNotExist();
        assertThat(Outcome.of("sample", "--pool", pool, "--out", out, "--budget-tokens", 10))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.DONE))
                .satisfies(outcome -> assertThat(outcome.out()).startsWith("1 documents, 10 tokens"));
    }

    /** A name that says another form than is written would be believed. */
    @Test
    void sample_underANameOfAnotherForm_isRefused() {
        for (String name :
                List.of("s.parq", "s.csv", "s.jsonl.bz2", "s.txt", "s.txt.gz", "s.json", "s.json.gz", "s.gz", "s")) {
            Path out = folder.resolve(name);

            Outcome outcome = sample(out, 900, 1);

            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_USAGE);
            assertThat(outcome.err())
                    .contains("--out: records cannot be written to " + out
                            + ": allowed endings are .jsonl and .ndjson, each also with .gz or .zst, and .parquet");
            assertThat(out).doesNotExist();
        }
        for (String name : List.of("s.jsonl", "s.NDJSON", "s.jsonl.gz", "s.ndjson.zst", "s.parquet", "s.pq")) {
            assertThat(sample(folder.resolve(name), 900, 1).code()).as(name).isEqualTo(Quad.DONE);
        }
    }

    /** Standard input that gives a record, and has a file appear when it is read to its end. */
    private static InputStream endingWith(Path file) {
        byte[] record = "{\"id\": \"a\", \"text\": \"some text\"}\n".getBytes(StandardCharsets.UTF_8);
        return new SequenceInputStream(new ByteArrayInputStream(record), new InputStream() {
            @Override
            public int read() throws IOException {
                Files.writeString(file, "a thesis");
                return -1;
            }

            @Override
            public int read(byte[] target, int from, int length) throws IOException {
                return read();
            }
        });
    }

    @Test
    void fileThatAppearsDuringTheRun_isNotReplaced() {
        Path out = folder.resolve("out.jsonl");
        Path json = folder.resolve("out.json");
        InputStream before = System.in;
        try {
            System.setIn(endingWith(out));
            Outcome sampled = Outcome.of("sample", "--pool", "-", "--out", out, "--budget-tokens", 9);
            System.setIn(endingWith(json));
            Outcome inspected = Outcome.of("inspect", "-", "--json", json);

            assertThat(sampled.code()).isEqualTo(Quad.BAD_INPUT);
            assertThat(sampled.err()).contains("the file " + out + " is there already");
            assertThat(inspected.code()).isEqualTo(Quad.BAD_INPUT);
            assertThat(inspected.err()).contains("the file " + json + " is there already");
        } finally {
            System.setIn(before);
        }
        assertThat(out).hasContent("a thesis");
        assertThat(json).hasContent("a thesis");
    }

    @Test
    void pipes_giveTheSameAsFiles() throws IOException {
        Path pool = SmallRun.write(
                folder.resolve("p.jsonl"),
                "{\"id\": \"a\", \"text\": \"one \u0085 \u202E \u00E9\"}\nno\n{\"id\": \"b\", \"text\": \"two\"}\n"
                        .getBytes(StandardCharsets.UTF_8));
        Path out = folder.resolve("out.jsonl");
        Object[] options = {"--budget-tokens", 1000, "--skip-bad-lines"};
        assertThat(Outcome.of("sample", "--pool", pool, "--out", out, options[0], options[1], options[2])
                        .code())
                .isEqualTo(Quad.BEFORE_BUDGET);

        InputStream before = System.in;
        Outcome piped;
        try {
            System.setIn(new ByteArrayInputStream(Files.readAllBytes(pool)));
            piped = Outcome.of("sample", "--pool", "-", "--out", "-", options[0], options[1], options[2]);
        } finally {
            System.setIn(before);
        }

        assertThat(piped.code()).as(piped.err()).isEqualTo(Quad.BEFORE_BUDGET);
        assertThat(piped.out()).isEqualTo(Files.readString(out));
        assertThat(piped.err()).contains("2 documents").contains("1 bad lines skipped; --rejects keeps them");
        assertThat(Path.of("-")).doesNotExist();
        assertThat(Outcome.of("sample", "--pool", pool, "--out", "-", "--budget-tokens", 9, "--shard-size", "1MB"))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE))
                .satisfies(outcome -> assertThat(outcome.err()).contains("--shard-size makes several files"));
    }
}
