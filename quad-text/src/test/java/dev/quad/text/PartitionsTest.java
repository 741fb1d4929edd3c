// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fields in the names of folders. */
class PartitionsTest {
    private final Path folder;

    PartitionsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private void lines(String name, String... lines) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        TestFiles.write(folder, name, lines);
    }

    private JsonlPool open(Path... named) {
        return JsonlPool.builder().cacheFolder(folder.resolve(".cache")).open(List.of(named));
    }

    private static List<String> records(JsonlPool pool) {
        List<String> records = new ArrayList<>();
        for (int i = 0; i < pool.size(); i++) {
            records.add(new String(pool.rawRecord(i), StandardCharsets.UTF_8));
        }
        return records;
    }

    private List<String> read(Path... named) {
        try (JsonlPool pool = open(named)) {
            return records(pool);
        }
    }

    /** As DuckDB, which wrote them, reads them itself; and what is written of them has the column. */
    @Test
    void partitionedParquet_hasTheColumnOfItsFolders() {
        Path data = folder.resolve("data");
        DuckDb.ask("COPY (SELECT 'd' || i AS id, 'text ' || i AS text, 'c' || i % 3 AS cat, 2020 + i % 2 AS year"
                + " FROM range(12) t(i)) TO '" + data + "' (FORMAT parquet, PARTITION_BY (cat, year))");
        Path target = folder.resolve("out.parquet");
        try (JsonlPool pool = open(data);
                RecordWriter writer =
                        RecordWriter.builder(target, "quad").source(pool).open()) {
            assertThat(pool.inputs().partitions()).isEqualTo(Map.of("cat", false, "year", true));
            assertThat(pool.inputs().lines())
                    .contains("fields from the names of folders: cat (strings), year (whole numbers)");
            assertThat(records(pool).get(0))
                    .isEqualTo("{\"id\":\"d0\",\"text\":\"text 0\",\"cat\":\"c0\",\"year\":2020}");
            assertThat(pool.field(0, "cat")).isEqualTo(Optional.of("c0"));
            assertThat(PoolSummary.of(pool).fields()).containsKeys("cat", "year");
            for (int i = 0; i < pool.size(); i++) {
                writer.write(pool.rawRecord(i), fields -> fields.put("rank", 1));
            }
            writer.commit();
        }
        String all = "SELECT id || text || cat || year FROM ";
        assertThat(DuckDb.ask(all + "'" + target + "' ORDER BY id"))
                .isEqualTo(DuckDb.ask(all + "'" + data + "/*/*/*.parquet' ORDER BY id"))
                .hasSize(12);
        assertThat(DuckDb.ask("SELECT column_type FROM (DESCRIBE SELECT year FROM '" + target + "')"))
                .containsExactly("BIGINT");
    }

    @Test
    void lines_haveThemToo_byFolderOrPattern_packedOrNot() throws IOException {
        lines("p/lang=de/a.jsonl", "{\"text\": \"x\" }");
        lines("p/lang=fr/b.jsonl", "{\"text\": \"y\"}");
        TestFiles.write(folder, "p/lang=fr/c.jsonl.gz", TestFiles.gzip("{\"text\": \"z\"}\n"));
        String[] expected = {
            "{\"text\": \"x\" ,\"lang\":\"de\"}",
            "{\"text\": \"y\",\"lang\":\"fr\"}",
            "{\"text\": \"z\",\"lang\":\"fr\"}"
        };

        assertThat(read(folder.resolve("p"))).containsExactly(expected);
        assertThat(read(folder.resolve("p/*/*.jsonl*"))).containsExactly(expected);
        assertThat(read(folder.resolve("p/lang=*/{a,b}.jsonl"), folder.resolve("p/*/c.jsonl.gz")))
                .containsExactly(expected);
        try (JsonlPool pool = open(folder.resolve("p"))) {
            lines("q/all.jsonl", "{\"text\": \"x\" }", "{\"text\": \"y\"}", "{\"text\": \"z\"}");
            try (JsonlPool same = open(folder.resolve("q"))) {
                assertThat(pool.fingerprint()).isEqualTo(same.fingerprint());
                assertThat(pool.get(2).text()).isEqualTo("z");
            }
        }
    }

    @Test
    void values_areDecoded_typedTogether_andNullByHivesWord() throws IOException {
        lines("p/a=1/b%20c=1/x.jsonl", "{\"text\":\"0\"}");
        lines("p/a=-20/b%20c=01/x.jsonl", "{\"text\":\"1\"}");
        lines("p/a=__HIVE_DEFAULT_PARTITION__/b%20c=__HIVE_DEFAULT_PARTITION__/x.jsonl", "{\"text\":\"2\"}");
        lines("p/a=0/b%20c=50%25 %C3%A9%zz=\"%0A/x.jsonl", "{\"text\":\"3\"}");

        assertThat(read(folder.resolve("p")))
                .containsExactlyInAnyOrder(
                        "{\"text\":\"0\",\"a\":1,\"b c\":\"1\"}",
                        "{\"text\":\"1\",\"a\":-20,\"b c\":\"01\"}",
                        "{\"text\":\"2\",\"a\":null,\"b c\":null}",
                        "{\"text\":\"3\",\"a\":0,\"b c\":\"50% é%zz=\\\"\\n\"}");
    }

    /** As in Spark: who names a folder or file means what is in it. */
    @Test
    void foldersThatWereNamed_giveNoField() throws IOException {
        lines("run=5/lang=de/a.jsonl", "{\"text\":\"x\"}");
        Path run = folder.resolve("run=5");

        assertThat(read(run)).containsExactly("{\"text\":\"x\",\"lang\":\"de\"}");
        assertThat(read(run.resolve("*/*.jsonl"))).containsExactly("{\"text\":\"x\",\"lang\":\"de\"}");
        assertThat(read(folder.resolve("*/lang=de/a.jsonl")))
                .containsExactly("{\"text\":\"x\",\"run\":5,\"lang\":\"de\"}");
        assertThat(read(run.resolve("lang=de"))).containsExactly("{\"text\":\"x\"}");
        assertThat(read(run.resolve("lang=de/*.jsonl"))).containsExactly("{\"text\":\"x\"}");
        assertThat(read(run.resolve("lang=de/a.jsonl"))).containsExactly("{\"text\":\"x\"}");
    }

    @Test
    void valuesThatGiveWay_areCounted_withTheFirstPlace() throws IOException {
        lines(
                "p/lang=de/year=2024/a.jsonl",
                "{\"text\": \"0\", \"lang\": \"de\", \"year\": 2024}",
                "{\"text\": \"1\", \"lang\": null, \"year\": \"2024\"}",
                "{\"text\": \"2\", \"lang\": \"en\", \"in\": {\"lang\": \"en\"}}",
                "{\"text\": \"3\", \"lang\": {\"lang\": \"de\"}, \"year\": 1}");
        lines("p/lang=fr/year=2024/a.jsonl", "{\"text\": \"4\", \"lang\": \"de\"}");

        List<Inputs.Replaced> heard = new ArrayList<>();
        ReadListener listener = new ReadListener() {
            @Override
            public void onReplaced(List<Inputs.Replaced> fields) {
                heard.addAll(fields);
            }
        };
        try (JsonlPool pool = JsonlPool.builder().listener(listener).open(List.of(folder.resolve("p")))) {
            assertThat(heard).hasSize(2).isEqualTo(pool.inputs().replaced());
            String first = folder.resolve("p/lang=de/year=2024/a.jsonl") + ", line ";
            assertThat(pool.inputs().replaced())
                    .containsExactly(
                            new Inputs.Replaced("lang", 3, first + 3), new Inputs.Replaced("year", 1, first + 4));
            assertThat(pool.inputs().lines())
                    .contains(
                            "the field \"lang\" of 3 records had another value than the folder's, which replaced it;"
                                    + " the first: " + first + 3,
                            "the field \"year\" of 1 record had another value than the folder's, which replaced it;"
                                    + " the first: " + first + 4);
            assertThat(pool.field(4, "lang")).isEqualTo(Optional.of("fr"));
        }
        try (JsonlPool pool = open(folder.resolve("p/lang=fr/year=2024"))) {
            assertThat(pool.inputs().replaced()).isEmpty();
        }
    }

    @Test
    void fieldOfTheRecord_givesWayAsInDuckDb_butTextAndIdDoNot() throws IOException {
        lines("p/lang=de/text=no/id=no/a.jsonl", "{\"lang\": \"en\", \"text\": \"x\", \"id\": \"1\"}");

        assertThat(read(folder.resolve("p"))).containsExactly("{\"lang\": \"de\", \"text\": \"x\", \"id\": \"1\"}");
    }

    @Test
    void folderThatQuadWrote_isNoPartOfAPool_unlessNamed() throws IOException {
        lines("p/lang=de/a.jsonl", "{\"text\":\"x\"}");
        lines("p/run/selected.jsonl", "{\"text\":\"y\"}");
        lines("p/run/manifest.json", "{", "  \"format\" : \"quad.manifest.1\"", "}");
        lines("p/other/manifest.json", "{}");

        try (JsonlPool pool = open(folder.resolve("p"))) {
            assertThat(records(pool)).containsExactly("{\"text\":\"x\",\"lang\":\"de\"}");
            assertThat(pool.inputs().lines())
                    .contains("left out: " + folder.resolve("p/run")
                            + ": folders that quad wrote; name them to have them read");
        }
        assertThat(read(folder.resolve("p/run"))).containsExactly("{\"text\":\"y\"}");
    }

    @Test
    void unevenFolders_giveNoField_andItIsSaid() throws IOException {
        lines("p/lang=de/a.jsonl", "{\"text\":\"x\"}");
        lines("p/b.jsonl", "{\"text\":\"y\"}");
        lines("q/lang=fr/a.jsonl", "{\"text\":\"z\"}");

        try (JsonlPool pool = open(folder.resolve("p"), folder.resolve("q"))) {
            assertThat(records(pool))
                    .containsExactly("{\"text\":\"y\"}", "{\"text\":\"x\"}", "{\"text\":\"z\",\"lang\":\"fr\"}");
            assertThat(pool.inputs().leftOut()).isEmpty();
            assertThat(pool.inputs().lines())
                    .contains("no field from the name of " + folder.resolve("p/lang=de")
                            + ": other files that were found with those in it are below no such folders, or others;"
                            + " name the folders apart");
        }
    }

    @Test
    void folderThatGivesNoField_isSaid() throws IOException {
        lines("r/text=de/id=7/a=1/a=2/x.jsonl", "{\"text\":\"x\"}");
        Path root = folder.resolve("r");

        try (JsonlPool pool = open(root)) {
            assertThat(records(pool)).containsExactly("{\"text\":\"x\",\"a\":2}");
            assertThat(pool.inputs().lines())
                    .contains(
                            "no field from the name of " + root.resolve("text=de") + ", "
                                    + root.resolve("text=de/id=7")
                                    + ": text and id of a document are those of its record; rename the folder",
                            "no field from the name of " + root.resolve("text=de/id=7/a=1")
                                    + ": a folder below it has the same name with another value, which counts");
        }
        Path two = root.resolve("text=de/id=7/a=1/a=2");
        for (Path named : List.of(two, two.resolve("x.jsonl"), two.resolve("*.jsonl"))) {
            try (JsonlPool pool = open(named)) {
                assertThat(records(pool)).containsExactly("{\"text\":\"x\"}");
                assertThat(pool.inputs().noFields()).singleElement().satisfies(none -> {
                    assertThat(none.folders()).endsWith(two.getParent(), two).hasSize(4);
                    assertThat(none.reason()).contains("it was named itself").contains("name a folder above it");
                });
            }
        }
    }
}
