// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quad.model.TrainingOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads when the input is wrong: what, where, what is allowed, what to do; and exit code 1. */
class BadInputTest {
    private static final String GOOD = "{\"id\": \"a\", \"text\": \"some text that is long enough\"}";

    @TempDir
    private Path folder;

    private SmallRun small;
    private Path out;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        out = folder.resolve("out");
    }

    private String refused(Object... arguments) {
        Outcome outcome = Outcome.of(arguments);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).doesNotContain("\tat ");
        return lastLine(outcome);
    }

    private static String lastLine(Outcome outcome) {
        List<String> lines = outcome.err().lines().toList();
        return lines.get(lines.size() - 1);
    }

    private String refusedPool(Path pool) {
        return refused(small.selectFrom(pool, small.reference, out));
    }

    @Test
    void pool_missing() {
        Path pool = folder.resolve("absent.jsonl");

        assertThat(refusedPool(pool))
                .startsWith("quad: " + pool + " does not exist")
                .contains("looked in " + folder);
        assertThat(out).doesNotExist();
    }

    @Test
    void reference_missing() {
        Path reference = folder.resolve("absent.jsonl");

        assertThat(refused(small.selectFrom(small.pool, reference, out)))
                .startsWith("quad: " + reference + " does not exist");
    }

    @Test
    void standardOutput_whereAFolderIsWritten() {
        List<Object[]> commands = List.of(
                small.select(Path.of("-")),
                new Object[] {"train", "--data", small.pool, "--out", "-"},
                new Object[] {"cluster", "--embeddings", small.pool, "--out", "-"},
                new Object[] {"demo", "--out", "-"});
        for (Object[] command : commands) {
            Outcome outcome = Outcome.of(command);
            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_USAGE);
            assertThat(outcome.err()).contains("--out - is the standard output, and this command writes a folder");
        }
        assertThat(Path.of("-")).doesNotExist();
    }

    @Test
    void training_beyondAllBounds() {
        assertThat(refused(SmallRun.train(small.pool, out, "--layers", Integer.MAX_VALUE)))
                .isEqualTo(
                        "quad: a model of 2,147,483,647 blocks of width 16, with MLPs of 64, has too many weights; allowed"
                                + " are 2,147,483,647: take fewer layers, or a smaller width or mlp-width");
        assertThat(refused(SmallRun.train(small.pool, out, "--batch-tokens", 1 << 30)))
                .isEqualTo(
                        "quad: batch-tokens is 1,073,741,824, and the training has 600 tokens in all; allowed is up to "
                                + String.format("%,d", TrainingOptions.DEFAULT_BATCH_TOKENS));
        assertThat(out).doesNotExist();
    }

    @Test
    void pool_emptyFolder() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));

        assertThat(refusedPool(empty)).startsWith("quad: the folder " + empty + " is empty; known are .jsonl");
    }

    @Test
    void pool_unreadable() {
        Path pool = Path.of("/proc/self/mem"); // unreadable at its start even for a superuser
        assumeTrue(Files.isRegularFile(pool));

        assertThat(refusedPool(pool)).startsWith("quad: /proc/self/mem cannot be read: ");
    }

    @Test
    void pool_withoutPermission() throws IOException {
        Path pool = small.file("secret.jsonl", GOOD);
        assumeTrue(pool.toFile().setReadable(false) && !Files.isReadable(pool), "a superuser reads everything");

        assertThat(refusedPool(pool))
                .isEqualTo("quad: " + pool + " cannot be read: permission denied; allow this user to read it");
    }

    @Test
    void line_notJson() {
        Path pool = small.file("pool2.jsonl", GOOD, "{\"id\": \"b\", \"text\": oops}");

        assertThat(refusedPool(pool))
                .startsWith("quad: " + pool + ", line 2: is not JSON")
                .contains("oops")
                .contains("--skip-bad-lines");
    }

    @Test
    void line_withoutText() {
        Path pool = small.file("pool2.jsonl", GOOD, "{\"id\": \"b\", \"body\": \"words\"}");

        assertThat(refusedPool(pool))
                .startsWith("quad: " + pool + ", line 2: ")
                .contains("\"text\"")
                .contains("body")
                .contains("--skip-bad-lines");
    }

    @Test
    void line_notUtf8() {
        byte[] bytes = (GOOD + "\n{\"id\": \"b\", \"text\": \"caf?\"}\n").getBytes(StandardCharsets.UTF_8);
        bytes[new String(bytes, StandardCharsets.UTF_8).indexOf('?')] = (byte) 0xE9; // Latin-1
        Path pool = SmallRun.write(folder.resolve("pool2.jsonl"), bytes);

        assertThat(refusedPool(pool))
                .startsWith("quad: " + pool + ", line 2: is not UTF-8 at byte 24 of the line (e9)")
                .contains("--skip-bad-lines");
    }

    @Test
    void badLines_skipped_areCountedAndListed() throws IOException {
        Path pool = folder.resolve("pool2.jsonl");
        SmallRun.write(
                pool, (Files.readString(small.pool) + "not json\n{\"id\": \"x\"}\n").getBytes(StandardCharsets.UTF_8));

        Outcome outcome = Outcome.of(small.selectFrom(pool, small.reference, out, "--skip-bad-lines"));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("2 bad lines skipped");
        assertThat(outcome.err()).contains("skipped " + pool + ", line 101: is not JSON");
        assertThat(Files.readString(out.resolve("report.json")))
                .contains("\"badLines\" : 2")
                .contains(pool + ", line 101: is not JSON")
                .contains(pool + ", line 102: ");
    }

    @Test
    void gzip_truncated() throws IOException {
        byte[] whole = SmallRun.gzip(Files.readAllBytes(small.pool));
        Path pool = SmallRun.write(folder.resolve("pool.jsonl.gz"), Arrays.copyOf(whole, whole.length / 2));

        assertThat(refusedPool(pool))
                .startsWith("quad: " + pool + ", after line ")
                .contains("get a whole copy of the file");
        // a truncated file is never skipped over: how much is missing cannot be told
        assertThat(refused(small.selectFrom(pool, small.reference, out, "--skip-bad-lines")))
                .contains("get a whole copy of the file");
    }

    @Test
    void gzip_byNameOnly() {
        Path pool = small.file("pool2.jsonl.gz", GOOD);

        assertThat(refusedPool(pool)).startsWith("quad: " + pool + " is named as gzip but holds something else");
    }

    @Test
    void ids_double() {
        Path pool = small.file("pool2.jsonl", GOOD, "{\"id\": \"b\", \"text\": \"other\"}", GOOD);

        assertThat(refusedPool(pool))
                .contains(pool.toString())
                .contains("line 3")
                .contains("\"a\"")
                .contains("line 1");
    }

    @Test
    void ids_doubleAcrossFiles() throws IOException {
        Path copy = Files.copy(small.pool, folder.resolve("copy.jsonl"));
        String message = refused(small.select(out, "--pool", copy));

        assertThat(message).contains(small.pool + ", line 1").contains("demo-");
    }

    @Test
    void pool_empty() {
        Path pool = SmallRun.write(folder.resolve("pool2.jsonl"), new byte[0]);

        assertThat(refusedPool(pool))
                .contains("at least one document is needed")
                .contains(pool.toString());
    }

    @Test
    void pool_ofBadLinesOnly() {
        Path pool = small.file("pool2.jsonl", "no", "nor this");

        assertThat(refused(small.selectFrom(pool, small.reference, out, "--skip-bad-lines")))
                .contains("at least one document is needed")
                .contains("2");
    }

    @Test
    void reference_empty() {
        Path reference = SmallRun.write(folder.resolve("reference2.jsonl"), new byte[0]);

        assertThat(refused(small.selectFrom(small.pool, reference, out)))
                .contains("at least one document is needed")
                .contains(reference.toString());
    }

    @Test
    void pool_ofTextsWithoutGradient() {
        Path pool = small.file("pool2.jsonl", "{\"text\": \"a\"}", "{\"text\": \"b\"}", "{\"text\": \"c\"}");

        assertThat(refused(
                        "select",
                        "--pool",
                        pool,
                        "--reference",
                        small.reference,
                        "--out",
                        out,
                        "--budget-documents",
                        2,
                        "--proxy-tokens",
                        100))
                .contains("no document of the pool is long enough to have a gradient; give longer texts")
                .doesNotContain("\tat ");
    }

    @Test
    void reference_ofTextsWithoutGradient() {
        Path reference = small.file("reference2.jsonl", "{\"text\": \"x\"}");

        assertThat(refused(small.selectFrom(small.pool, reference, out)))
                .contains("no reference document is long enough");
    }

    @Test
    void budget_abovePool() {
        assertThat(refused(small.select(out, "--budget-tokens", 10_000_000)))
                .startsWith("quad: the budget is 10,000,000 tokens, but the pool has only ")
                .contains("duplicates left out")
                .contains("lower --budget-tokens");
        assertThat(out.resolve("manifest.json")).doesNotExist();
    }

    @Test
    void out_ofAnotherRun() throws IOException {
        assertThat(Outcome.of(small.select(out)).code()).isEqualTo(Quad.DONE);
        Map<String, String> before = SmallRun.contents(out);

        assertThat(refused(small.select(out)))
                .isEqualTo("quad: the folder " + out
                        + " holds a run already; give --resume to go on with it, or another folder");
        assertThat(refused(small.select(out, "--resume", "--seed", 5, "--clusters", 3)))
                .startsWith("quad: the folder " + out + " holds another run: ")
                .contains("seed was 1 and is 5")
                .contains("clusters was ")
                .endsWith("use the same options and files, or another folder");
        assertThat(refused(small.select(
                        out,
                        "--resume",
                        "--layers",
                        "all-and-head",
                        "--biases",
                        "ignore",
                        "--score",
                        "mean-cosine",
                        "--projection",
                        64)))
                .contains("layers was mlp and is all-and-head")
                .contains("biases was keep and is ignore")
                .contains("projection was none and is 64");
        assertThat(refused(small.selectFrom(small.reference, small.reference, out, "--resume", "--budget-tokens", 400)))
                .contains("; other documents in the pool; ");
        assertThat(SmallRun.contents(out)).isEqualTo(before);
    }

    @Test
    void out_ofSomethingElse() throws IOException {
        Files.createDirectories(out);
        SmallRun.write(out.resolve("thesis.tex"), "years of work");

        assertThat(refused(small.select(out)))
                .startsWith("quad: the folder " + out + " holds [thesis.tex] but no manifest.json")
                .endsWith("give a new or empty folder");
        assertThat(refused(small.select(out, "--resume"))).contains("[thesis.tex]");
        assertThat(refused(small.select(small.pool))).contains(small.pool + " is a file; give a folder");
        assertThat(SmallRun.contents(out)).containsOnlyKeys("thesis.tex");
    }

    @Test
    void manifest_damaged() throws IOException {
        Files.createDirectories(out);
        SmallRun.write(out.resolve("manifest.json"), "{\"run\": ");

        assertThat(refused(small.select(out, "--resume")))
                .startsWith("quad: " + out.resolve("manifest.json") + " is not JSON: it was damaged in line 2, column ")
                .endsWith("remove the folder and start again");
    }

    @Test
    void journal_damaged() throws IOException {
        assertThat(Outcome.of(small.select(out)).code()).isEqualTo(Quad.DONE);
        Path rounds = out.resolve("rounds.jsonl");
        Files.writeString(rounds, Files.readString(rounds).replaceFirst("\"arm\"", "\"leg\""));
        Files.delete(out.resolve("report.json"));

        assertThat(refused(small.select(out, "--resume")))
                .startsWith("quad: " + rounds + ", line ")
                .contains(" is broken: \"leg\" stands where \"arm\" belongs. Bring the file back from a copy");
    }

    @Test
    void model_ofOneToken() throws IOException {
        SmallRun.sayBytes(small.model, "\"sliding_window\":1,");
        String window = "quad: " + small.model.resolve("config.json") + " has \"sliding_window\" 1, where no token is";
        Path trained = folder.resolve("trained");

        assertThat(refused(small.select(out))).startsWith(window);
        assertThat(refused("train", "--data", small.pool, "--out", trained, "--model", small.model))
                .startsWith(window);
    }

    @Test
    void model_missing() {
        Path absent = folder.resolve("absent");

        assertThat(refused(small.select(out, "--model", absent))).contains(absent.toString());
    }

    @Test
    void config_unknownKey() {
        Path config = small.file("quad.yaml", "budget-token: 5000");

        assertThat(refused(small.select(out, "--config", config)))
                .startsWith(
                        "quad: " + config + " has the unknown key \"budget-token\"; the nearest are budget-tokens, ")
                .endsWith(", and --help tells all")
                .hasSizeLessThan(300);
    }

    @Test
    void config_bad() {
        assertThat(refused("select", "--config", folder.resolve("absent.yaml"))).contains("absent.yaml cannot be read");
        assertThat(refused("select", "--config", small.file("a.yaml", "- 1"))).contains("a YAML mapping");
        assertThat(Outcome.of("select", "--config", small.file("b.yaml", "seed: [1")))
                .satisfies(outcome -> assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT))
                .satisfies(outcome -> assertThat(outcome.err())
                        .contains("b.yaml is not YAML: ")
                        .contains("line 2"));
        assertThat(refused("select", "--config", small.file("c.yaml", "seed:"))).contains("\"seed\" has no value");
        assertThat(refused("select", "--config", small.file("d.yaml", "overshoot: 3")))
                .contains("a switch; allowed are true and false, found 3");
        assertThat(refused("select", "--config", small.file("e.yaml", "out: [a, b]")))
                .endsWith("e.yaml: the key \"out\" has a list of 2 values; allowed is one value");
        assertThat(refused("select", "--config", small.file("f.yaml", "pool: []")))
                .endsWith("f.yaml: the key \"pool\" has a list of 0 values; allowed are one or more");
        Path latin = SmallRun.write(folder.resolve("g.yaml"), new byte[] {'p', ':', ' ', (byte) 0xff, '\n'});
        assertThat(refused("select", "--config", latin)).endsWith("g.yaml is not UTF-8; save it as UTF-8");
        assertThat(refused("select", "--config", folder)).endsWith(folder + " is a folder; name a YAML file");
    }

    @Test
    void help_isAWordToo() {
        assertThat(Outcome.of("help")).isEqualTo(Outcome.of("--help")).matches(help -> help.code() == Quad.DONE);
        assertThat(Outcome.of("help", "sample")).isEqualTo(Outcome.of("sample", "--help"));
    }

    @Test
    void usage_bad() {
        misused("Missing required options", "select");
        misused(
                "--poool is no option of quad select; the nearest is --pool, and a file of that name is given as ./--poool",
                small.select(out, "--poool", "x"));
        misused("'topk' is not one of coverage, quad, top-k", small.select(out, "--selector", "topk"));
        misused("--budget-tokens is 0; allowed is 1 or more", small.select(out, "--budget-tokens", 0));
        misused("--threads is 0; allowed is 1 to 1024", small.select(out, "--threads", 0));
        misused("--threads is 32768; allowed is 1 to 1024", small.select(out, "--threads", 32_768));
        misused("--length is 1; allowed is 2 or more", SmallRun.train(small.pool, out, "--length", 1));
        misused(
                "'--threshold': the threshold's quantile is 1.0; allowed is [0, 1)",
                small.select(out, "--threshold", 1));
        misused("'--damping': damping lambda is -1.0", small.select(out, "--damping", "absolute:-1"));
        misused("'--preset': 'papr' is not one of quad, paper, public-code", small.select(out, "--preset", "papr"));
        misused("'--block': 'half' is not one of these: 0.05, rest:0.05 and 20", small.select(out, "--block", "half"));
        misused("'--memory': 'window:x' is not one of these: forever", small.select(out, "--memory", "window:x"));
        misused(
                "'--projection': the number of rows is 0; allowed is 1 or more; given is '0', allowed are none and 8192",
                small.select(out, "--projection", 0));
        misused("'--projection': 'many' is not one of these: none", small.select(out, "--projection", "many"));
        misused(
                "projection is 64 and score is product; give score mean-cosine, or projection none",
                small.select(out, "--projection", 64));
        misused(
                "'--layers': 'head' is not one of all, attention, mlp, all-and-head",
                small.select(out, "--layers", "head"));
        misused("'--biases': 'drop' is not one of keep, ignore", small.select(out, "--biases", "drop"));
        misused("alpha is -1.0; allowed is [0, ", small.select(out, "--alpha", -1));
        misused("patience is 0, allowed is 1 or more", small.select(out, "--patience", 0));
        misused(
                "--budget-tokens and --budget-documents are given, and a budget is one of them; leave one out",
                small.select(out, "--budget-documents", 3, "--budget-tokens", 3));
        misused(
                "no budget is given; give --budget-tokens N or --budget-documents N",
                "sample",
                "--pool",
                small.pool,
                "--out",
                folder.resolve("random.jsonl"));
        misused(
                "'--clusters': 'many' is not a whole number; allowed are such as 8000, 8,000, 8k, 2M and 1e6",
                small.select(out, "--clusters", "many"));
        misused("Unmatched argument", "selekt");
        misused("an empty text is no name of a file", "sample", "--pool", small.pool, "--out", "");
        assertThat(out).doesNotExist();
    }

    @Test
    void folderOfARun_asInput_isNotItsSelection() {
        assertThat(Outcome.of(small.select(out)).code()).isEqualTo(Quad.DONE);

        String words = "quad: " + out + " is the folder of a run of quad select; give what it chose, " + out
                + "/selected.jsonl.gz";
        assertThat(refused(small.evaluate(out))).isEqualTo(words);
        assertThat(refused(small.selectFrom(out, small.reference, folder.resolve("next"))))
                .isEqualTo(words);
        assertThat(Outcome.of(small.evaluate(out.resolve("selected.jsonl.gz"))).code())
                .isEqualTo(Quad.DONE);
    }

    /** It would be taken for one more file of the option before it. */
    @Test
    void option_misspelt_isNamedWithTheNearest() {
        misused(
                "quad: --refrence is no option of quad select; the nearest is --reference, and a file of that name is"
                        + " given as ./--refrence",
                "select",
                "--pool",
                small.pool,
                "--refrence",
                small.reference);
        misused("--sed is no option of quad evaluate; the nearest is --seed", small.evaluate(small.pool, "--sed=3"));
        assertThat(refused("inspect", "./--odd")).startsWith("quad: ./--odd does not exist");
    }

    @Test
    void number_misspelt_isToldAsPeopleWriteThem() {
        misused("option '--budget-documents'", small.select(out, "--budget-documents", "8 k"));
        misused(
                "'8 k' is not a whole number; allowed are such as 8000, 8,000, 8k, 2M and 1e6",
                small.select(out, "--budget-documents", "8 k"));
        misused("'3G' is not a whole number", small.select(out, "--seed", "3G"));
        misused("'3M000' is not a whole number", small.select(out, "--seed", "3M000"));
        misused("'5000M' is too large; allowed is up to 2147483647", small.select(out, "--clusters", "5000M"));
        misused("'1,5' is not a number; allowed are such as 2, 0.5 and 1e-4", small.select(out, "--alpha", "1,5"));
        Path config = small.file("odd.yaml", "seed: 8", "alpha: much");
        misused("quad: " + config + ": Invalid value for option '--alpha'", small.select(out, "--config", config));
    }

    private static void misused(String message, Object... arguments) {
        Outcome outcome = Outcome.of(arguments);

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err()).contains(message);
        assertThat(outcome.out()).isEmpty();
    }
}
