// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of columns where files differ. */
class ParquetColumnsTest {
    private final Path folder;
    private WrittenColumns columns = WrittenColumns.NONE;

    ParquetColumnsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private Path parquet(String name, String query) {
        return DuckDb.write(folder.resolve(name), query, "");
    }

    /** Writes all records of files to one, checks that nothing changed, and gives the columns as {@code name TYPE}. */
    private List<String> written(Path... files) {
        Path target = folder.resolve("out.parquet");
        List<String> before = new ArrayList<>();
        try (JsonlPool pool =
                        JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(files));
                RecordWriter writer =
                        RecordWriter.builder(target, "quad").source(pool).open()) {
            for (int i = 0; i < pool.size(); i++) {
                before.add(new String(pool.rawRecord(i), StandardCharsets.UTF_8));
                writer.write(pool.rawRecord(i), fields -> fields.put("rank", 1));
            }
            writer.commit();
            columns = writer.columns();
        }
        try (JsonlPool pool =
                JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(target))) {
            assertThat(pool.size()).isEqualTo(before.size());
            for (int i = 0; i < pool.size(); i++) {
                byte[] expected = (before.get(i).substring(0, before.get(i).length() - 1) + ",\"quad\":{\"rank\":1}}")
                        .getBytes(StandardCharsets.UTF_8);
                JsonTrees.assertSame(JsonTree.parse(pool.rawRecord(i)), JsonTree.parse(expected));
            }
        }
        return DuckDb.ask(
                "SELECT column_name || ' ' || column_type FROM (DESCRIBE SELECT * EXCLUDE quad FROM '" + target + "')");
    }

    @Test
    void filesOfOtherColumns_keepTheTypesOfAll() {
        Path a = parquet("a.parquet", "SELECT 'a' AS text, DATE '2024-01-01' AS day, 1.5::DECIMAL(5,2) AS money");
        Path b =
                parquet("b.parquet", "SELECT 7::BIGINT AS n, 'b' AS text, [1.5::FLOAT] AS v, DATE '2024-01-02' AS day");

        assertThat(written(a, b))
                .containsExactly("text VARCHAR", "day DATE", "money DECIMAL(5,2)", "n BIGINT", "v FLOAT[]");
        assertThat(columns.kept()).containsExactly("text", "day", "money", "n", "v");
        assertThat(columns.changed()).isEmpty();
    }

    @Test
    void columnsOfOtherWidths_getTheWider_andItIsTold() {
        Path a = parquet(
                "a.parquet",
                "SELECT 'a' AS text, 1::INTEGER AS n, 2.5::FLOAT AS x, TIMESTAMP_MS '2024-01-01 00:00:00.001' AS t,"
                        + " 1.25::DECIMAL(5,2) AS d, {'p': 1::SMALLINT, 'q': 'x'} AS o, [1::INTEGER] AS l,"
                        + " MAP {'k': 1::INTEGER} AS m");
        Path b = parquet(
                "b.parquet",
                "SELECT 'b' AS text, 5000000000 AS n, 'NaN'::DOUBLE AS x, TIMESTAMP '2024-01-01 00:00:00.000001' AS t,"
                        + " 123456.5::DECIMAL(7,1) AS d, {'p': 70000::INTEGER, 'r': true} AS o, [5000000000] AS l,"
                        + " MAP {'k': 5000000000} AS m");

        assertThat(written(a, b))
                .containsExactly(
                        "text VARCHAR",
                        "n BIGINT",
                        "x DOUBLE",
                        "t TIMESTAMP",
                        "d DECIMAL(8,2)",
                        "o STRUCT(p INTEGER, q VARCHAR, r BOOLEAN)",
                        "l BIGINT[]",
                        "m MAP(VARCHAR, BIGINT)");
        assertThat(columns.kept()).containsExactly("text");
        assertThat(columns.changed())
                .extracting(WrittenColumns.Change::column)
                .containsExactly("n", "x", "t", "d", "o", "l", "m");
        assertThat(columns.changed().get(1).message())
                .isEqualTo("the column \"x\" is DOUBLE and no longer FLOAT: it is DOUBLE in " + b);
    }

    @Test
    void columnsThatHaveNothingInCommon_areMadeOfTheValues_andItIsTold() {
        Path a = parquet("a.parquet", "SELECT 'a' AS text, DATE '2024-01-01' AS day, 1 AS n");
        Path b = parquet("b.parquet", "SELECT 'b' AS text, 'soon' AS day, [1] AS n");

        assertThat(written(a, b)).containsExactly("text VARCHAR", "day VARCHAR", "n JSON");
        assertThat(columns.changed().get(0).message())
                .isEqualTo("the column \"day\" is STRING and no longer DATE: it is STRING in " + b);
    }

    @Test
    void linesBesideParquet_takeItsColumns_whereTheyFit() {
        Path a = parquet(
                "a.parquet",
                "SELECT 'a' AS text, DATE '2024-01-01' AS day, TIMESTAMP_MS '2024-01-01 00:00:00' AS t, 1::INTEGER AS n,"
                        + " {'p': 1} AS o, 1.5::DECIMAL(3,1) AS d, 200::UTINYINT AS u");
        Path fits = TestFiles.write(
                folder,
                "fits.jsonl",
                "{\"text\":\"b\",\"day\":\"2024-02-29\",\"n\":-3,\"o\":{\"p\":null},\"d\":-99.9,\"u\":255,\"new\":1}",
                "{\"text\":\"c\",\"t\":\"1969-12-31T23:59:59.999\",\"d\":2}");
        Path not = TestFiles.write(
                folder,
                "not.jsonl",
                "{\"text\":\"d\",\"day\":\"2024-02-30\",\"t\":\"2024-01-01T00:00:00.0001\",\"n\":2147483648,"
                        + "\"o\":{\"p\":1,\"z\":2},\"d\":100.0,\"u\":256}");

        assertThat(written(a, fits))
                .containsExactly(
                        "text VARCHAR",
                        "day DATE",
                        "t TIMESTAMP",
                        "n INTEGER",
                        "o STRUCT(p INTEGER)",
                        "d DECIMAL(3,1)",
                        "u UTINYINT",
                        "new BIGINT");
        assertThat(columns.changed()).isEmpty();
        assertThat(written(a, not))
                .containsExactly(
                        "text VARCHAR",
                        "day VARCHAR",
                        "t VARCHAR",
                        "n BIGINT",
                        "o STRUCT(p BIGINT, z BIGINT)",
                        "d DOUBLE",
                        "u BIGINT");
        assertThat(columns.kept()).containsExactly("text");
        assertThat(columns.changed().get(2).message())
                .isEqualTo(
                        "the column \"n\" is INT64 and no longer INTEGER(32,true): a record has the value 2147483648");
    }

    /** Whatever stands in lines beside a column of any type: the value does not change. */
    @Test
    void anyValueBesideAnyColumn_staysAsItIs() {
        List<String> types = List.of(
                "1::TINYINT",
                "1::UBIGINT",
                "1::DOUBLE",
                "1::FLOAT",
                "true",
                "'x'",
                "'x'::BLOB",
                "DATE '2024-01-01'",
                "TIME '01:02:03'",
                "TIMESTAMP_NS '2024-01-01 00:00:00'",
                "TIMESTAMPTZ '2024-01-01 00:00:00+00'",
                "gen_random_uuid()",
                "interval '1 day'",
                "1::DECIMAL(38,2)",
                "'{}'::JSON",
                "[1]",
                "{'a': 1}",
                "MAP {'a': 1}");
        List<String> values = List.of(
                "1",
                "-1",
                "1.5",
                "1e999999999",
                "-0.0",
                "18446744073709551616",
                "true",
                "\"x\"",
                "\"\"",
                "\"2024-01-01\"",
                "\"9999999-01-01T00:00:00Z\"",
                "\"P1D\"",
                "[]",
                "[null]",
                "[1,\"a\"]",
                "{}",
                "{\"a\":1}",
                "{\"a\":\"x\",\"b\":2}",
                "{\"base64\":\"/w==\"}",
                "{\"base64\":1}",
                "[{\"key\":\"a\",\"value\":2}]",
                "[{\"key\":null}]",
                "\"00112233-4455-6677-8899-AABBCCDDEEFF\"",
                "\"\\ud800\"",
                "\"NaN\"");
        Path a = parquet("a.parquet", "SELECT 'a' AS text, " + String.join(", ", numbered(types)));
        List<String> lines = new ArrayList<>();
        for (String value : values) {
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                fields.add("\"c" + i + "\":" + value);
            }
            lines.add("{\"text\":\"b" + lines.size() + "\"," + String.join(",", fields) + "}");
        }
        for (String line : lines) {
            written(a, TestFiles.write(folder, "one.jsonl", line));
        }
        written(a, TestFiles.write(folder, "all.jsonl", lines.toArray(String[]::new)));
        assertThat(columns.changed()).hasSize(types.size() - 1);
    }

    private static List<String> numbered(List<String> types) {
        List<String> columns = new ArrayList<>();
        for (String type : types) {
            columns.add(type + " AS c" + columns.size());
        }
        return columns;
    }
}
