// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.NanoTime;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ParquetTest {
    private static final MessageType EVERYTHING = MessageTypeParser.parseMessageType("""
            message m {
              required binary text (STRING);
              optional int32 i8 (INTEGER(8,true));
              optional int32 u32 (INTEGER(32,false));
              optional int64 u64 (INTEGER(64,false));
              optional boolean flag;
              optional float single;
              optional double nan;
              optional binary bytes;
              optional binary plain;
              optional binary kind (ENUM);
              optional binary json (JSON);
              optional int32 day (DATE);
              optional int64 moment (TIMESTAMP(MICROS,true));
              optional int64 local (TIMESTAMP(MILLIS,false));
              optional int64 clock (TIME(MICROS,false));
              optional int64 money (DECIMAL(18,2));
              optional fixed_len_byte_array(9) large (DECIMAL(20,3));
              optional fixed_len_byte_array(16) uuid (UUID);
              optional int96 old;
              optional group list (LIST) { repeated group list { optional int32 element; } }
              optional group olds (LIST) { repeated int32 array; }
              optional group map (MAP) { repeated group key_value {
                  required binary key (STRING); optional int64 value; } }
              repeated int64 many;
              repeated group pairs { optional int64 a; optional binary b (STRING); }
              optional group nested { optional group deep { optional double x; } }
              optional int32 nothing;
            }
            """);

    private static final String AS_JSON =
            "{\"text\":\"t\\u0001 \uD83D\uDE00\",\"i8\":-7,\"u32\":4294967295,\"u64\":18446744073709551615,\"flag\":true,"
                    + "\"single\":0.1,\"nan\":\"NaN\",\"bytes\":{\"base64\":\"/w==\"},\"plain\":\"word\",\"kind\":\"K\","
                    + "\"json\":{\"a\": [1.10,  2]},\"day\":\"2024-02-29\",\"moment\":\"2024-02-29T12:00:00.000001Z\","
                    + "\"local\":\"1969-12-31T23:59:59.999\",\"clock\":\"01:02:03.000004\",\"money\":-12.50,"
                    + "\"large\":12345678901234567.890,\"uuid\":\"00112233-4455-6677-8899-aabbccddeeff\","
                    + "\"old\":\"2000-01-01T00:00:00.000000005Z\",\"list\":[1,null,3],\"olds\":[4,5],"
                    + "\"map\":[{\"key\":\"k\",\"value\":1},{\"key\":\"l\",\"value\":null}],\"many\":[7,8],"
                    + "\"pairs\":[{\"a\":1,\"b\":\"x\"},{\"a\":null,\"b\":\"y\"}],\"nested\":{\"deep\":{\"x\":1.5}},"
                    + "\"nothing\":null}";

    private final Path folder;

    ParquetTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private static void everything(Group row) {
        row.add("text", "t\u0001 \uD83D\uDE00");
        row.add("i8", -7);
        row.add("u32", -1);
        row.add("u64", -1L);
        row.add("flag", true);
        row.add("single", 0.1f);
        row.add("nan", Double.NaN);
        row.add("bytes", Binary.fromConstantByteArray(new byte[] {-1}));
        row.add("plain", "word");
        row.add("kind", "K");
        row.add("json", "{\"a\": [1.10,\n 2]}");
        row.add("day", 19_782);
        row.add("moment", 1_709_208_000_000_001L);
        row.add("local", -1L);
        row.add("clock", 3_723_000_004L);
        row.add("money", -1250L);
        row.add("large", Binary.fromConstantByteArray(new byte[] {
            0, (byte) 0xAB, 0x54, (byte) 0xA9, (byte) 0x8C, (byte) 0xEB, 0x1F, 0x0A, (byte) 0xD2
        }));
        row.add("uuid", Binary.fromConstantByteArray(new byte[] {
            0,
            0x11,
            0x22,
            0x33,
            0x44,
            0x55,
            0x66,
            0x77,
            (byte) 0x88,
            (byte) 0x99,
            (byte) 0xAA,
            (byte) 0xBB,
            (byte) 0xCC,
            (byte) 0xDD,
            (byte) 0xEE,
            (byte) 0xFF
        }));
        row.add("old", new NanoTime(2_451_545, 5));
        Group list = row.addGroup("list");
        list.addGroup("list").add("element", 1);
        list.addGroup("list");
        list.addGroup("list").add("element", 3);
        Group olds = row.addGroup("olds");
        olds.add("array", 4);
        olds.add("array", 5);
        Group map = row.addGroup("map");
        Group first = map.addGroup("key_value");
        first.add("key", "k");
        first.add("value", 1L);
        map.addGroup("key_value").add("key", "l");
        row.add("many", 7L);
        row.add("many", 8L);
        Group pair = row.addGroup("pairs");
        pair.add("a", 1L);
        pair.add("b", "x");
        row.addGroup("pairs").add("b", "y");
        row.addGroup("nested").addGroup("deep").add("x", 1.5);
    }

    @Test
    void columnOfVectors_withNaN_isNamedByRow() throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType("""
                message m { required binary id (STRING);
                  required group v (LIST) { repeated group list { required float element; } } }
                """);
        Path file = write("v.parquet", schema, CompressionCodecName.SNAPPY, List.of(vector(1), vector(Float.NaN)));
        Path pool = TestFiles.write(folder, "pool.jsonl", TestFiles.doc("1.0", "x"));
        try (JsonlPool documents = JsonlPool.builder().open(List.of(pool))) {
            EmbeddingColumn column = EmbeddingColumn.open(documents, List.of(file), "id", "v");
            assertThatThrownBy(() -> column.read((row, ordinal) -> {}))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(file + ", row 2: value 1 of \"v\" is NaN; allowed are finite numbers");
        }
    }

    private static Consumer<Group> vector(float second) {
        return row -> {
            row.add("id", Float.toString(second));
            Group list = row.addGroup("v");
            list.addGroup("list").add("element", 0.5f);
            list.addGroup("list").add("element", second);
        };
    }

    private Path write(String name, MessageType schema, CompressionCodecName codec, List<Consumer<Group>> rows)
            throws IOException {
        Path file = folder.resolve(name);
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withType(schema)
                .withConf(new PlainParquetConfiguration())
                .withCodecFactory(new ParquetCodecs())
                .withCompressionCodec(codec)
                .build()) {
            for (Consumer<Group> row : rows) {
                Group group = new SimpleGroup(schema);
                row.accept(group);
                writer.write(group);
            }
        }
        return file;
    }

    private JsonlPool open(Path file) {
        return JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(file));
    }

    @ParameterizedTest
    @EnumSource(names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"})
    void everyType_isReadAsJson_andGoesBackToTheSameColumns(CompressionCodecName codec) throws IOException {
        Path file = write(
                "in.parquet",
                EVERYTHING,
                codec,
                List.of(ParquetTest::everything, row -> row.add("text", "second"), ParquetTest::everything));
        Path target = folder.resolve("out.parquet");
        JsonlOptions options = JsonlOptions.builder().idField("u64x").build();
        try (JsonlPool pool = JsonlPool.builder()
                        .options(options)
                        .cacheFolder(folder.resolve("cache"))
                        .open(List.of(file));
                RecordWriter writer =
                        RecordWriter.builder(target, "quad").source(pool).open()) {
            assertThat(pool.size()).isEqualTo(3);
            assertThat(new String(pool.rawRecord(0), StandardCharsets.UTF_8)).isEqualTo(AS_JSON);
            assertThat(pool.rawRecord(2)).isEqualTo(pool.rawRecord(0));
            assertThat(pool.get(1).text()).isEqualTo("second");
            for (int i = 0; i < pool.size(); i++) {
                writer.write(pool.rawRecord(i), f -> f.put("score", 0.5));
            }
            writer.commit();
        }

        assertThat(ParquetLines.schema(target).getFields().subList(0, EVERYTHING.getFieldCount()))
                .isEqualTo(EVERYTHING.getFields());
        try (JsonlPool pool = open(target)) {
            assertThat(new String(pool.rawRecord(0), StandardCharsets.UTF_8))
                    .isEqualTo(AS_JSON.substring(0, AS_JSON.length() - 1) + ",\"quad\":{\"score\":0.5}}");
        }
    }

    @Test
    void fields_getTheColumnOfTheirValues() throws IOException {
        Path target = folder.resolve("out.parquet");
        List<String> records = List.of(
                "{\"text\":\"a\",\"n\":1,\"x\":1,\"mixed\":1,\"big\":12345678901234567890,\"l\":[1],\"e\":[],\"o\":{}}",
                "{\"text\":\"b\",\"n\":-9223372036854775808,\"x\":0.5,\"mixed\":\"s\",\"l\":[null,2],\"t\":true}");
        try (RecordWriter writer = RecordWriter.create(target, "quad")) {
            records.forEach(record -> writer.write(record.getBytes(StandardCharsets.UTF_8), f -> f.put("rank", 1)));
            writer.commit();
        }

        assertThat(ParquetLines.schema(target).toString())
                .contains("optional binary text (STRING)")
                .contains("optional int64 n;")
                .contains("optional double x;")
                .contains("optional binary mixed (JSON)")
                .contains("optional binary big (JSON)")
                .contains("optional int64 element;")
                .contains("optional binary e (JSON)")
                .contains("optional binary o (JSON)")
                .contains("optional boolean t;");
    }

    @Test
    void recordWithAFieldTwice_isRefused() {
        try (RecordWriter writer = RecordWriter.create(folder.resolve("out.parquet"), "quad")) {
            assertThatThrownBy(() -> writer.write("{\"a\":1,\"a\":2}".getBytes(StandardCharsets.UTF_8), f -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a field twice")
                    .hasMessageContaining("write JSONL instead");
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void missingColumn_isSaid_withTheColumnsThatThereAre() throws IOException {
        Path file = write("in.parquet", EVERYTHING, CompressionCodecName.SNAPPY, List.of(ParquetTest::everything));

        assertThatThrownBy(() -> Jsonl.read(
                        List.of(file),
                        JsonlOptions.builder().textField("content").build(),
                        ReadListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + ", row 1: has no field \"content\"; it has text, i8, u32");
        assertThatThrownBy(() -> Jsonl.read(
                        List.of(file),
                        JsonlOptions.builder().textField("nothing").build(),
                        ReadListener.NONE))
                .hasMessageContaining("row 1: has a \"nothing\" that is null; allowed is a string");
    }

    @Test
    void damagedFiles_areNamed() throws IOException {
        Path file = write("in.parquet", EVERYTHING, CompressionCodecName.SNAPPY, List.of(ParquetTest::everything));
        byte[] whole = Files.readAllBytes(file);
        Path cut = TestFiles.write(folder, "cut.parquet", Arrays.copyOf(whole, whole.length - 20));
        byte[] flipped = whole.clone();
        for (int i = 4; i < 200; i++) {
            flipped[i] ^= 0x55;
        }
        Path damaged = TestFiles.write(folder, "damaged.parquet", flipped);
        Path other = TestFiles.write(folder, "other.parquet", "{}".getBytes(StandardCharsets.UTF_8));

        for (Path bad : List.of(cut, damaged, other)) {
            assertThatThrownBy(() -> open(bad))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(bad.toString());
        }
        assertThat(folder.resolve("cache").toFile().list((dir, name) -> name.endsWith(".made-by-quad")))
                .isNullOrEmpty();
    }
}
