// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows written by {@link TableWriter}, and read again as what they are, and by {@link ScoreColumn}. */
class TableWriterTest {
    private static final List<TableWriter.Column> COLUMNS = List.of(
            new TableWriter.Column("id", TableWriter.Kind.TEXT),
            new TableWriter.Column("score", TableWriter.Kind.NUMBER),
            new TableWriter.Column("tokens", TableWriter.Kind.WHOLE),
            new TableWriter.Column("flag", TableWriter.Kind.TEXT),
            new TableWriter.Column("parts", TableWriter.Kind.LIST));

    @TempDir
    private Path folder;

    private Path write(String name, Map<String, String> metadata) {
        Path file = folder.resolve(name);
        try (TableWriter writer = TableWriter.create(file, COLUMNS, metadata)) {
            writer.write(row -> row.put("id", "b")
                    .put("score", -1e-300)
                    .put("tokens", 1L << 60)
                    .putNull("flag")
                    .put("parts", new float[] {0.1f, -3e38f}));
            writer.write(row -> row.put("id", "a")
                    .putNull("score")
                    .put("tokens", 0)
                    .put("flag", "too short")
                    .putNull("parts"));
            assertThat(file).doesNotExist();
            writer.commit();
        }
        return file;
    }

    private JsonlPool pool(String... ids) {
        String[] lines =
                List.of(ids).stream().map(id -> TestFiles.doc(id, "text")).toArray(String[]::new);
        return JsonlPool.builder().open(List.of(TestFiles.write(folder, "pool.jsonl", lines)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rows.jsonl", "rows.ndjson.gz", "rows.jsonl.zst", "rows.parquet"})
    void rows_comeBackAsTheyWere_withTheirMetadata(String name) throws IOException {
        try (JsonlPool pool = pool("a", "b")) {
            Path file = write(name, Map.of("pool", pool.fingerprint()));
            try (JsonlPool rows = JsonlPool.builder()
                    .options(JsonlOptions.builder().textField("id").build())
                    .cacheFolder(folder.resolve("cache"))
                    .open(List.of(file))) {
                assertThat(new String(rows.rawRecord(0), StandardCharsets.UTF_8))
                        .contains("\"id\":\"b\",\"score\":-1.0E-300,\"tokens\":1152921504606846976")
                        .contains("\"parts\":[0.1,-3.0E38]");
                assertThat(new String(rows.rawRecord(1), StandardCharsets.UTF_8))
                        .contains("\"tokens\":0,\"flag\":\"too short\"");
            }
            assertThat(ScoreColumn.metadata(file)).containsEntry("pool", pool.fingerprint());
            ScoreColumn column = ScoreColumn.read(pool, file, "id");
            assertThat(column.score(List.of(pool.get(0), pool.get(1), new Document("c", "text"))))
                    .isEqualTo(InfluenceScores.builder()
                            .flag("too short")
                            .add(-1e-300)
                            .flag(file + " has no score of \"c\"")
                            .build());
            byte[] once = Files.readAllBytes(file);
            assertThat(write("again-" + name, Map.of("pool", pool.fingerprint())))
                    .hasBinaryContent(once);
        }
    }

    @Test
    void scores_ofOtherDocuments_areRefused() {
        Path ofAnother = write("rows.parquet", Map.of("pool", "another"));
        Path ofAny = write("any.jsonl", Map.of());
        try (JsonlPool pool = pool("a", "b", "c")) {
            assertThatThrownBy(() -> ScoreColumn.read(pool, ofAnother, "id"))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("are of the pool another");
            assertThatThrownBy(() -> ScoreColumn.read(pool, ofAny, "id"))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("\"c\"")
                    .hasMessageContaining("score the whole pool, with the same ids");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"a\"}, has no field \"score\"",
                "{\"id\":\"a\",\"score\":\"1\"}, the field \"score\" is the text \"1\"; allowed is a finite number",
                "{\"id\":\"a\",\"score\":1e999}, the field \"score\" is",
                "{\"score\":1}, has no id in the field \"id\"; scores need one"
            })
    void scores_thatAreNone_areNamedWithTheirLine(String lineAndFault) {
        int comma = lineAndFault.indexOf("}, ");
        Path file = TestFiles.write(
                folder, "scores.jsonl", "{\"id\":\"z\",\"score\":1}", lineAndFault.substring(0, comma + 1));
        try (JsonlPool pool = pool("a")) {
            assertThatThrownBy(() -> ScoreColumn.read(pool, file, "id"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("scores.jsonl, line 2: " + lineAndFault.substring(comma + 3));
        }
    }
}
