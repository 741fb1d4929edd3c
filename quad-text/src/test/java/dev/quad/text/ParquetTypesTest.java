// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each type of the format is right in lines and in Parquet, or refused by its name. */
class ParquetTypesTest {
    private final Path folder;

    ParquetTypesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private Path given(String name) {
        Path file = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/cases/" + name))) {
            Files.copy(in, file);
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path write(String schema, List<Consumer<Group>> rows) throws IOException {
        MessageType type = MessageTypeParser.parseMessageType(schema);
        Path file = folder.resolve("in.parquet");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withType(type)
                .withConf(new PlainParquetConfiguration())
                .withCodecFactory(new ParquetCodecs())
                .build()) {
            for (Consumer<Group> row : rows) {
                Group group = new SimpleGroup(type);
                row.accept(group);
                writer.write(group);
            }
        }
        return file;
    }

    private JsonlPool open(Path file) {
        return JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(file));
    }

    private List<String> lines(Path file) {
        try (JsonlPool pool = open(file)) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < pool.size(); i++) {
                lines.add(new String(pool.rawRecord(i), StandardCharsets.UTF_8).replace(",\"quad\":{}", ""));
            }
            return lines;
        }
    }

    /** Writes all records to Parquet again; nothing may have changed. */
    private Path copied(Path file) {
        Path target = folder.resolve("out.parquet");
        try (JsonlPool pool = open(file);
                RecordWriter writer =
                        RecordWriter.builder(target, "quad").source(pool).open()) {
            for (int i = 0; i < pool.size(); i++) {
                writer.write(pool.rawRecord(i), fields -> {});
            }
            writer.commit();
            assertThat(writer.columns().changed()).isEmpty();
        }
        return target;
    }

    @Test
    void halfFloats_areNumbersInLines_andHalfFloatsInParquet() throws IOException {
        Path file = given("B23_float16.parquet");
        Path copy = copied(file);

        assertThat(lines(file).get(1)).contains("\"emb16\":[0.8413,0.5405,0.0125,1.0]");
        assertThat(DuckDb.ask("SELECT count(*) FROM '" + file + "' a JOIN '" + copy + "' b USING (id)"
                        + " WHERE a.emb16 = b.emb16 AND a.emb32 = b.emb32 AND a.emb64 = b.emb64"))
                .isEqualTo(DuckDb.ask("SELECT count(*) FROM '" + file + "'"));
        assertThat(ParquetLines.schema(copy).toString()).contains("fixed_len_byte_array(2) item (FLOAT16)");
    }

    /** The numbers themselves, as from NPY, and not the short decimals that stand for them. */
    @Test
    void halfFloats_asEmbeddings_areExact() throws IOException {
        Path file = given("B23_float16.parquet");
        List<List<Float>> rows = new ArrayList<>();
        try (JsonlPool pool = open(file)) {
            EmbeddingColumn.open(pool, List.of(file), "id", "emb16").read((row, ordinal) -> {
                List<Float> values = new ArrayList<>();
                for (float value : row) {
                    values.add(value);
                }
                rows.add(values);
            });
        }
        assertThat(rows.get(1)).containsExactly(0.8413086f, 0.54052734f, 0.012496948f, 1f);
        assertThat(rows.stream().flatMap(List::stream))
                .containsExactlyElementsOf(DuckDb.ask("SELECT unnest(emb16) FROM '" + file + "'").stream()
                        .map(Float::valueOf)
                        .toList());
    }

    @Test
    void halfFloatsThatAreNoNumbers_areStrings_andComeBack() throws IOException {
        Path file = write(
                "message m { required binary text (STRING); optional fixed_len_byte_array(2) h (FLOAT16); }",
                List.of(half(0x7E00), half(0x7C00), half(0xFC00), half(0x8000), half(0x7BFF), half(0x0001)));

        assertThat(lines(file).stream().map(line -> line.substring(line.indexOf("\"h\":"))))
                .containsExactly(
                        "\"h\":\"NaN\"}",
                        "\"h\":\"Infinity\"}",
                        "\"h\":\"-Infinity\"}",
                        "\"h\":-0.0}",
                        "\"h\":65500.0}",
                        "\"h\":6.0E-8}");
        assertThat(lines(copied(file))).isEqualTo(lines(file));
        assertThat(DuckDb.ask("SELECT h FROM '" + folder.resolve("out.parquet") + "'"))
                .containsExactly("NaN", "Infinity", "-Infinity", "-0.0", "65504.0", "5.9604645E-8");
    }

    private static Consumer<Group> half(int bits) {
        return row -> {
            row.add("text", Integer.toHexString(bits));
            row.add("h", Binary.fromConstantByteArray(new byte[] {(byte) bits, (byte) (bits >> 8)}));
        };
    }

    @Test
    void intervals_areIsoInLines_andReadByOthersInParquet() throws IOException {
        Path file = given("B21_interval.parquet");
        Path copy = copied(file);

        assertThat(lines(file).get(2)).contains("\"iv\":\"P2D\"");
        assertThat(lines(file).get(0)).contains("\"iv\":\"PT0S\"");
        assertThat(DuckDb.ask("SELECT iv FROM '" + copy + "'")).isEqualTo(DuckDb.ask("SELECT iv FROM '" + file + "'"));
        assertThat(DuckDb.ask("SELECT typeof(iv) FROM '" + copy + "' LIMIT 1")).containsExactly("INTERVAL");
        assertThat(lines(copy)).isEqualTo(lines(file));
    }

    @Test
    void intervalsOfAllParts_keepEachOfThem() throws IOException {
        Path file = DuckDb.write(
                folder.resolve("in.parquet"),
                "SELECT 'a' AS text, interval '14 months 3 days 4 hours 5.678 seconds' AS iv,"
                        + " [interval '1 month', NULL] AS list, {'i': interval '61 minutes'} AS o",
                "");
        String expected =
                "{\"text\":\"a\",\"iv\":\"P1Y2M3DT4H5.678S\",\"list\":[\"P1M\",null],\"o\":{\"i\":\"PT1H1M\"}}";

        assertThat(lines(file)).containsExactly(expected);
        assertThat(lines(copied(file))).containsExactly(expected);
        assertThat(DuckDb.ask("SELECT row_to_json(x)::VARCHAR FROM (SELECT iv, list, o FROM '"
                        + folder.resolve("out.parquet") + "') x"))
                .isEqualTo(
                        DuckDb.ask("SELECT row_to_json(x)::VARCHAR FROM (SELECT iv, list, o FROM '" + file + "') x"));
        for (String text : List.of("PT0S", "P357913941Y3M4294967295DT1193H2M47.295S", "P1Y", "PT0.001S")) {
            assertThat(ParquetInterval.text(ParquetInterval.bytes(text))).isEqualTo(text);
        }
        for (String text : List.of("P", "PT", "1D", "P-1D", "P4294967296D", "PT0.0001S", "P1DT", "p1d")) {
            assertThatThrownBy(() -> ParquetInterval.bytes(text))
                    .as(text)
                    .isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class);
        }
    }

    @Test
    void everyOtherType_goesThroughUnchanged() throws IOException {
        Path file = DuckDb.write(
                folder.resolve("in.parquet"),
                "SELECT 'a' AS text, 200::UTINYINT AS u8, 60000::USMALLINT AS u16, -5::SMALLINT AS i16,"
                        + " TIMESTAMP_NS '2024-02-29 12:00:00.123456789' AS ns, TIME '01:02:03.000004' AS t,"
                        + " 12.3::DECIMAL(4,1) AS d4, 1234567890.12::DECIMAL(18,2) AS d8,"
                        + " -12345678901234567890.123::DECIMAL(38,3) AS d16, 'ff'::BLOB AS utf, '\\xff'::BLOB AS raw,"
                        + " MAP {1: 'x', 2: NULL} AS ints, MAP {DATE '2024-01-01': [1, NULL]} AS dates,"
                        + " [[1, 2], NULL, []] AS nested, '[1, {}]'::JSON AS j, 'k'::ENUM('k', 'l') AS e,"
                        + " 'NaN'::FLOAT AS nan, TIMESTAMPTZ '1969-12-31 23:59:59.999999+00' AS tz,"
                        + " NULL::INTEGER AS none, DATE '-0044-03-15' AS bc",
                ", compression lz4_raw");
        Path copy = copied(file);

        assertThat(lines(file).get(0))
                .contains("\"u8\":200,\"u16\":60000,\"i16\":-5,\"ns\":\"2024-02-29T12:00:00.123456789\"")
                .contains("\"d4\":12.3,\"d8\":1234567890.12,\"d16\":-12345678901234567890.123")
                .contains("\"ints\":[{\"key\":1,\"value\":\"x\"},{\"key\":2,\"value\":null}]");
        assertThat(lines(copy)).isEqualTo(lines(file));
        assertThat(DuckDb.ask("SELECT row_to_json(x)::VARCHAR FROM (SELECT * EXCLUDE quad FROM '" + copy + "') x"))
                .isEqualTo(DuckDb.ask("SELECT row_to_json(x)::VARCHAR FROM '" + file + "' x"));
        assertThat(DuckDb.ask("SELECT column_type FROM (DESCRIBE SELECT * EXCLUDE quad FROM '" + copy + "')"))
                .isEqualTo(DuckDb.ask("SELECT column_type FROM (DESCRIBE SELECT * FROM '" + file + "')"));
    }

    /** Types of other writers: bytes by their definition stay bytes, in both forms. */
    @Test
    void rareTypes_areBytesByName_orNothing() throws IOException {
        Path file = write("""
                message m {
                  required binary text (STRING);
                  optional binary b (BSON);
                  optional binary g (GEOMETRY);
                  optional int32 nothing (UNKNOWN);
                  optional int32 ms (TIME(MILLIS,true));
                  optional int64 ns (TIME(NANOS,false));
                  optional group l (LIST) { repeated group list { repeated int32 v; } }
                }
                """, List.of(row -> {
            row.add("text", "a");
            row.add("b", Binary.fromConstantByteArray(new byte[] {5, 0, 0, 0, 0}));
            row.add("g", Binary.fromConstantByteArray(new byte[] {
                1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0x40
            }));
            row.add("ms", 1);
            row.add("ns", 86_399_999_999_999L);
            Group element = row.addGroup("l").addGroup("list");
            element.add("v", 1);
            element.add("v", 2);
        }));
        String expected =
                "{\"text\":\"a\",\"b\":{\"base64\":\"BQAAAAA=\"},\"g\":{\"base64\":\"AQEAAAAAAAAAAADwPwAAAAAAAABA\"},\"nothing\":null,"
                        + "\"ms\":\"00:00:00.001Z\",\"ns\":\"23:59:59.999999999\",\"l\":[{\"v\":[1,2]}]}";

        assertThat(lines(file)).containsExactly(expected);
        assertThat(lines(copied(file))).containsExactly(expected);
        assertThat(ParquetLines.schema(folder.resolve("out.parquet")).getFields())
                .startsWith(ParquetLines.schema(file).getFields().toArray(Type[]::new));
    }

    @Test
    void typeThatIsNotRead_isRefusedByName_andNotAsDamage() throws IOException {
        Path file = write("""
                message m {
                  required binary text (STRING);
                  optional group o { optional group v (VARIANT(1)) { required binary metadata; required binary value; } }
                }
                """, List.of(row -> row.add("text", "a")));
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + "")
                .hasMessageContaining("the column \"o.v\" is VARIANT")
                .hasMessageNotContainingAny("damaged", "whole copy");
    }

    @Test
    void codecThatIsNotRead_isNamed_andNotAsDamage() {
        assertThatThrownBy(() -> open(given("B22_brotli.parquet")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "is compressed with BROTLI, which is not read; allowed are snappy, gzip, zstd, lz4")
                .hasMessageNotContainingAny("damaged", "whole copy");
    }

    @Test
    void pagesInLz4_areRead_ofWhateverWriter() throws IOException {
        String query = "SELECT 'text ' || i AS text, repeat('abc' || i, 100) AS more FROM range(5000) t(i)";
        Path plain = DuckDb.write(folder.resolve("plain.parquet"), query, ", compression uncompressed");
        Path raw = DuckDb.write(folder.resolve("raw.parquet"), query, ", compression lz4_raw");

        assertThat(lines(raw)).isEqualTo(lines(plain)).hasSize(5000);
        byte[] bytes = "a text, a text, a text, a text, a text".repeat(50).getBytes(StandardCharsets.UTF_8);
        byte[] block = new io.airlift.compress.lz4.Lz4Compressor() {
            byte[] of(byte[] all) {
                byte[] target = new byte[maxCompressedLength(all.length)];
                return Arrays.copyOf(target, compress(all, 0, all.length, target, 0, target.length));
            }
        }.of(bytes);
        java.io.ByteArrayOutputStream hadoop = new java.io.ByteArrayOutputStream();
        try (java.io.OutputStream out = new io.airlift.compress.lz4.Lz4HadoopStreams(256).createOutputStream(hadoop)) {
            out.write(bytes);
        }
        assertThat(ParquetLz4.hadoop(hadoop.toByteArray(), bytes.length)).isEqualTo(bytes);
        assertThat(ParquetLz4.hadoop(block, bytes.length)).isEqualTo(bytes);
        assertThat(ParquetLz4.block(block, bytes.length)).isEqualTo(bytes);
        assertThatThrownBy(() -> ParquetLz4.hadoop(new byte[] {4, 0x22, 0x4D, 0x18, 0}, 10))
                .isInstanceOf(UnsupportedFormException.class)
                .hasMessageContaining("a frame of LZ4");
        assertThatThrownBy(() -> ParquetLz4.block(new byte[] {-1, -1, -1}, 10)).isInstanceOf(IOException.class);
    }

    @Test
    void fileWithoutRows_orWithoutAText_isClear() throws IOException {
        Path empty = DuckDb.write(folder.resolve("empty.parquet"), "SELECT 'a' AS text WHERE false", "");
        Path nulls = DuckDb.write(folder.resolve("nulls.parquet"), "SELECT NULL::VARCHAR AS text FROM range(3)", "");
        Path good = DuckDb.write(folder.resolve("good.parquet"), "SELECT 'a' AS text", "");

        assertThatThrownBy(() -> open(empty))
                .isInstanceOf(InputException.class)
                .hasMessage("at least one document is needed, and there is none in " + empty);
        assertThatThrownBy(() -> open(nulls))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(nulls + ", row 1: has a \"text\" that is null; allowed is a string");
        try (JsonlPool pool =
                JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(empty, good))) {
            assertThat(pool.size()).isEqualTo(1);
        }
    }

    @Test
    void noRecord_stillMakesAFile() throws IOException {
        Path lines = TestFiles.write(folder, "pool.jsonl", TestFiles.doc("a", "x"));
        Path rows = DuckDb.write(folder.resolve("in.parquet"), "SELECT 'a' AS text, 1 AS n", "");
        for (Path source : List.of(lines, rows)) {
            Path target = folder.resolve(source.getFileName() + ".out.parquet");
            try (JsonlPool pool = open(source);
                    RecordWriter writer =
                            RecordWriter.builder(target, "quad").source(pool).open()) {
                writer.commit();
            }
            assertThat(DuckDb.ask("SELECT count(*) FROM '" + target + "'")).containsExactly("0");
        }
    }
}
