// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Budget;
import dev.quad.ReferenceSet;
import dev.quad.SetFunction;
import dev.quad.Tokenizer;
import dev.quad.files.Checksum;
import dev.quad.files.JsonText;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import dev.quad.text.NgramCoverage;
import dev.quad.text.WordScores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Folders such as {@code quad select} leaves, with real gains of documents that are taken in turn. */
final class TestRun {
    static final int EVERY = 5;

    final Path folder;
    final Path pool;
    final Path reference;
    /** The gains of the documents 0, 5, 10, … */
    final List<Double> gains = new ArrayList<>();

    private final List<Map<String, Object>> records;
    private long tokens;

    private TestRun(Path place, List<Map<String, Object>> records) throws IOException {
        this.records = records;
        this.folder = Files.createDirectories(place.resolve("run"));
        this.pool = place.resolve("pool.jsonl");
        this.reference = place.resolve("reference.jsonl");
        Files.writeString(pool, lines(records));
        Files.writeString(reference, lines(List.of(Map.of("text", "what a reference says: number 5 of 7"))));
    }

    static Map<String, Object> record(String id, String kind, String text) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("id", id);
        record.put("kind", kind);
        record.put("text", text);
        return record;
    }

    /** Documents of three kinds and of many lengths. */
    static List<Map<String, Object>> records(int count) {
        List<Map<String, Object>> records = new ArrayList<>();
        String[] kinds = {"sums", "ships", "soups"};
        String[] words = {"number 5 of 7 says the reference ", "the sails of a ship at sea ", "a soup with salt "};
        for (int i = 0; i < count; i++) {
            int kind = i * 7 % 3;
            records.add(record("doc-" + i, kinds[kind], i + " " + words[kind].repeat(1 + i * i % 11)));
        }
        return records;
    }

    private static String lines(List<Map<String, Object>> records) {
        StringBuilder lines = new StringBuilder();
        records.forEach(record -> lines.append(JsonText.line(record)));
        return lines.toString();
    }

    /** By coverage, with every fifth document. */
    static TestRun byCoverage(Path place, List<Map<String, Object>> records) throws IOException {
        TestRun run = new TestRun(place, records);
        try (JsonlPool open = JsonlPool.builder().open(List.of(run.pool))) {
            NgramCoverage objective = NgramCoverage.of(
                    ReferenceSet.of(List.of(new Document("", "what a reference says: number 5 of 7"))));
            SetFunction.Growing growing =
                    objective.over(open, Budget.tokens(1_000)).start();
            StringBuilder selected = new StringBuilder();
            for (int i = 0; i < records.size(); i += EVERY) {
                run.gains.add(growing.gain(i));
                growing.add(i);
                selected.append(run.chosen(open, i, Map.of("score", run.gains.get(run.gains.size() - 1))));
            }
            run.write(open, selected, Map.of("objective", objective.fingerprint()), Map.of());
        }
        return run;
    }

    /** By rounds of a bandit over four clusters, with every fifth document. */
    static TestRun byRounds(Path place, List<Map<String, Object>> records) throws IOException {
        TestRun run = new TestRun(place, records);
        StringBuilder rounds = new StringBuilder("{\"format\":\"quad-rounds\"}\n");
        rounds.append("{\"round\":0,\"pulls\":[{\"arm\":-1,\"drawn\":[0,1,2],\"scores\":[1.5,null,-0.5],")
                .append("\"flagged\":[\"too short\"],\"accepted\":[]}],\"tokens\":9}\n");
        try (JsonlPool open = JsonlPool.builder().open(List.of(run.pool))) {
            StringBuilder selected = new StringBuilder();
            for (int i = 0, round = 1; i + 1 < records.size(); i += EVERY, round++) {
                run.gains.add(i * 0.25 + 1);
                rounds.append(String.format(
                        "{\"round\":%d,\"pulls\":[{\"arm\":%d,\"drawn\":[%d,%d],\"scores\":[%s,0.25],\"flagged\":[],"
                                + "\"accepted\":[%d]}],\"tokens\":9}%n",
                        round, round % 4, i, i + 1, i * 0.25 + 1, i));
                selected.append(
                        run.chosen(open, i, Map.of("score", i * 0.25 + 1, "cluster", round % 4, "round", round)));
            }
            Files.writeString(run.folder.resolve("rounds.jsonl"), rounds);
            run.write(open, selected, Map.of("selector", "quad"), Map.of("clusters", 4, "rounds", 3, "threshold", 0.5));
        }
        return run;
    }

    private String chosen(JsonlPool open, int ordinal, Map<String, Object> quad) {
        tokens += open.tokens(ordinal);
        Map<String, Object> record = new LinkedHashMap<>(records.get(ordinal));
        record.put("quad", quad);
        return JsonText.line(record);
    }

    private void write(JsonlPool open, CharSequence selected, Map<String, Object> settings, Map<String, Object> figures)
            throws IOException {
        Files.writeString(folder.resolve("selected.jsonl"), selected);
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("pool", open.fingerprint());
        run.put("seed", "1");
        run.put("budget", "1000 tokens");
        run.putAll(settings);
        Files.writeString(
                folder.resolve("manifest.json"), JsonText.sealed(Map.of("format", "quad.manifest.1", "run", run)));
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("format", "quad.report.1");
        report.put("stopReason", "BUDGET");
        report.put("documentsChosen", gains.size());
        report.put("tokensChosen", tokens);
        report.put("documentsScored", records.size());
        report.put("poolDocuments", records.size());
        report.putAll(figures);
        report.put(
                "taken",
                Map.of(
                        "pool", Map.of("given", List.of(pool.toString())),
                        "reference", Map.of("given", List.of(reference.toString()))));
        report.put("seconds", new TreeMap<>(Map.of("choosing", 0.5, "total", 1.5)));
        Map<String, String> checksums = new TreeMap<>();
        for (String name : List.of("manifest.json", "selected.jsonl", "rounds.jsonl")) {
            if (Files.exists(folder.resolve(name))) {
                checksums.put(name, Checksum.of(folder.resolve(name)));
            }
        }
        report.put("checksums", checksums);
        Files.writeString(folder.resolve("report.json"), JsonText.sealed(report));
    }

    /** Of each byte by turns a half more and less, so that words count by their bytes. */
    static Optional<List<WordScores>> words(List<Document> texts) {
        return Optional.of(texts.stream()
                .map(text -> {
                    float[] values = new float[text.text().getBytes(StandardCharsets.UTF_8).length];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = i / 20 % 2 == 0 ? 0.5f : -0.5f;
                    }
                    return WordScores.of(text.text(), Tokenizer.bytes(), values);
                })
                .toList());
    }

    /** A file such as {@code quad check-scores} writes. */
    static Path scoreCheck(Path place) throws IOException {
        Map<String, Object> tree = new LinkedHashMap<>(Map.of("format", "quad.score-check.1", "documents", 200));
        tree.putAll(Map.of("datamodelingScore", 0.625, "low", -0.125, "high", 0.875));
        tree.putAll(Map.of("predicted", List.of(0.01, 0.02, 0.03), "gains", List.of(-0.25, 0.5, 1.5)));
        return Files.writeString(place.resolve("check.json"), JsonText.text(tree));
    }

    long tokens() {
        return tokens;
    }

    /** Writes the page, and reads it. */
    String html() throws IOException {
        Path page = Objects.requireNonNull(folder.getParent()).resolve("page.html");
        SelectionReport.builder(folder).write(page);
        return Files.readString(page);
    }
}
