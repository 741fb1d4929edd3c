// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a run: what {@code quad select} writes is what {@code quad report} makes. */
class ReportTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private Path out;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        out = folder.resolve("out");
    }

    private static Outcome done(Object... arguments) {
        Outcome outcome = Outcome.of(arguments);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        return outcome;
    }

    private Object[] select(Object... others) {
        List<Object> line = new java.util.ArrayList<>(List.of("select", "--pool", small.pool, "--reference"));
        line.addAll(List.of(small.reference, "--out", out, "--budget-tokens", SmallRun.BUDGET));
        line.addAll(List.of(others));
        return line.toArray();
    }

    private static String field(Path report, String name) throws IOException {
        Matcher found = Pattern.compile("\"" + name + "\" : (\\d+)").matcher(Files.readString(report));
        assertThat(found.find()).isTrue();
        return String.format(java.util.Locale.ROOT, "%,d", Long.parseLong(found.group(1)));
    }

    @Test
    void select_writesThePage_thatReportMakesAgain() throws IOException {
        assertThat(done(select()).err()).contains("drawing the report");
        Path page = out.resolve("report.html");
        Path again = folder.resolve("again.html");

        done("report", out, "--out", again);

        assertThat(again).hasSameBinaryContentAs(page);
        assertThat(page)
                .content()
                .contains(
                        "data-figure=\"documents\">" + field(out.resolve("report.json"), "documentsChosen") + "<",
                        "data-figure=\"tokens\">" + field(out.resolve("report.json"), "tokensChosen") + "<",
                        "They teach ");
        Files.delete(page);
        assertThat(done(select("--resume")).err()).contains("finished already", "drawing the report");
        assertThat(page).hasSameBinaryContentAs(again);
    }

    @Test
    void select_ofRounds_writesItsPage() throws IOException {
        done(select(
                "--model",
                small.model,
                "--factor-tokens",
                3_000,
                "--output-format",
                "parquet",
                "--chunks-per-document",
                16));
        Path again = folder.resolve("again.html");
        done("report", out, "--out", again);

        assertThat(again).hasSameBinaryContentAs(out.resolve("report.html"));
        assertThat(again)
                .content()
                .contains("Clusters over rounds", "drawn, by the mean of its scores", "words are shaded by what they");
        requireScoresOfWords(Files.readAllLines(small.pool), out);
    }

    /** Those of the words of a whole text, over its tokens, are its score; but for rounding, of each in single. */
    @SuppressWarnings("NullAway") // a file without a field fails here too
    private static void requireScoresOfWords(List<String> pool, Path run) throws IOException {
        Map<Integer, Double> scores = new HashMap<>();
        for (String line : Files.readAllLines(run.resolve("rounds.jsonl")).subList(1, 3)) {
            for (Object each : (List<?>) tree(line).get("pulls")) {
                Map<?, ?> pull = (Map<?, ?>) each;
                List<?> scored = (List<?>) (pull.containsKey("probes") ? pull.get("probes") : pull.get("drawn"));
                List<?> values = (List<?>) pull.get("scores");
                for (int i = 0; i < values.size(); i++) {
                    scores.put(((Number) scored.get(i)).intValue(), ((Number) values.get(i)).doubleValue());
                }
            }
        }
        int compared = 0;
        for (Object each : (List<?>) JsonText.tree(run.resolve("words.json")).get("texts")) {
            Map<?, ?> text = (Map<?, ?>) each;
            int ordinal = ((Number) text.get("ordinal")).intValue();
            String whole = (String) tree(pool.get(ordinal)).get("text");
            if (whole.length() < 600 && scores.containsKey(ordinal)) {
                double[] words = ((List<?>) text.get("scores"))
                        .stream()
                                .mapToDouble(word -> ((Number) word).doubleValue())
                                .toArray();
                double size = DoubleStream.of(words).map(Math::abs).sum();
                int tokens = whole.getBytes(StandardCharsets.UTF_8).length;
                assertThat(DoubleStream.of(words).sum() / tokens)
                        .isCloseTo(scores.get(ordinal), within(1e-3 * size / tokens));
                compared++;
            }
        }
        assertThat(compared).isPositive();
    }

    private static Map<String, Object> tree(String line) throws IOException {
        return JsonText.tree(line.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void noReport_writesNone_andOtherRunsAreCompared() throws IOException {
        done(select("--no-report"));
        assertThat(out.resolve("report.html")).doesNotExist();
        Path first = out;
        out = folder.resolve("other");
        done(select("--no-report", "--duplicates", "keep"));
        Path page = folder.resolve("page.html");

        done("report", first, out, "--out", page, "--field", "kind");

        assertThat(page).content().contains("How do they differ?", "Share of the tokens by ", "duplicates");
    }

    @Test
    void map_isATableThatIsRead() throws IOException {
        done(select("--no-report"));
        Path page = folder.resolve("page.html");
        Path map = folder.resolve("map.parquet");

        done("report", out, "--out", page, "--map", map);

        assertThat(done("inspect", map).out()).contains("x ", "y ", "chosen", "cluster", "kind");
        Outcome again = Outcome.of("report", out, "--out", page, "--map", map);
        assertThat(again.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(again.err()).contains("map.parquet is there already");
        Outcome other = Outcome.of("report", out, "--out", page, "--map", folder.resolve("map.csv"));
        assertThat(other.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(other.err()).contains("allowed endings are .jsonl");
    }

    @Test
    void inspect_writesThePageOfAPool() {
        Path page = folder.resolve("pool.html");

        done("inspect", small.pool, "--html", page, "--field", "kind");

        assertThat(page).content().contains("Share of the tokens by ", "<bdi>kind</bdi>", "language", "What is there?");
        Outcome idle = Outcome.of("inspect", small.pool, "--field", "kind");
        assertThat(idle.code()).isEqualTo(Quad.BAD_USAGE);
        assertThat(idle.err()).contains("--field is for the page");
        Outcome taken = Outcome.of("inspect", small.pool, "--html", small.pool);
        assertThat(taken.code()).isEqualTo(Quad.BAD_INPUT);
    }

    @Test
    void progress_isToldAsEvents() throws IOException {
        List<Object> stages = new java.util.ArrayList<>();
        for (String line :
                done(select("--no-report", "--progress", "json")).err().lines().toList()) {
            Map<String, Object> event = JsonText.tree(line.getBytes(StandardCharsets.UTF_8));
            if ("finished".equals(event.get("event"))) {
                stages.add(event.get("stage"));
            }
        }

        assertThat(stages).contains("reading the pool", "selecting");
        assertThat(done("inspect", small.pool).err()).startsWith("reading  ");
        assertThat(Outcome.of("inspect", small.pool, "--progress", "xml").err())
                .contains("'xml' is not one of text, json");
    }

    /** Of tokens, and of fields of other names, both of which only the command of the run tells. */
    @Test
    void report_readsAndCountsAsTheRunDid() throws IOException {
        Path words = Files.createDirectories(folder.resolve("words"));
        Files.writeString(words.resolve("tokenizer.json"), NativeLibrariesTest.TOKENIZER);
        Files.writeString(words.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\"}");
        for (Path file : List.of(small.pool, small.reference)) {
            String renamed = Files.readString(file).replace("\"id\"", "\"key\"").replace("\"text\"", "\"body\"");
            Files.writeString(file, renamed);
        }
        done(
                "select",
                "--pool",
                small.pool,
                "--reference",
                small.reference,
                "--out",
                out,
                "--budget-tokens",
                1_000,
                "--selector",
                "coverage",
                "--model",
                words,
                "--id-field",
                "key",
                "--text-field",
                "body",
                "--progress",
                "json");
        Path again = folder.resolve("again.html");

        done("report", out, "--out", again);

        assertThat(again).hasSameBinaryContentAs(out.resolve("report.html"));
        Path moved = Files.move(words, folder.resolve("moved"));
        Outcome gone = Outcome.of("report", out, "--out", again);
        assertThat(gone.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(gone.err()).contains("by the tokenizer of " + words + " (", "which is gone; name with --model");
        Outcome bytes = Outcome.of("report", out, "--out", again, "--model", small.model);
        assertThat(bytes.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(bytes.err()).contains("tokens here, and had", "give that tokenizer (--model DIR");
        done("report", out, "--out", again, "--model", moved);
        assertThat(again).hasSameBinaryContentAs(out.resolve("report.html"));
    }

    @Test
    void badInput_isToldInALine() throws IOException {
        Path page = folder.resolve("page.html");
        Outcome absent = Outcome.of("report", folder.resolve("absent"), "--out", page);
        assertThat(absent.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(absent.err()).contains("holds no finished run");
        done(select("--no-report"));
        Outcome taken = Outcome.of("report", out, "--out", small.pool);
        assertThat(taken.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(taken.err()).contains("is no report");
        assertThat(page).doesNotExist();
    }
}
