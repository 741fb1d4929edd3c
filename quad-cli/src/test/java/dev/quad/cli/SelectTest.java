// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.files.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private Path out;

    @BeforeEach
    void files() {
        small = new SmallRun(folder);
        out = folder.resolve("out");
    }

    private byte[] selected(Path run, Object... options) throws IOException {
        Outcome outcome = Outcome.of(small.select(run, options));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        return Files.readAllBytes(run.resolve("selected.jsonl.gz"));
    }

    @Test
    void run_leavesItsFiles() throws IOException {
        Outcome outcome = Outcome.of(small.select(out));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(outcome.out()).contains("tokens chosen; the budget is used").contains("selected.jsonl.gz");
        assertThat(SmallRun.contents(out))
                .containsOnlyKeys("manifest.json", "report.json", "rounds.jsonl", "selected.jsonl.gz");
        List<String> records = SmallRun.gunzippedLines(out.resolve("selected.jsonl.gz"));
        List<String> lines = Files.readAllLines(small.pool);
        long bytes = 0;
        Set<String> seen = new HashSet<>();
        for (String line : records) {
            int at = line.lastIndexOf(",\"quad\":{\"score\":");
            assertThat(at).as(line).isPositive();
            String original = line.substring(0, at) + "}";
            assertThat(lines).contains(original);
            assertThat(line.substring(at))
                    .matches(",\"quad\":\\{\"score\":[-.E0-9]+,\"cluster\":\\d+,\"round\":\\d+}}");
            assertThat(seen.add(original)).isTrue();
            bytes += text(original).getBytes(StandardCharsets.UTF_8).length;
        }
        assertThat(bytes).isBetween(SmallRun.BUDGET * 9L / 10, (long) SmallRun.BUDGET);
        assertThat(Files.readString(out.resolve("report.json")))
                .contains("\"stopReason\" : \"BUDGET\"")
                .contains("\"documentsChosen\" : " + records.size())
                .contains("\"tokensChosen\" : " + bytes);
        Matcher costs = Pattern.compile("\"tokensScored\" : (\\d+),\\s+\"flopsScored\" : ([.E0-9]+)")
                .matcher(Files.readString(out.resolve("report.json")));
        assertThat(costs.find()).isTrue();
        long weights = 2 * 16 * 16 + 2 * 16 * 16 + 3 * 32 * 16 + 257 * 16;
        assertThat(Double.parseDouble(costs.group(2))).isEqualTo(6.0 * weights * Long.parseLong(costs.group(1)));
        assertThat(Files.readString(out.resolve("manifest.json")))
                .contains("\"seed\" : \"1\"")
                .contains("\"budget\" : \"6000 tokens\"")
                .contains("\"pool\" : ")
                .contains("\"java\" : ");
    }

    @Test
    void mixture_isWhatOfEachClusterWasChosen() throws IOException {
        selected(out);

        Map<String, Object> report = JsonText.tree(out.resolve("report.json"));
        double[] sums = new double[4];
        double weighted = 0;
        List<?> rows = (List<?>) Objects.requireNonNull(report.get("mixture"));
        for (Object row : rows) {
            Map<?, ?> of = (Map<?, ?>) row;
            double tokens = number(of, "tokens");
            sums[0] += number(of, "documents");
            sums[1] += tokens;
            sums[2] += number(of, "chosenDocuments");
            sums[3] += number(of, "chosenTokens");
            weighted += tokens * number(of, "weight");
        }
        assertThat(rows).hasSize((int) number(report, "clusters"));
        assertThat(sums[0]).isEqualTo(number(report, "poolDocuments"));
        assertThat(sums[2]).isEqualTo(number(report, "documentsChosen"));
        assertThat(sums[3]).isEqualTo(number(report, "tokensChosen"));
        assertThat(weighted).as("as much as there is").isCloseTo(sums[1], within(1e-6 * sums[1]));
    }

    private static double number(Map<?, ?> tree, String field) {
        return ((Number) Objects.requireNonNull(tree.get(field), field)).doubleValue();
    }

    private static String text(String record) throws IOException {
        Path file = Files.createTempFile("record", ".json");
        try {
            Files.writeString(file, record);
            return JsonText.text(file, "text");
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void run_again_isTheSameWhateverTheThreads() throws IOException {
        byte[] one = selected(out, "--threads", 1);

        assertThat(selected(folder.resolve("two"), "--threads", 2)).isEqualTo(one);
        assertThat(selected(folder.resolve("three"), "--threads", 3)).isEqualTo(one);
        assertThat(selected(folder.resolve("seed"), "--seed", 2)).isNotEqualTo(one);
    }

    @Test
    void pool_gzippedOrNot_isTheSame() throws IOException {
        byte[] plain = selected(out);
        Path gzip = SmallRun.write(folder.resolve("pool.gz"), SmallRun.gzip(Files.readAllBytes(small.pool)));
        Path other = folder.resolve("other");

        assertThat(Outcome.of(small.selectFrom(gzip, small.reference, other)).code())
                .isEqualTo(Quad.DONE);

        assertThat(Files.readAllBytes(other.resolve("selected.jsonl.gz"))).isEqualTo(plain);
    }

    @Test
    void duplicates_areChosenOnce_unlessKept() throws IOException {
        String text = "The same words, again and again, in each of these documents of the pool.";
        String[] lines = new String[40];
        for (int i = 0; i < lines.length; i++) {
            String shown = i % 3 == 0 ? text : i % 3 == 1 ? text.toUpperCase(java.util.Locale.ROOT) : "  " + text;
            lines[i] = "{\"id\": \"" + i + "\", \"text\": \"" + (i < 20 ? shown : "Unlike " + "x".repeat(i)) + "\"}";
        }
        Path pool = small.file("double.jsonl", lines);

        Outcome once =
                Outcome.of(small.selectFrom(pool, small.reference, out, "--budget-tokens", 700, "--threshold", 0));
        Path kept = folder.resolve("kept");
        Outcome all = Outcome.of(small.selectFrom(
                pool, small.reference, kept, "--budget-tokens", 1900, "--threshold", 0, "--duplicates", "keep"));

        assertThat(once.code()).as(once.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
        assertThat(Files.readString(out.resolve("report.json"))).contains("\"duplicatesLeftOut\" : 19");
        assertThat(same(out)).isLessThanOrEqualTo(1);
        assertThat(all.code()).as(all.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
        assertThat(same(kept)).isGreaterThan(1);
        assertThat(Files.readString(kept.resolve("report.json"))).contains("\"duplicatesLeftOut\" : 0");
    }

    /**
     * Twenty texts, each with two versions of which one word in sixty is another, and half of them again as they are.
     */
    @Test
    void nearDuplicates_areChosenOnce_whereAskedTo() throws IOException {
        RandomGenerator random = new Seed(3).stream("test");
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String[] words = random.ints(60, 0, 1000).mapToObj(n -> "word" + n).toArray(String[]::new);
            for (String last : List.of("first", "second", "third")) {
                words[59] = last;
                lines.add("{\"id\": \"" + i + last + "\", \"text\": \"" + String.join(" ", words) + "\"}");
            }
            if (i % 2 == 0) {
                lines.add("{\"id\": \"" + i + "again\", \"text\": \"" + String.join("  ", words) + "\"}");
            }
        }
        Path pool = small.file("near.jsonl", lines.toArray(String[]::new));
        Path other = folder.resolve("other");
        Object[] near = {"--budget-tokens", 2500, "--threshold", 0, "--duplicates", "near"};

        Outcome outcome = Outcome.of(small.selectFrom(pool, small.reference, out, near));
        Outcome oneThread = Outcome.of(small.selectFrom(
                pool,
                small.reference,
                other,
                Stream.concat(Arrays.stream(near), Stream.of("--threads", 1)).toArray()));

        assertThat(outcome.code()).as(outcome.toString()).isIn(Quad.DONE, Quad.BEFORE_BUDGET);
        assertThat(outcome.out()).contains("10 duplicates and 40 near-duplicates left out");
        assertThat(Files.readString(out.resolve("report.json")))
                .contains("\"duplicatesLeftOut\" : 10")
                .contains("\"nearDuplicatesLeftOut\" : 40");
        assertThat(SmallRun.gunzippedLines(out.resolve("selected.jsonl.gz")))
                .isNotEmpty()
                .allMatch(line -> line.contains("first\","));
        assertThat(oneThread.code()).isEqualTo(outcome.code());
        assertThat(other.resolve("selected.jsonl.gz")).hasSameBinaryContentAs(out.resolve("selected.jsonl.gz"));
        assertThat(Outcome.of(small.selectFrom(pool, small.reference, folder.resolve("no"), "--duplicates", "all"))
                        .err())
                .contains("'--duplicates'", "'all' is not one of keep, exact, near");

        Path sampled = folder.resolve("sampled.jsonl");
        Outcome sample = Outcome.of(
                "sample", "--pool", pool, "--out", sampled, "--budget-tokens", 100_000, "--duplicates", "near");
        assertThat(sample.out()).contains("10 duplicates and 40 near-duplicates left out");
        assertThat(Files.readAllLines(sampled)).hasSize(20).allMatch(line -> line.contains("first\","));
    }

    private static long same(Path run) throws IOException {
        return SmallRun.gunzippedLines(run.resolve("selected.jsonl.gz")).stream()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).contains("again and again"))
                .count();
    }

    @Test
    void threshold_thatStarves_endsBeforeTheBudget() throws IOException {
        Object[] arguments = small.select(out, "--threshold", 0.97, "--budget-tokens", 20_000);
        Outcome outcome = Outcome.of(arguments);

        assertThat(outcome.code()).isEqualTo(Quad.BEFORE_BUDGET);
        assertThat(outcome.out()).contains("every document was drawn");
        assertThat(out.resolve("selected.jsonl.gz")).exists();
        // asked for again, the finished run answers as it did
        Outcome again = Outcome.of(small.select(out, "--threshold", 0.97, "--budget-tokens", 20_000, "--resume"));
        assertThat(again.code()).isEqualTo(Quad.BEFORE_BUDGET);
        assertThat(again.err()).contains("is finished already");
    }

    @Test
    void dryRun_writesNothing() throws IOException {
        Outcome outcome = Outcome.of(small.select(out, "--dry-run"));

        assertThat(outcome.code()).isEqualTo(Quad.DONE);
        assertThat(outcome.out())
                .contains("pool ")
                .contains("98 documents")
                .contains("2 duplicates left out")
                .contains("budget     6,000 tokens")
                .contains("clusters ");
        assertThat(out).doesNotExist();
    }

    /** Nothing is left out for it: what a reference is for, its owner knows. */
    @Test
    void poolInReference_isSaid() throws IOException {
        Outcome dry = Outcome.of(small.selectFrom(small.pool, small.pool, out, "--dry-run"));
        Outcome outcome = Outcome.of(small.selectFrom(small.pool, small.pool, out, "--threshold", "none"));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        for (Outcome each : List.of(dry, outcome)) {
            assertThat(each.err()).contains("100 of the pool's documents stand in the reference too");
        }
        assertThat(Files.readString(out.resolve("report.json")))
                .contains("\"poolDocumentsInReference\" : 100")
                .containsPattern("\"given\"[^]]*" + Pattern.quote(small.pool.toString()))
                .doesNotContain("\"threshold\"");
    }

    @Test
    void config_givesOptions_andTheCommandLineWins() throws IOException {
        Path config = small.file(
                "quad.yaml",
                "pool: [" + small.pool + "]",
                "reference: " + small.reference,
                "budget-tokens: 8000",
                "factor-tokens: 3000",
                "model: " + small.model,
                "seed: 9",
                "accept: mean",
                "duplicates: keep");

        Outcome outcome = Outcome.of("select", "--config", config, "--out", out, "--seed", "3");

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(Files.readString(out.resolve("manifest.json")))
                .contains("\"seed\" : \"3\"")
                .contains("\"acceptance\" : \"BlockMean[dropKnownBad=true]\"")
                .contains("\"duplicates\" : \"keep\"");
    }

    @Test
    void clusters_moreThanDocuments_areAsManyAsThere() throws IOException {
        Outcome outcome = Outcome.of(small.select(out, "--clusters", 1000)); // of 100 documents, two are as others
        assertThat(outcome.err()).contains("1,000 clusters are asked for, and the pool has 100 documents: each is a");

        assertThat(Files.readString(out.resolve("report.json"))).contains("\"clusters\" : 98");
    }

    @Test
    void fields_ofOtherNames() throws IOException {
        String[] lines = Files.readAllLines(small.pool).stream()
                .map(line -> line.replace("\"text\":", "\"body\":").replace("\"id\":", "\"key\":"))
                .toArray(String[]::new);
        Path pool = small.file("other.jsonl", lines);
        Path reference = small.file(
                "other-reference.jsonl",
                Files.readString(small.reference)
                        .replace("\"text\":", "\"question\":")
                        .strip());
        assertThat(Outcome.of(small.selectFrom(pool, reference, out, "--text-field", "body"))
                        .err())
                .contains(reference.toString());

        Outcome outcome = Outcome.of(small.selectFrom(
                pool,
                reference,
                out,
                "--text-field",
                "body",
                "--id-field",
                "key",
                "--reference-text-field",
                "question"));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(SmallRun.gunzippedLines(out.resolve("selected.jsonl.gz")))
                .allSatisfy(line -> assertThat(line).contains("\"body\":").contains("\"key\":"));
    }
}
