// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.text.Document;
import dev.quad.text.RecordWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DuckDB reads what is written, and everyone counts the same. */
class ReadBenchmarkTest {
    private static final String RECORD =
            "{\"id\": %d, \"text\": \"caf\u00e9 \uD83D\uDE00 \\\" \\n\", \"x\": %s, \"mixed\": %s, \"list\": [1, null], \"meta\":"
                    + " {\"lang\": \"en\"}, \"big\": 9007199254740993}";

    private final Path folder;

    ReadBenchmarkTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void everyWay_countsTheSame() throws Exception {
        ReadCase work = new ReadCase(folder, 300_000);

        assertThat(work.pool(folder.resolve("cache"))).isEqualTo(work.documents);
        assertThat(work.zcat()).isEqualTo(work.documents);
        assertThat(work.duckDb()).isEqualTo(work.documents);
        assertThat(work.documents().stream().map(Document::id))
                .doesNotHaveDuplicates()
                .hasSize((int) work.documents);
    }

    @Test
    void writtenFiles_openInDuckDb() throws Exception {
        for (String name : List.of("o.parquet", "o.jsonl", "o.jsonl.gz", "o.jsonl.zst")) {
            Path file = folder.resolve(name);
            try (RecordWriter writer = RecordWriter.create(file, "quad")) {
                writer.write(
                        RECORD.formatted(1, "0.1", "\"a\"").getBytes(StandardCharsets.UTF_8), f -> f.put("score", 0.5));
                writer.write(
                        RECORD.formatted(2, "7", "[]").getBytes(StandardCharsets.UTF_8), f -> f.put("score", -1.25));
                writer.commit();
            }
            try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                    Statement statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery("select id, text, x, meta.lang, big, quad.score, list[1] from '"
                                    + file + "' order by id")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getLong(1)).isEqualTo(1);
                assertThat(rows.getString(2)).isEqualTo("caf\u00e9 \uD83D\uDE00 \" \n");
                assertThat(rows.getDouble(3)).isEqualTo(0.1);
                assertThat(rows.getString(4)).isEqualTo("en");
                assertThat(rows.getLong(5)).isEqualTo(9007199254740993L);
                assertThat(rows.getDouble(6)).isEqualTo(0.5);
                assertThat(rows.getLong(7)).isEqualTo(1);
                assertThat(rows.next()).isTrue();
                assertThat(rows.getDouble(3)).isEqualTo(7);
                assertThat(rows.getDouble(6)).isEqualTo(-1.25);
                assertThat(rows.next()).isFalse();
            }
        }
    }
}
