// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InputException;
import dev.quad.files.JsonText;
import dev.quad.text.Document;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectionReportTest {
    private static final List<String> VIEWS =
            List.of("verdict", "got", "score", "choice", "map", "groups", "read", "repeat");

    @TempDir
    private Path place;

    private static String figure(String page, String name) {
        Matcher found = Pattern.compile("data-figure=\"" + name + "\">([^<]*)<").matcher(page);
        assertThat(found.find()).as(name).isTrue();
        return found.group(1);
    }

    @Test
    void figures_areThoseOfTheRun() throws IOException {
        TestRun run = TestRun.byCoverage(place, TestRun.records(200));

        String page = run.html();

        assertThat(figure(page, "documents")).isEqualTo("40");
        assertThat(figure(page, "tokens")).isEqualTo(Words.whole(run.tokens()));
        VIEWS.forEach(view -> assertThat(page).contains("<section id=\"" + view + "\">"));
        Unpacked data = Unpacked.of(page);
        double[] chosen = data.column("chosen");
        double[] scores = data.column("score");
        double[] tokens = data.column("tokens");
        assertThat(chosen).hasSize(200);
        for (int i = 0; i < chosen.length; i++) {
            assertThat(chosen[i]).isEqualTo(i % TestRun.EVERY == 0 ? 1 : 0);
            if (chosen[i] == 1) {
                double expected = 1_000 * run.gains.get(i / TestRun.EVERY) / tokens[i];
                assertThat(scores[i]).isCloseTo(expected, within(1e-6 * expected)); // of a float
            } else {
                assertThat(scores[i]).isNaN();
            }
        }
    }

    @Test
    void shares_areThoseOfPoolAndSelection() throws IOException {
        TestRun run = TestRun.byCoverage(place, TestRun.records(200));
        String page = run.html();
        Unpacked data = Unpacked.of(page);
        double[] tokens = data.column("tokens");
        double[] codes = data.column("field0");
        List<?> labels = data.head().trees("fields").get(0).list("labels");

        for (Object label : labels) {
            double pool = share(tokens, codes, labels.indexOf(label), 1);
            double selection = share(tokens, codes, labels.indexOf(label), TestRun.EVERY);
            assertThat(page)
                    .containsPattern("<bdi>" + label + "</bdi></th><td class=\"n\" data-value=\"[^\"]*\">"
                            + Words.percent(pool) + "</td><td class=\"n\" data-value=\"[^\"]*\">[^<]*</td>"
                            + "<td class=\"n\" data-value=\"[^\"]*\">" + Words.percent(selection) + "</td>");
        }
    }

    private static double share(double[] tokens, double[] codes, int label, int every) {
        double[] sums = new double[2];
        IntStream.range(0, tokens.length).filter(i -> i % every == 0).forEach(i -> {
            sums[0] += codes[i] == label + 1 ? tokens[i] : 0;
            sums[1] += tokens[i];
        });
        return sums[0] / sums[1];
    }

    @Test
    void gain_isThatOfTheSelectionAndOfARandomChoice() throws IOException {
        TestRun run = TestRun.byCoverage(place, TestRun.records(200));

        assertThat(run.html())
                .contains("of random: "
                        + Words.number(run.gains.stream()
                                .mapToDouble(Double::doubleValue)
                                .sum()) + " against ");
    }

    @Test
    void rounds_giveClustersThresholdAndHeatMap() throws IOException {
        String page = TestRun.byRounds(place, TestRun.records(40)).html();

        assertThat(page).contains(">threshold<", "Clusters over rounds", "The budget over rounds", "cluster 3");
        Unpacked data = Unpacked.of(page);
        assertThat(data.column("cluster")).startsWith(2, 2, 0, 0, 0, 3, 3);
        assertThat(data.column("score")).startsWith(1, 0.25, -0.5).contains(Double.NaN);
    }

    @Test
    void map_isARowForEachDocument() throws IOException {
        TestRun run = TestRun.byRounds(place, TestRun.records(40));
        Path map = place.resolve("map.jsonl");
        Path page = place.resolve("page.html");

        SelectionReport.builder(run.folder).map(map).write(page);

        List<String> lines = Files.readAllLines(map);
        Unpacked data = Unpacked.of(Files.readString(page));
        double[] x = data.column("x");
        double[] scores = data.column("score");
        assertThat(lines).hasSize(40);
        Tree first = Tree.of(JsonText.tree(lines.get(0).getBytes(StandardCharsets.UTF_8)));
        for (int i = 0; i < lines.size(); i++) {
            Tree row = Tree.of(JsonText.tree(lines.get(i).getBytes(StandardCharsets.UTF_8)));
            assertThat(row.text("id")).contains("doc-" + i);
            assertThat(row.value("chosen")).isEqualTo(i % TestRun.EVERY == 0 ? 1 : 0);
            assertThat(row.text("kind").orElse("")).isIn("sums", "ships", "soups");
            assertThat(row.number("score").orElse(Double.NaN)).isEqualTo(Double.valueOf(scores[i]));
            assertThat(Math.signum(row.value("x") - first.value("x"))).isIn(Math.signum(x[i] - x[0]), 0.0);
            assertThat(row.text("text").orElse("")).startsWith(i + " ");
        }
        Files.delete(run.pool);
        assertThatThrownBy(() -> SelectionReport.builder(run.folder).map(map).write(page))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("there is no map, since the pool that this run chose from");
    }

    @Test
    void report_ofTheSameRun_hasTheSameBytes() throws IOException {
        TestRun run = TestRun.byCoverage(place, TestRun.records(60));

        assertThat(run.html()).isEqualTo(run.html()).contains("(principal components, with ");
        Path page = place.resolve("neighbours.html");
        SelectionReport.builder(run.folder).layout(MapLayout.NEIGHBOURS).write(page);
        String once = Files.readString(page);
        SelectionReport.builder(run.folder).layout(MapLayout.NEIGHBOURS).write(page);
        assertThat(page).hasContent(once).content().contains("laid out so that neighbours stay near");
        assertThat(Unpacked.of(once).column("x"))
                .isNotEqualTo(Unpacked.of(run.html()).column("x"));
    }

    @Test
    void whatIsGone_isSaid() throws IOException {
        TestRun run = TestRun.byCoverage(place, TestRun.records(60));
        Files.delete(run.reference);
        assertThat(run.html()).contains("the reference is gone");
        Files.writeString(run.pool, "{\"text\":\"another\"}\n");
        assertThat(run.html())
                .contains("is not where it was, or not what it was", ">12 documents with ", "What decides the result");
        assertThatThrownBy(() -> SelectionReport.builder(run.folder)
                        .pool(List.of(run.pool))
                        .write(place.resolve("page.html")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("are not the pool that " + run.folder + " chose from");
    }

    @Test
    void damagedRun_andOtherFiles_areRefused() throws IOException {
        TestRun run = TestRun.byCoverage(place, TestRun.records(60));
        assertThatThrownBy(() -> SelectionReport.builder(run.folder).write(run.pool))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no report");
        assertThatThrownBy(() -> SelectionReport.builder(place).write(place.resolve("page.html")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("holds no finished run");
        Files.writeString(run.folder.resolve("selected.jsonl"), "{}");
        assertThatThrownBy(run::html).isInstanceOf(InputException.class).hasMessageContaining("was damaged or changed");
    }

    @Test
    void otherRun_isCompared() throws IOException {
        TestRun one = TestRun.byCoverage(Files.createDirectories(place.resolve("one")), TestRun.records(60));
        TestRun other = TestRun.byCoverage(Files.createDirectories(place.resolve("other")), TestRun.records(30));
        Path page = place.resolve("page.html");

        SelectionReport.builder(one.folder).with(other.folder).write(page);

        assertThat(Files.readString(page))
                .contains("How do they differ?", "0.500", "6 documents that only ", "Settings that differ");
    }

    @Test
    void comparison_showsLossesIntervalsAndWhatIsShared() throws IOException {
        Path arena = Files.createDirectories(place.resolve("arena"));
        List<Map<String, Object>> methods = new ArrayList<>();
        List<Map<String, Object>> files = new ArrayList<>();
        for (String name : List.of("random", "quad")) {
            boolean quad = name.equals("quad");
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(arena.resolve(name + ".jsonl.gz")))) {
                out.write(("{\"text\":\"both have it\",\"kind\":\"a\"}\n{\"text\":\"only " + name
                                + "\",\"kind\":\"b\"}\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
            methods.add(
                    Map.of("method", name, "documents", 2, "tokens", 24, "effectiveClusters", 1.5, "seconds", 0.25));
            Map<String, Object> reading =
                    Map.of("mean", quad ? 1.5 : 2.0, "difference", quad ? -0.5 : 0.0, "halfWidth", quad ? 0.125 : 0.0);
            files.add(Map.of(
                    "train",
                    arena.resolve(name + ".jsonl.gz").toString(),
                    "model",
                    reading,
                    "ngrams",
                    reading,
                    "verdict",
                    quad ? "better" : "",
                    "curve",
                    List.of(3.0, quad ? 1.5 : 2.0)));
        }
        Files.writeString(arena.resolve("manifest.json"), JsonText.sealed(Map.of("run", Map.of("seed", "1"))));
        Files.writeString(
                arena.resolve("comparison.json"),
                JsonText.text(Map.of(
                        "methods",
                        methods,
                        "evaluation",
                        Map.of(
                                "against",
                                arena.resolve("random.jsonl.gz").toString(),
                                "tokens",
                                600,
                                "points",
                                List.of(0, 600),
                                "files",
                                files))));
        Path page = place.resolve("page.html");

        SelectionReport.builder(arena).write(page);

        assertThat(Files.readString(page))
                .contains(
                        "quad has the lowest loss, 1.500 nats a byte, 0.500 ± 0.125 below random",
                        "−0.5000 ± 0.1250</td>",
                        "Loss over the training",
                        "0.333</td>", // one of three
                        "1 documents that only ");
    }

    @Test
    void scoreCheck_isWhatWasPredictedBesideWhatWasMeasured() throws IOException {
        TestRun run = TestRun.byRounds(place, TestRun.records(40));
        assertThat(run.html()).doesNotContain("Predicted and measured");
        Path page = place.resolve("page.html");
        Path check = TestRun.scoreCheck(place);

        SelectionReport.builder(run.folder).scoreCheck(check).write(page);

        assertThat(Files.readString(page))
                .contains(
                        "Predicted and measured: rank correlation 0.625, 95 % from −0.125 to 0.875",
                        "3 random halves of 200 documents",
                        "<title>0.0100, −0.250</title>",
                        "<title>0.0300, 1.50</title>");
        assertThatThrownBy(() ->
                        SelectionReport.builder(run.folder).evaluation(check).write(page))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not an evaluation: its format is quad.score-check.1");
    }

    @Test
    void words_ofTextsAtTheThreshold_areShaded_andKept() throws IOException {
        TestRun run = TestRun.byRounds(place, TestRun.records(40));
        assertThat(run.html()).doesNotContain("words are shaded");
        List<Document> asked = new ArrayList<>();
        Path page = place.resolve("page.html");

        SelectionReport.builder(run.folder)
                .words(texts -> {
                    asked.addAll(texts);
                    return TestRun.words(texts);
                })
                .write(page);

        assertThat(asked).hasSize(8 + 9); // all that were chosen, and the others with scores
        String once = Files.readString(page);
        assertThat(once).contains("In 17 of these two lists words are shaded");
        assertThat(run.html()).isEqualTo(once);
        int shaded = 0;
        for (Tree text : Unpacked.of(once).head().trees("texts")) {
            int[] lengths = Arrays.stream(Arena.numbers(text.list("words")))
                    .mapToInt(length -> (int) length)
                    .toArray();
            assertThat(Arrays.stream(lengths).sum())
                    .isIn(0, text.text("text").orElseThrow().length());
            assertThat(Arrays.stream(Arena.numbers(text.list("shades")))).allMatch(shade -> Math.abs(shade) <= 100);
            shaded += lengths.length > 0 ? 1 : 0;
        }
        assertThat(shaded).isEqualTo(17);
        Path words = run.folder.resolve("words.json");
        Files.writeString(words, Files.readString(words).replaceFirst("0.5", "1.5"));
        assertThatThrownBy(run::html)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("words.json is not what was written");
    }

    @Test
    void experiment_showsVerdictIntervalsAndEveryRow() throws IOException {
        Path page = TestExperiment.page(place, "plain");

        assertThat(figure(Files.readString(page), "verdict")).isEqualTo("holds");
        assertThat(Files.readString(page))
                .contains("−0.2500 ± 0.1250</td>", "<title>−0.5000 ± 0.7500</title>", "1.5000</td>", "12.5</td>")
                .contains("<code>code</code> plain", "0.031</td>", "<code>command plain</code>", "Do the controls");
        Path other = Files.writeString(place.resolve("other.json"), "{\"format\":\"quad.report.1\"}");
        assertThatThrownBy(() -> SelectionReport.builder(other).write(page))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no experiment: its format is quad.report.1");
        assertThatThrownBy(() -> SelectionReport.builder(place.resolve("experiment.json"))
                        .with(place)
                        .write(page))
                .hasMessageContaining("is an experiment, which is shown alone");
    }

    @Test
    void withoutFields_andFewDocuments_stillMakesAPage() throws IOException {
        TestRun run = TestRun.byCoverage(place, List.of(Map.of("text", "a reference says"), Map.of("text", "b")));

        String page = run.html();

        assertThat(figure(page, "documents")).isEqualTo("1");
        assertThat(page).contains("no field with a few values");
        assertThat(Arrays.stream(Unpacked.of(page).column("chosen")).sum()).isEqualTo(1);
    }
}
