// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
                .contains("\"armSelector\" : \"Ucb1[alpha=1.0E-4, inSpreads=false]\"")
                .contains("\"acceptance\" : \"BlockMean[dropKnownBad=false]\"")
                .contains("\"samplePerBlock\" : \"10\"")
                .contains("\"threshold\" : \"Quantile[q=0.5]\"")
                .contains("\"score\" : \"product\"")
                .contains("\"curvature\" : \"kfac\"")
                .contains("\"fisher\" : \"sampled\"")
                .contains("\"qkv\" : \"joint\"");
        assertThat(chosen()).isNotEmpty();
        assertThat(report()).contains("\"stopReason\" : \"BUDGET\"");
    }

    @Test
    void publicCode_runsWhatTheCodeDoes() throws IOException {
        assertThat(manifest("--preset", "public-code", "--clusters", 8))
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
                .contains("\"chunkMean\" : \"chunks\"");
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
        assertThat(scored).isGreaterThan(50);
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
                        0))
                .contains("Ucb1[alpha=0.5, unit=RAW, plusOne, Optimistic[mean=0.01], tiesByNumber]")
                .contains("\"blockSize\" : \"WholeDocuments[count=5]\"")
                .contains("\"threshold\" : \"Absolute[tau=0.01]\"")
                .contains("\"credit\" : \"pulls\"")
                .contains("\"curvature\" : \"diagonal\"")
                .contains("\"damping\" : \"Relative[factor=0.2]\"")
                .contains("\"qkv\" : \"heads\"");
    }

    @ParameterizedTest
    @EnumSource(ArmPolicy.class)
    void policy_any_choosesWithinTheBudget(ArmPolicy policy) throws IOException {
        assertThat(manifest("--policy", Word.of(policy), "--budget-documents", 9))
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
                "--score mean-cosine --curvature identity --layers mlp --factor-data both",
                "--fisher empirical --curvature ekfac --layers attention --chunk-mean chunks",
                "--damping factored:0.1 --qkv separate --threshold none"
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
    }
}
