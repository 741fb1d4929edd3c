// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.files.Words;
import dev.quad.model.Biases;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code select} can be told of scores and of choosing, from end to end. */
class SelectOptionsTest {
    private static final Pattern SCORES = Pattern.compile("\"scores\":\\[([-.E0-9,]+)]");

    @TempDir
    private Path folder;

    private SmallRun small;
    private Path out;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        out = folder.resolve("out");
    }

    /** Runs, and returns the manifest. */
    private String manifest(Object... options) throws IOException {
        Outcome outcome = Outcome.of(small.select(out, options));
        assertThat(outcome.code()).as(outcome.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
        return Files.readString(out.resolve("manifest.json"));
    }

    private List<String> chosen() throws IOException {
        return SmallRun.gunzippedLines(out.resolve("selected.jsonl.gz"));
    }

    private String report() throws IOException {
        return Files.readString(out.resolve("report.json"));
    }

    @Test
    void paper_runsTheFormulas() throws IOException {
        assertThat(manifest("--preset", "paper"))
                .contains("\"preset\" : \"paper\"")
                .contains("\"armSelector\" : \"Ucb1[alpha=1.0E-4, unit=RAW]\"")
                .contains("\"acceptance\" : \"BlockMean[dropKnownBad=false]\"")
                .contains("\"samplePerBlock\" : \"10\"")
                .contains("\"threshold\" : \"Quantile[q=0.5]\"")
                .contains("\"score\" : \"product\"")
                .contains("\"curvature\" : \"kfac\"")
                .contains("\"fisher\" : \"sampled\"")
                .contains("\"qkv\" : \"joint\"")
                .contains("\"layers\" : \"all\"")
                .contains("\"biases\" : \"keep\"")
                .contains("\"projection\" : \"none\"");
        assertThat(chosen()).isNotEmpty();
        assertThat(report()).contains("\"stopReason\" : \"BUDGET\"");
    }

    @Test
    void publicCode_runsWhatTheCodeDoes() throws IOException {
        assertThat(manifest("--preset", "public-code", "--clusters", 4))
                .contains(
                        "\"armSelector\" : \"Ucb1[alpha=1.0E-4, unit=RAW, plusOne, Optimistic[mean=0.002], tiesByNumber]")
                .contains(
                        "\"credit\" : \"pulls, neighbours within 0.2 by cosine of centres, whole trials towards 0.002\"")
                .contains("\"armsPerRound\" : \"50\"")
                .contains("\"blockSize\" : \"WholeDocuments[count=8]\"")
                .contains("\"evidence\" : \"OF_PREFIX\"")
                .contains("\"samplePerBlock\" : \"8\"")
                .contains("\"threshold\" : \"Absolute[tau=0.002]\"")
                .contains("\"overshoot\" : \"true\"")
                .contains("\"maxRounds\" : \"200\"")
                .contains("\"score\" : \"mean-cosine\"")
                .contains("\"curvature\" : \"ekfac\"")
                .contains("\"fisher\" : \"empirical\"")
                .contains("\"factorData\" : \"reference\"")
                .contains("\"damping\" : \"Absolute[lambda=0.001]\"")
                .contains("\"qkv\" : \"separate\"")
                .contains("\"layers\" : \"all-and-head\"")
                .contains("\"biases\" : \"ignore\"")
                .contains("\"projection\" : \"8192\"")
                .contains("\"chunkMean\" : \"chunks\"")
                .contains("\"shortDocuments\" : \"zero\"");
        assertThat(chosen()).isNotEmpty();
        // the code scores others than those it takes
        Matcher scores = SCORES.matcher(Files.readString(out.resolve("rounds.jsonl")));
        int scored = 0;
        while (scores.find()) {
            for (String score : scores.group(1).split(",", -1)) {
                assertThat(Double.parseDouble(score)).isBetween(-1.0, 1.0);
                scored++;
            }
        }
        assertThat(scored).isGreaterThan(20);
        assertThat(Outcome.of(small.select(folder.resolve("block"), "--preset", "public-code", "--block", "0.05"))
                        .err())
                .contains("give --block such as 20");
    }

    @Test
    void preset_optionsBeside_win() throws IOException {
        assertThat(manifest(
                        "--preset",
                        "public-code",
                        "--clusters",
                        8,
                        "--block",
                        5,
                        "--threshold",
                        "score:0.01",
                        "--alpha",
                        0.5,
                        "--curvature",
                        "diagonal",
                        "--damping",
                        0.2,
                        "--qkv",
                        "heads",
                        "--neighbours",
                        0,
                        "--layers",
                        "attention",
                        "--biases",
                        "keep",
                        "--score",
                        "product",
                        "--ties",
                        "random",
                        "--first-pull",
                        "optimistic:0.02",
                        "--short-documents",
                        "unscored"))
                .contains("Ucb1[alpha=0.5, unit=RAW, plusOne, Optimistic[mean=0.02]]")
                .contains("\"blockSize\" : \"WholeDocuments[count=5]\"")
                .contains("\"threshold\" : \"Absolute[tau=0.01]\"")
                .contains("\"credit\" : \"pulls\"")
                .contains("\"curvature\" : \"diagonal\"")
                .contains("\"damping\" : \"Relative[factor=0.2]\"")
                .contains("\"qkv\" : \"heads\"")
                .contains("\"layers\" : \"attention\"")
                .contains("\"biases\" : \"keep\"")
                .contains("\"projection\" : \"none\"")
                .doesNotContain("shortDocuments");
    }

    /** The pool has 24 documents of seven bytes, and chunks of the small model have 64 tokens. */
    @Test
    void shortDocuments_asZero_haveThatScore() throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(small.pool).subList(0, 40));
        for (int i = 0; i < 24; i++) {
            lines.add("{\"text\": \"short " + (char) ('a' + i) + "\"}");
        }
        Path pool = small.file("short.jsonl", lines.toArray(String[]::new));
        List<Integer> zeros = new ArrayList<>();
        for (String rule : List.of("unscored", "zero", "zero:7", "unscored:32")) {
            Path run = folder.resolve("run" + zeros.size());
            String line = "--threshold none --budget-tokens 3000 --short-documents " + rule;
            Outcome outcome = Outcome.of(small.selectFrom(pool, small.reference, run, (Object[]) line.split(" ", -1)));
            assertThat(outcome.code()).as(outcome.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
            zeros.add((int) Pattern.compile("[\\[,]0\\.0[,\\]]")
                    .matcher(Files.readString(run.resolve("rounds.jsonl")))
                    .results()
                    .count());
        }
        assertThat(zeros.get(0)).isZero();
        assertThat(zeros.get(1)).isPositive();
        assertThat(zeros.get(2)).isZero();
        assertThat(zeros.get(3)).isZero();
        assertThat(Outcome.of(small.select(out, "--short-documents", "zero:33")).err())
                .contains("short documents are zero:33, and chunks have 64 tokens; allowed is 1 to 32, half of them");
        assertThat(Outcome.of(small.select(out, "--short-documents", "half")).err())
                .contains("'half' is not one of these: unscored, unscored:20, zero and zero:20");
        assertThat(out.resolve("manifest.json")).doesNotExist();
    }

    @Test
    void firstPullTiesAndSmallClusters_areRulesOfUcb1() throws IOException {
        assertThat(manifest(
                        "--first-pull",
                        "optimistic:0.5",
                        "--ties",
                        "number",
                        "--small-clusters",
                        "skipped",
                        "--block",
                        4))
                .contains("unit=ROBUST, finite, Optimistic[mean=0.5], tiesByNumber]")
                .contains("\"blockSize\" : \"WholeDocuments[count=4]\"");
        Path other = folder.resolve("other");
        assertThat(Outcome.of(small.select(other, "--small-clusters", "skipped"))
                        .err())
                .contains("--small-clusters is skipped, which needs blocks of a number of documents");
        assertThat(Outcome.of(small.select(other, "--preset", "public-code", "--small-clusters", "reached"))
                        .err())
                .contains("the preset public-code skips clusters smaller than a block");
    }

    /**
     * Head, biases and projection each change what is scored, and one that is given as it is anyway changes nothing.
     */
    @Test
    void headBiasesAndProjection_changeTheScores() throws IOException {
        DecoderConfig biased = DecoderConfig.builder(257)
                .width(16)
                .layers(1)
                .heads(2)
                .headWidth(8)
                .mlpWidth(32)
                .maxLength(64)
                .biases(Biases.ALL)
                .build();
        Path model = folder.resolve("biased");
        try (Decoder decoder = Decoder.random(biased, new Seed(7))) {
            decoder.write(model);
        }
        List<String> journals = new ArrayList<>();
        for (String options : List.of(
                " --layers all",
                " --layers all-and-head",
                " --layers all --biases ignore",
                " --layers all --projection 64",
                " --layers all --projection 65",
                " --layers all --gradient sign",
                " --layers all --gradient adam",
                " --layers all --biases keep --projection none --gradient sgd")) {
            Path run = folder.resolve("run" + journals.size());
            String line = "--score mean-cosine --threshold none --model " + model + options;
            Outcome outcome = Outcome.of(small.select(run, (Object[]) line.split(" ", -1)));
            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
            Matcher scores = SCORES.matcher(Files.readString(run.resolve("rounds.jsonl")));
            assertThat(scores.find()).isTrue();
            journals.add(scores.group());
        }
        assertThat(journals.get(7)).isEqualTo(journals.get(0));
        assertThat(journals.subList(0, 7)).doesNotHaveDuplicates();
        assertThat(Outcome.of(small.select(out, "--preset", "public-code", "--gradient", "sign"))
                        .err())
                .contains("projection is 8192 and gradient is sign, which is not projected");
    }

    /** What was lost of the journal is scored again through the same projection. */
    @Test
    void publicCode_interruptedAndResumed_endsWithTheSameBytes() throws IOException {
        Object[] options = {"--preset", "public-code", "--clusters", 8, "--block", 5, "--arms-per-round", 2};
        manifest(options);
        Path rounds = out.resolve("rounds.jsonl");
        byte[] journal = Files.readAllBytes(rounds);
        List<String> before = chosen();
        List<String> lines = Files.readAllLines(rounds);
        assertThat(lines).hasSizeGreaterThan(2);
        SmallRun.write(rounds, lines.subList(0, 2).toArray(String[]::new));
        Files.delete(out.resolve("report.json"));
        Files.delete(out.resolve("selected.jsonl.gz"));

        Object[] again =
                Stream.concat(Arrays.stream(options), Stream.of("--resume")).toArray();
        manifest(again);
        assertThat(chosen()).isEqualTo(before);
        assertThat(Files.readAllBytes(rounds)).isEqualTo(journal);
    }

    /** The factors of a head of 200,000 words take 320 GB: a dry run says so too. */
    @Test
    void dryRun_ofAHeadTooLarge_isRefused() throws IOException {
        DecoderConfig large = DecoderConfig.builder(200_000)
                .width(4)
                .layers(1)
                .heads(1)
                .mlpWidth(4)
                .maxLength(64)
                .tiedHead(true)
                .build();
        Path model = folder.resolve("large");
        try (Decoder decoder = Decoder.random(large, new Seed(7))) {
            decoder.write(model);
        }
        SmallRun.sayBytes(model, "");
        Outcome outcome = Outcome.of(small.select(out, "--dry-run", "--model", model, "--layers", "all-and-head"));
        assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.err()).contains("the curvature kfac of a head of 200,000 words needs ");
        assertThat(out).doesNotExist();
        assertThat(Outcome.of(small.select(out, "--dry-run", "--model", model)).code())
                .isEqualTo(Quad.DONE);
    }

    @ParameterizedTest
    @EnumSource(ArmPolicy.class)
    void policy_any_choosesWithinTheBudget(ArmPolicy policy) throws IOException {
        assertThat(manifest("--policy", Words.of(policy), "--budget-documents", 9))
                .contains("\"armSelector\" : ");
        assertThat(chosen()).hasSize(9);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--accept mean --rejected retry:2 --sample-per-block 3",
                "--accept bound:1 --block 6 --memory discounted:0.9",
                "--accept top:0.3 --block rest:0.2 --memory window:3 --order pool",
                "--credit pulls --neighbours 0.5 --reward-unit spread --arms-per-round 3",
                "--threshold falling:0.95 --pilot 50 --patience 40 --max-rounds 300",
                "--score mean-cosine --curvature identity --layers mlp",
                "--fisher empirical --factor-data both --curvature ekfac --layers attention --chunk-mean chunks",
                "--damping factored:0.1 --layers all --qkv separate --threshold none",
                "--layers all-and-head --curvature diagonal --biases ignore --qkv heads",
                "--gradient sign --layers mlp",
                "--passes forward --layers all-and-head --curvature diagonal",
                "--layers all-and-head --score mean-cosine --projection 30 --chunk-mean chunks"
            })
    void options_anyTogether_choose(String options) throws IOException {
        manifest((Object[]) options.split(" ", -1));
        assertThat(chosen()).isNotEmpty();
    }

    @Test
    void budget_ofDocuments_isKept_orOvershot() throws IOException {
        manifest("--budget-documents", 7, "--overshoot", "--threshold", "none", "--block", 5, "--arms-per-round", 4);
        assertThat(chosen()).hasSizeBetween(8, 26);
    }

    /** Forty documents of which half are one text: what is like the chosen ones loses. */
    @Test
    void redundancy_ofCopies_takesFewer() throws IOException {
        String[] lines = new String[40];
        Arrays.setAll(
                lines,
                i -> "{\"text\": \"" + (i < 20 ? "The same words, again and again." : "Unlike " + "xyz".repeat(i))
                        + "\"}");
        Path pool = small.file("copies.jsonl", lines);
        long[] copies = new long[2];
        for (int redundant = 0; redundant < 2; redundant++) {
            Path run = folder.resolve("copies" + redundant);
            Outcome outcome = Outcome.of(small.selectFrom(
                    pool,
                    small.reference,
                    run,
                    "--budget-documents",
                    40,
                    "--duplicates",
                    "keep",
                    "--threshold",
                    "score:-1e6",
                    "--redundancy",
                    redundant * 5e5));
            assertThat(outcome.code()).as(outcome.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
            copies[redundant] = SmallRun.gunzippedLines(run.resolve("selected.jsonl.gz")).stream()
                    .filter(line -> line.contains("again and again"))
                    .count();
        }
        assertThat(copies[0]).isGreaterThan(10);
        assertThat(copies[1]).isBetween(1L, 3L);
    }

    @Test
    void report_tellsWhatTheBanditTook() throws IOException {
        manifest();
        assertThat(report()).contains("\"rounds\" : ", "\"roundsScoring\" : ", "\"roundsBandit\" : ", "\"total\" : ");
    }

    @Test
    void help_hasItsHeadings() {
        String help = Outcome.of("select", "--help").out();
        assertThat(help).contains("\nScores:\n").contains("\nChoosing:\n").contains("--preset=NAME");
        assertThat(help.replaceAll("\\s+", " ")).contains("(--budget-tokens=N | --budget-documents=N) [OPTIONS]");
        assertThat(Outcome.of("embed", "--help").out())
                .contains("--embedding-tokens=N")
                .contains("Exit codes: 0 done");
        assertThat(Outcome.of("embed", "--version").out()).startsWith("quad ");
    }
}
