// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.files.JsonText;
import dev.quad.pipeline.Languages;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlOptions;
import dev.quad.text.ReadListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command takes and gives every format. */
class FormatsTest {
    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void makeFiles() {
        small = new SmallRun(folder);
    }

    private static Outcome done(Object... arguments) {
        Outcome outcome = Outcome.of(arguments);
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        return outcome;
    }

    private static List<Document> documents(Path file) {
        return Jsonl.read(List.of(file), JsonlOptions.defaults(), ReadListener.NONE);
    }

    @Test
    void sample_throughEveryFormat_isTheSame() {
        Path lines = folder.resolve("a.jsonl");
        Path parquet = folder.resolve("b.parquet");
        Path shards = folder.resolve("c.jsonl.zst");
        done("sample", "--pool", small.pool, "--out", lines, "--budget-tokens", 20_000);
        done("sample", "--pool", small.pool, "--out", parquet, "--budget-tokens", 20_000);
        Outcome sharded =
                done("sample", "--pool", parquet, "--out", shards, "--budget-tokens", 5_000, "--shard-size", "2kB");

        assertThat(documents(parquet)).isEqualTo(documents(lines));
        assertThat(sharded.out())
                .contains(folder.resolve("c-00000-of-0000").toString())
                .contains("c-00001-of-0000");
        assertThat(documents(parquet)).containsAll(documents(folder.resolve("c-*.zst")));
        assertThat(Outcome.of("sample", "--pool", parquet, "--out", shards, "--budget-tokens", 5_000)
                        .err())
                .contains("c-00000-of-0000")
                .contains("is there already");
        assertThat(Outcome.of("sample", "--pool", parquet, "--out", "x", "--budget-tokens", 1, "--shard-size", "2 cm")
                        .err())
                .contains("--shard-size is 2 cm; allowed is a number of bytes");
    }

    @Test
    void select_fromParquet_toShardsOfParquet_choosesTheSame() throws IOException {
        Path parquet = folder.resolve("pool.parquet");
        done("sample", "--pool", small.pool, "--out", parquet, "--budget-tokens", 30_000);
        Path first = folder.resolve("run1");
        Path second = folder.resolve("run2");

        done(small.selectFrom(parquet, small.reference, first, "--budget-tokens", 5_000));
        Outcome outcome = done(small.selectFrom(
                parquet,
                small.reference,
                second,
                "--budget-tokens",
                5_000,
                "--output-format",
                "parquet",
                "--shard-size",
                "3kB"));

        assertThat(outcome.out()).contains("selected-00000-of-0000");
        assertThat(documents(second.resolve("selected-*.parquet")))
                .isEqualTo(documents(first.resolve(ResultFiles.SELECTED)));
        assertThat(done(small.selectFrom(
                                parquet,
                                small.reference,
                                second,
                                "--budget-tokens",
                                5_000,
                                "--output-format",
                                "parquet",
                                "--resume"))
                        .err())
                .contains("is finished already");
    }

    @Test
    void select_badLines_areKeptBesideTheResult() throws IOException {
        Path pool = Files.writeString(folder.resolve("bad.jsonl"), "no JSON\n" + Files.readString(small.pool));
        Path out = folder.resolve("run");
        Outcome outcome = done(small.selectFrom(pool, small.reference, out, "--skip-bad-lines"));

        assertThat(outcome.out()).contains("1 bad lines skipped; " + out.resolve("rejects.jsonl") + " has them");
        assertThat(out.resolve("rejects.jsonl")).content().contains("\"line\":1", "\"record\":\"no JSON\"");
        assertThat(JsonText.texts(out.resolve("report.json"), ResultFiles.CHECKSUMS))
                .containsOnlyKeys("manifest.json", "rejects.jsonl", "rounds.jsonl", ResultFiles.SELECTED);
    }

    @Test
    void inspect_tellsWhatThereIs() throws IOException {
        Path pool = Files.writeString(folder.resolve("in.jsonl"), """
                {"id": 1, "text": "Hello world", "meta": {"lang": "en"}}
                {"id": 2, "text": "hello  WORLD", "meta": {"lang": null}}
                no JSON
                {"id": 3, "text": "\u043f\u0440\u0438\u0432\u0435\u0442", "n": 1.5}
                """);
        Path json = folder.resolve("report.json");
        Path rejects = folder.resolve("rejects.jsonl");
        Outcome outcome =
                done("inspect", pool, "--near-duplicates", "--json", json, "--rejects", rejects, "--threads", 1);

        assertThat(outcome.out())
                .contains("3 documents in 1 file, " + Files.size(pool) + " bytes on disk")
                .contains("35 bytes of text")
                .containsPattern("meta.lang +null 1, string 1")
                .containsPattern("n +number 1")
                .containsPattern("Latin +76.92 %")
                .containsPattern("Cyrillic +23.08 %")
                .contains("languages, by 3 documents")
                .containsPattern("not told +100.00 %")
                .containsPattern("median +12")
                .containsPattern("from +8 +3 #+")
                .contains("1 duplicates")
                .contains("1 near-duplicates")
                .contains("1 bad lines")
                .contains(pool + ", line 3: is not JSON");
        assertThat(json).content().contains("\"duplicates\" : 1", "\"Cyrillic\" : 6");
        assertThat(rejects).content().contains("no JSON");
    }

    @Test
    void inspect_tellsLanguages() throws IOException {
        List<String> texts = List.of(
                "The ship left the harbour before dawn, and nobody on the quay saw which way it went.",
                "All of them had been told that the winter would be long, and so they bought more wood.",
                "Das Schiff verlie\u00df den Hafen vor dem Morgengrauen, und niemand sah, wohin es fuhr.",
                "Le navire quitta le port avant l'aube, et personne sur le quai ne vit o\u00f9 il allait.",
                "\u041a\u043e\u0440\u0430\u0431\u043b\u044c \u0432\u044b\u0448\u0435\u043b \u0438\u0437"
                        + " \u043f\u043e\u0440\u0442\u0430 \u043f\u0435\u0440\u0435\u0434 \u0440\u0430\u0441"
                        + "\u0441\u0432\u0435\u0442\u043e\u043c, \u0438 \u043d\u0438\u043a\u0442\u043e \u0435"
                        + "\u0433\u043e \u043d\u0435 \u0432\u0438\u0434\u0435\u043b.",
                "1 + 2 = 3");
        Path pool = folder.resolve("languages.jsonl");
        Files.write(
                pool, texts.stream().map(text -> "{\"text\": \"" + text + "\"}").toList());
        Path json = folder.resolve("languages.json");

        Outcome one = done("inspect", pool, "--json", json, "--threads", 1);

        assertThat(one.out())
                .contains("languages, by 6 documents")
                .containsPattern("English \\(eng\\) +33.33 %")
                .containsPattern("German \\(deu\\) +16.67 %")
                .containsPattern("French \\(fra\\) +16.67 %")
                .containsPattern("Russian \\(rus\\) +16.67 %")
                .containsPattern("not told +16.67 %");
        assertThat(json).content().contains("\"eng\" : 2", "\"und\" : 1", "\"languagesByDocuments\" : 6");
        assertThat(done("inspect", pool, "--threads", 3).out()).isEqualTo(one.out());
        assertThat(Languages.name("cmn")).isEqualTo("Mandarin (cmn)");
        assertThat(Languages.name("war")).isEqualTo("war");
    }

    @Test
    void select_byEmbeddingsThatAreThere_matchesThemById() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (Document document : documents(small.pool)) {
            String text = document.text();
            rows.append("{\"id\": \"%s\", \"v\": [%d, %d]}%n"
                    .formatted(document.id(), text.length(), text.hashCode() % 100));
        }
        Path vectors = Files.writeString(folder.resolve("vectors.jsonl"), rows);
        Path out = folder.resolve("run");

        done(small.selectFrom(
                small.pool, small.reference, out, "--embeddings", vectors, "--embeddings-field", "v", "--clusters", 4));
        assertThat(out.resolve("manifest.json")).content().contains("\"embeddings\"");
        assertThat(Outcome.of(small.selectFrom(
                                small.pool, small.reference, folder.resolve("other"), "--embeddings", vectors))
                        .err())
                .contains(vectors + ", line 1: has no list of numbers in the field \"embedding\"");
        assertThat(Outcome.of(small.selectFrom(
                                small.pool, small.reference, folder.resolve("third"), "--embedder", "word2vec"))
                        .err())
                .contains("--embedder is word2vec, which is no folder; allowed are hashed, bge-small");
    }
}
