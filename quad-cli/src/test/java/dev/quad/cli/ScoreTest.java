// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.files.Safetensors;
import dev.quad.text.JsonlOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.ScoreColumn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code quad score}, and {@code quad select --scores}, from end to end. */
class ScoreTest {
    private static final Pattern ID = Pattern.compile("\"id\" ?: ?\"([^\"]+)\"");

    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
    }

    private Object[] score(Path out, Object... others) {
        List<Object> arguments = new ArrayList<>(List.of("score", "--pool", small.pool, "--out", out));
        if (!Arrays.asList(others).contains("self")) {
            arguments.addAll(List.of("--reference", small.reference));
        }
        arguments.addAll(List.of("--model", small.model, "--factor-tokens", 3_000));
        arguments.addAll(Arrays.asList(others));
        return arguments.toArray();
    }

    private Outcome byScores(Path scores, Path out, Object... others) {
        List<Object> arguments =
                new ArrayList<>(List.of("select", "--pool", small.pool, "--scores", scores, "--out", out));
        arguments.addAll(Arrays.asList(others));
        return Outcome.of(arguments.toArray());
    }

    private static Outcome done(Outcome outcome) {
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        return outcome;
    }

    private static List<String> ids(Path run) throws IOException {
        return SmallRun.gunzippedLines(run.resolve(ResultFiles.SELECTED)).stream()
                .flatMap(line -> ID.matcher(line).results().map(found -> found.group(1)))
                .toList();
    }

    /** From the scores of a pool to what they are worth, and again from what was kept. */
    @Test
    void checkScores_tellsWhatTheyPredict() throws IOException {
        Path scores = folder.resolve("scores.parquet");
        done(Outcome.of(score(scores)));
        Path json = folder.resolve("check.json");
        List<Object> arguments = new ArrayList<>(List.of("check-scores", "--pool", small.pool, "--scores", scores));
        arguments.addAll(List.of("--reference", small.reference, "--model", small.model, "--documents", 12));
        arguments.addAll(List.of("--halves", 8, "--keep", folder.resolve("halves"), "--json", json));
        Outcome first = done(Outcome.of(arguments.toArray()));
        assertThat(first.out()).contains("8 halves of 12 documents").containsPattern("-?[01]\\.\\d{3} \\[");
        assertThat(json).content().contains("\"datamodelingScore\"", "\"gains\"", "\"verdict\"");
        assertThat(done(Outcome.of(arguments.toArray())).out()).isEqualTo(first.out());
        arguments.set(arguments.indexOf(8), 3);
        assertThat(Outcome.of(arguments.toArray()).err()).contains("3 halves of 12 documents are asked for");
    }

    /**
     * A later reference takes what is kept; what the store gives of each reference document is also had as its best.
     */
    @Test
    void store_servesLaterReferences() throws IOException {
        Path store = folder.resolve("gradients");
        Path first = folder.resolve("first.safetensors");
        Outcome written = done(Outcome.of(score(first, "--store", store, "--store-rank", 500)));
        assertThat(written.err()).contains("storing gradients");
        double[] stored = Safetensors.open(first, "quad.document-scores.1").doubles("score");
        Path plain = folder.resolve("plain.safetensors");
        done(Outcome.of(score(plain)));
        double[] exact = Safetensors.open(plain, "quad.document-scores.1").doubles("score");
        double largest = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
        assertThat(stored).containsExactly(exact, within(0.02 * largest)); // half steps of bytes

        Outcome recall = done(
                Outcome.of("recall", "--pool", small.pool, "--scores", first, "--against", plain, "--top", "5,100"));
        assertThat(recall.out())
                .contains("best 100: 1.000")
                .containsPattern("rank correlation of all: (1.000|0.99\\d)");
        assertThat(done(Outcome.of("recall", "--pool", small.pool, "--scores", first, "--planted", "kind=sums"))
                        .out())
                .containsPattern("best 10: [01]\\.\\d{3}");
        assertThat(Outcome.of("recall", "--pool", small.pool, "--scores", first).err())
                .contains("give --against FILE or --planted FIELD=VALUE, one of the two");

        Path best = folder.resolve("best.jsonl");
        Outcome later = done(Outcome.of(score(
                best, "--store", store, "--store-rank", 500, "--kind", "pairwise", "--top", 3, "--damping", 0.2)));
        assertThat(later.err()).doesNotContain("storing gradients").doesNotContain("estimating the curvature");
        List<String> references = Files.readAllLines(small.reference);
        assertThat(Files.readAllLines(best)).hasSize(3 * references.size());
        assertThat(Files.readAllLines(best).get(1))
                .startsWith("{\"reference\":")
                .contains("\"rank\":2,\"id\":");

        assertThat(Outcome.of(score(folder.resolve("no.parquet"), "--store", store))
                        .err())
                .contains("store rank was 500 and is 32");
        assertThat(Outcome.of(score(folder.resolve("no.parquet"), "--store-rank", 4))
                        .err())
                .contains("no gradients are kept, and --store-rank would do nothing");
        assertThat(Outcome.of(score(folder.resolve("no.parquet"), "--top", 4)).err())
                .contains("allowed is 1 or more, of pairwise scores");
        assertThat(Outcome.of(score(folder.resolve("no.safetensors"), "--kind", "pairwise", "--top", 4))
                        .err())
                .contains("--top writes rows");
    }

    /** Of one model twice, with halves as weights, scores are those of the model; and so is what is chosen. */
    @Test
    void model_ofSeveralFolders_isTheirSum() throws IOException {
        Path one = folder.resolve("one.safetensors");
        Path two = folder.resolve("two.safetensors");
        Path weighted = folder.resolve("weighted.safetensors");
        done(Outcome.of(score(one)));
        done(Outcome.of(score(two, "--model", small.model)));
        done(Outcome.of(score(weighted, "--model", small.model, "--checkpoint-weights", "2,1")));

        double[] scores = Safetensors.open(one, "quad.document-scores.1").doubles("score");
        assertThat(Safetensors.open(two, "quad.document-scores.1").doubles("score"))
                .isEqualTo(scores);
        assertThat(Safetensors.open(weighted, "quad.document-scores.1").doubles("score"))
                .usingComparatorWithPrecision(1e-12)
                .isEqualTo(Arrays.stream(scores).map(score -> 3 * score).toArray());
        Path byOne = folder.resolve("by-one");
        Path byTwo = folder.resolve("by-two");
        done(Outcome.of(small.select(byOne, "--selector", "top-k", "--budget-documents", 9)));
        done(Outcome.of(small.select(byTwo, "--selector", "top-k", "--budget-documents", 9, "--model", small.model)));
        assertThat(ids(byTwo)).isEqualTo(ids(byOne));
        assertThat(Outcome.of(score(folder.resolve("no.parquet"), "--checkpoint-weights", "2,1"))
                        .err())
                .contains("--checkpoint-weights are 2 for 1 folders of --model");
    }

    /**
     * One segment that goes on for ever ends where an undamped inverse does; a short one is the product for so long.
     */
    @Test
    void segments_areThoseOfATraining() throws IOException {
        Path brief = folder.resolve("brief.safetensors");
        done(Outcome.of(score(brief, "--model", small.model, "--segments", "1e-9")));
        Path product = folder.resolve("product.safetensors");
        List<Object> arguments = new ArrayList<>(Arrays.asList(score(product, "--curvature", "identity")));
        arguments.removeAll(List.of("--factor-tokens", 3_000));
        done(Outcome.of(arguments.toArray()));
        double[] expected = Safetensors.open(product, "quad.document-scores.1").doubles("score");
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        double[] found = Safetensors.open(brief, "quad.document-scores.1").doubles("score");
        assertThat(Arrays.stream(found).map(score -> score * 1e9).toArray())
                .containsExactly(expected, within(1e-4 * largest));

        assertThat(Outcome.of(score(folder.resolve("no.parquet"), "--segments", "1,2"))
                        .err())
                .contains("there are 2 segments of a training with 1 checkpoints");
        assertThat(Outcome.of(score(folder.resolve("no.parquet"), "--segments", "1", "--damping", 3))
                        .err())
                .contains("and --damping would do nothing; leave it out, or leave out --segments");
    }

    /** What stands before both sides of a pair is read with each; turned round, all scores change their sign. */
    @Test
    void reference_ofPairs_isWhatIsWantedLessWhatIsNot() throws IOException {
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), """
                {"id":"p","ask":"three plus nine","yes":" is a sum, said the teacher.","no":" is a ferry in the harbour."}
                """);
        String[] fields = {"ask,yes,no", "ask,no,yes"};
        double[][] scores = new double[2][];
        for (int i = 0; i < 2; i++) {
            Path file = folder.resolve("pairs-" + i + ".safetensors");
            List<Object> arguments = new ArrayList<>(List.of("score", "--pool", small.pool, "--out", file));
            arguments.addAll(List.of("--reference", pairs, "--preference-fields", fields[i], "--model", small.model));
            done(Outcome.of(arguments.toArray()));
            scores[i] = Safetensors.open(file, "quad.document-scores.1").doubles("score");
        }
        double largest = Arrays.stream(scores[0]).map(Math::abs).max().orElseThrow();
        assertThat(scores[1])
                .usingComparatorWithPrecision(1e-5 * largest)
                .isEqualTo(Arrays.stream(scores[0]).map(score -> -score).toArray());
        Path run = folder.resolve("run");
        assertThat(Outcome.of(
                                "select",
                                "--pool",
                                small.pool,
                                "--reference",
                                pairs,
                                "--preference-fields",
                                "yes,no",
                                "--selector",
                                "coverage",
                                "--out",
                                run,
                                "--budget-documents",
                                5)
                        .err())
                .contains("--preference-fields would do nothing");
        done(Outcome.of(
                "select",
                "--pool",
                small.pool,
                "--reference",
                pairs,
                "--preference-fields",
                "yes,no",
                "--selector",
                "top-k",
                "--model",
                small.model,
                "--measure",
                "margin",
                "--factor-tokens",
                3_000,
                "--out",
                run,
                "--budget-documents",
                5));
        assertThat(ids(run)).hasSize(5);
    }

    /** Whatever the budget and the form, the best by the file are the best by the model. */
    @ParameterizedTest
    @ValueSource(strings = {"scores.parquet", "scores.jsonl", "scores.jsonl.zst", "scores.safetensors"})
    void select_byTheFile_choosesWhatTheModelDoes(String name) throws IOException {
        Path scores = folder.resolve(name);
        Outcome outcome = done(Outcome.of(score(scores)));
        assertThat(outcome.out()).contains("documents scored, ").contains(name);
        assertThat(folder.resolve(name + ".work")).doesNotExist();
        Path byModel = folder.resolve("model-run");
        Path byFile = folder.resolve("file-run");
        done(Outcome.of(small.select(byModel, "--selector", "top-k", "--budget-documents", 25)));
        done(byScores(scores, byFile, "--selector", "top-k", "--budget-documents", 25));

        assertThat(ids(byFile)).hasSize(25).isEqualTo(ids(byModel));
        assertThat(byFile.resolve("proxy")).doesNotExist();
        assertThat(byFile.resolve("manifest.json")).content().contains("\"model\" : \"scores of ");
        done(byScores(scores, folder.resolve("rounds"), "--budget-tokens", SmallRun.BUDGET, "--clusters", 5));
        assertThat(done(byScores(scores, folder.resolve("dry"), "--budget-documents", 3, "--dry-run"))
                        .out())
                .contains("no token goes through a model")
                .doesNotContain("reference");
        assertThat(ScoreColumn.metadata(scores))
                .containsEntry("kind", "aggregated")
                .containsKey("deviation");
    }

    @Test
    void scores_ofAnotherPool_orWithoutADocument_areRefused() throws IOException {
        Path scores = folder.resolve("scores.jsonl");
        done(Outcome.of(score(scores)));
        List<String> pool = Files.readAllLines(small.pool);
        Path part = small.file("part.jsonl", pool.subList(0, 50).toArray(String[]::new));
        Outcome other = Outcome.of(
                "select", "--pool", part, "--scores", scores, "--out", folder.resolve("a"), "--budget-documents", 3);
        assertThat(other.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(other.err()).contains("scores.jsonl are of the pool ").contains("give the pool that was scored");

        List<String> lines = Files.readAllLines(scores);
        Path without = small.file(
                "without.jsonl", lines.subList(0, SmallRun.DOCUMENTS - 1).toArray(String[]::new));
        MatchResult last = ID.matcher(lines.get(SmallRun.DOCUMENTS - 1))
                .results()
                .findFirst()
                .orElseThrow();
        Outcome missing = byScores(without, folder.resolve("b"), "--budget-documents", 3);
        assertThat(missing.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(missing.err())
                .contains("\"" + last.group(1) + "\"")
                .contains("has no row in")
                .contains("without");

        lines.set(7, lines.get(7).replaceFirst("\"score\":[^,]+", "\"score\":\"high\""));
        Path text = small.file("text.jsonl", lines.toArray(String[]::new));
        Outcome wrong = byScores(text, folder.resolve("c"), "--budget-documents", 3);
        assertThat(wrong.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(wrong.err()).contains("line 8").contains("the field \"score\" is");
        assertThat(folder.resolve("a")).doesNotExist();
    }

    @Test
    void kinds_andParts_areWritten() throws IOException {
        Path self = folder.resolve("self.safetensors");
        Path config = small.file("score.yaml", "kind: self", "pool: " + small.pool, "model: " + small.model);
        done(Outcome.of("score", "--config", config, "--out", self, "--factor-tokens", 3_000));
        assertThat(tensors(self).doubles("score")).hasSize(SmallRun.DOCUMENTS);
        Outcome outliers = byScores(self, folder.resolve("outliers"), "--budget-documents", 3);
        assertThat(outliers.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outliers.err())
                .contains("self.safetensors are of the kind self, which is by no reference")
                .contains("aggregated or pairwise");

        Path pairs = folder.resolve("pairs.safetensors");
        done(Outcome.of(score(pairs, "--kind", "pairwise")));
        assertThat(tensors(pairs).shape("scores")).containsExactly(SmallRun.DOCUMENTS, SmallRun.REFERENCES);

        for (String by : List.of("layer", "token")) {
            Path parts = folder.resolve(by + ".parquet");
            done(Outcome.of(score(parts, "--by", by)));
            done(byScores(parts, folder.resolve(by), "--budget-documents", 3, "--selector", "top-k"));
            try (JsonlPool rows = JsonlPool.builder()
                    .options(JsonlOptions.builder().textField("id").build())
                    .cacheFolder(folder.resolve("cache"))
                    .open(List.of(parts))) {
                assertThat(rows.size()).isEqualTo(SmallRun.DOCUMENTS);
                assertThat(new String(rows.rawRecord(0), StandardCharsets.UTF_8))
                        .contains(by.equals("layer") ? "\"layers\":[" : "\"tokenScores\":[");
            }
        }
    }

    private static Safetensors tensors(Path file) throws IOException {
        return Safetensors.open(file, "quad.document-scores.1");
    }

    /** As after a signal just at the end. */
    @ParameterizedTest
    @ValueSource(strings = {"scores.parquet", "scores.jsonl", "scores.safetensors"})
    void sameCommand_withTheFileWhole_isFinished(String name) throws IOException {
        Path scores = folder.resolve(name);
        String printed = done(Outcome.of(score(scores))).out();
        byte[] bytes = Files.readAllBytes(scores);
        Outcome again = done(Outcome.of(score(scores)));
        assertThat(again.out()).isEqualTo(printed);
        assertThat(again.err()).contains(name + " are finished already");

        Outcome other = Outcome.of(score(scores, "--damping", 0.2, "--passes", "forward"));
        assertThat(other.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(other.err())
                .contains(name + " is there already, with scores of another run: damping was 0.1 and is 0.2;")
                .contains("passes was backward and is forward");
        assertThat(scores).hasBinaryContent(bytes);
        assertThat(folder.resolve(name + ".work")).doesNotExist();
    }

    @Test
    void sameCommand_withSkippedLines_isFinished() throws IOException {
        Files.writeString(small.pool, Files.readString(small.pool) + "no JSON\n");
        Path scores = folder.resolve("scores.jsonl");
        done(Outcome.of(score(scores, "--skip-bad-lines")));
        assertThat(folder.resolve("scores.jsonl.rejects.jsonl")).exists();
        assertThat(done(Outcome.of(score(scores, "--skip-bad-lines"))).err()).contains("are finished already");
    }

    @Test
    void fileThatIsThere_isNotReplaced() throws IOException {
        Path scores = Files.writeString(folder.resolve("scores.jsonl"), "mine\n");
        Outcome outcome = Outcome.of(score(scores));
        assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.err()).contains("scores.jsonl is there already");
        Path beside = Files.writeString(folder.resolve("other.meta.json"), "{}");
        outcome = Outcome.of(score(folder.resolve("other.jsonl")));
        assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.err()).contains("other.meta.json");
        assertThat(scores).hasContent("mine");
        assertThat(beside).hasContent("{}");
    }

    @ParameterizedTest
    @CsvSource({
        "--out, scores.csv, allowed are names that end in .parquet",
        "--kind, self, --reference would do nothing",
        "--kind, all, aggregated",
        "--damping, -1, damping",
        "--proxy-tokens, 0, allowed is 1 or more",
        "--kind, 'pairwise --by layer', '--by layer splits an aggregated score, and --kind is pairwise; leave one of'",
        "--seed, '1 --resume', the same command goes on by itself"
    })
    void badUsage_saysWhatIsAllowed(String option, String value, String words) {
        List<Object> arguments =
                new ArrayList<>(List.of("score", "--pool", small.pool, "--reference", small.reference, option));
        arguments.addAll(List.of(value.split(" ")));
        if (!option.equals("--out")) {
            arguments.addAll(List.of("--out", folder.resolve("s.jsonl")));
        }
        Outcome outcome = Outcome.of(arguments.toArray());
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err()).contains(words);
    }

    @ParameterizedTest
    @CsvSource({"--damping, 0.2", "--reference, pool.jsonl", "--proxy-tokens, 100", "--reference-text-field, body"})
    void selectByScores_withWhatScoresAreMadeOf_isRefused(String option, String value) {
        Outcome outcome =
                byScores(folder.resolve("s.jsonl"), folder.resolve("out"), "--budget-documents", 3, option, value);
        assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err()).contains(option + " would do nothing; leave it out, or leave out --scores");
    }

    /** Of the file, and in one step, the same documents; a file says by what. */
    @ParameterizedTest
    @ValueSource(strings = {"dsir", "moore-lewis", "perplexity-high", "classifier"})
    void method_chooses_throughAFile_andInOneStep(String method) throws IOException {
        boolean ofPool = method.startsWith("perplexity");
        List<Object> reference = ofPool ? List.of() : List.of("--reference", small.reference);
        Path scores = folder.resolve("scores.jsonl");
        List<Object> score = new ArrayList<>(List.of("score", "--pool", small.pool, "--out", scores));
        score.addAll(List.of("--method", method));
        score.addAll(reference);
        assertThat(done(Outcome.of(score.toArray())).out()).contains("documents scored");
        assertThat(done(Outcome.of(score.toArray())).err()).contains("are finished already");
        assertThat(ScoreColumn.metadata(scores)).containsEntry("kind", "method").containsKeys("method", "learned");
        Path byFile = folder.resolve("byFile");
        done(byScores(scores, byFile, "--selector", "top-k", "--budget-documents", 25));

        Path atOnce = folder.resolve("atOnce");
        List<Object> select = new ArrayList<>(List.of("select", "--pool", small.pool, "--out", atOnce));
        select.addAll(List.of("--method", method, "--budget-documents", 25));
        select.addAll(reference);
        done(Outcome.of(select.toArray()));
        assertThat(atOnce.resolve("selected.jsonl.gz")).hasSameBinaryContentAs(byFile.resolve("selected.jsonl.gz"));
        assertThat(done(Outcome.of(resumed(select))).err()).contains("is finished already");
    }

    /** Drawn by scores, with what each record is to be trained on how often. */
    @Test
    void sample_drawsByScores() throws IOException {
        Path scores = folder.resolve("scores.jsonl");
        done(Outcome.of(
                "score", "--pool", small.pool, "--reference", small.reference, "--out", scores, "--method", "dsir"));
        String best = drawn(scores, "top.jsonl", "top", 1);
        String noisy = drawn(scores, "gumbel.jsonl", "gumbel:0.3", 1);
        assertThat(best).contains("\"quad\":{\"score\":").doesNotContain("weight");
        assertThat(noisy).isNotEqualTo(best).isEqualTo(drawn(scores, "again.jsonl", "gumbel:0.3", 1));
        assertThat(drawn(scores, "other.jsonl", "gumbel:0.3", 2)).isNotEqualTo(noisy);
        assertThat(drawn(scores, "often.jsonl", "multinomial:0.05", 1)).contains("\"weight\":4");

        Outcome wrong = Outcome.of(
                "sample",
                "--pool",
                small.pool,
                "--out",
                folder.resolve("x.jsonl"),
                "--budget-documents",
                5,
                "--draw",
                "top");
        assertThat(wrong.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(wrong.err()).contains("without --scores, and --draw would do nothing");
        Outcome rule = Outcome.of(
                "sample",
                "--pool",
                small.pool,
                "--scores",
                scores,
                "--out",
                folder.resolve("x.jsonl"),
                "--budget-documents",
                5,
                "--draw",
                "gumbel:-1");
        assertThat(rule.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(rule.err()).contains("the temperature is -1.0; allowed is above 0 and finite");
    }

    private String drawn(Path scores, String name, String draw, int seed) throws IOException {
        Path out = folder.resolve(name);
        Outcome outcome = Outcome.of(
                "sample",
                "--pool",
                small.pool,
                "--scores",
                scores,
                "--out",
                out,
                "--budget-documents",
                40,
                "--draw",
                draw,
                "--seed",
                seed);
        assertThat(done(outcome).out()).contains(" chosen by " + draw.replaceFirst(":.*", ""));
        return Files.readString(out);
    }

    private static Object[] resumed(List<Object> select) {
        List<Object> again = new ArrayList<>(select);
        again.add("--resume");
        return again.toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "score, dsir --reference r.jsonl --damping 0.2, --damping would do nothing",
        "score, dsir --reference r.jsonl --kind pairwise, --kind would do nothing",
        "score, perplexity-low --reference pool.jsonl, '--reference would do nothing; leave it out, or give another'",
        "score, dsir, 'there is no --reference'",
        "score, dsire, 'one of dsir, dsir-exact'",
        "select, dsir --reference r.jsonl --proxy-tokens 100, --proxy-tokens would do nothing",
        "select, dsir --reference r.jsonl --clusters 7, 'with --method every document is scored'",
        "select, dsir --scores s.jsonl, leave one of them out"
    })
    void method_withWhatItDoesNotUse_isRefused(String command, String options, String words) {
        List<Object> arguments =
                new ArrayList<>(List.of(command, "--pool", small.pool, "--out", folder.resolve("new.jsonl")));
        if (command.equals("select")) {
            arguments.addAll(List.of("--budget-documents", 3));
        }
        arguments.add("--method");
        arguments.addAll(List.of(options.split(" ")));
        Outcome outcome = Outcome.of(arguments.toArray());
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err()).contains(words);
    }

    @Test
    void select_withoutReferenceAndScores_saysWhatIsMissing() {
        Outcome outcome =
                Outcome.of("select", "--pool", small.pool, "--out", folder.resolve("out"), "--budget-documents", 3);
        assertThat(outcome.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(outcome.err())
                .contains("there is no --reference; give documents whose loss is to fall, or --scores");
    }
}
