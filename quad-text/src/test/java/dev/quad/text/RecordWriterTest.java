// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordWriterTest {
    private final Path folder;

    RecordWriterTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private String written(String record) throws Exception {
        Path file = folder.resolve("out.jsonl");
        try (RecordWriter writer = RecordWriter.create(file, "quad")) {
            writer.write(record.getBytes(StandardCharsets.UTF_8), f -> f.put("s", 0.5));
            writer.commit();
        }
        return Files.readString(file);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                | {"quad":{"s":0.5}}
            `{ } `                            | `{ "quad":{"s":0.5}} `
            {"a": 1e400, "b":1.10 }           | {"a": 1e400, "b":1.10 ,"quad":{"s":0.5}}
            {"a": {"quad": 1}}                | {"a": {"quad": 1},"quad":{"s":0.5}}
            {"a": {}}                         | {"a": {},"quad":{"s":0.5}}
            {"quad": 12, "a": 1}              | {"quad": {"s":0.5}, "a": 1}
            {"quad":-1.5e3}                   | {"quad":{"s":0.5}}
            {"a":"}", "quad" : [1, {"b":2}] } | {"a":"}", "quad" : {"s":0.5} }
            {"quad":"x\\"y","a":null}         | {"quad":{"s":0.5},"a":null}
            {"quad": true, "a":"ä", "quad":0} | {"quad": {"s":0.5}, "a":"ä", "quad":{"s":0.5}}
            {"qu\\u0061d": null}              | {"qu\\u0061d": {"s":0.5}}
            """)
    void field_addedOrReplaced_leavesTheRestAsItWas(String record, String expected) throws Exception {
        assertThat(written(record)).isEqualTo(expected + "\n");
    }

    @Test
    void record_notAnObject_isRefused() {
        for (String record : List.of("[1]", "{", "x", "")) {
            assertThatThrownBy(() -> written(record))
                    .as(record)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a record is to be written that is not");
        }
    }

    @Test
    void value_everyKind_isWritten() {
        byte[] object = JsonFields.object(f -> f.put("t", "a\"ä\n")
                .put("n", Long.MIN_VALUE)
                .put("x", 2.0E-3)
                .put("b", true)
                .put("o", o -> o.put("i", 1)));

        assertThat(new String(object, StandardCharsets.UTF_8))
                .isEqualTo("{\"t\":\"a\\\"ä\\n\",\"n\":-9223372036854775808,\"x\":0.002,\"b\":true,\"o\":{\"i\":1}}");
        assertThatThrownBy(() -> JsonFields.object(f -> f.put("score", Double.NaN)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"score\" is NaN");
    }

    @Test
    void gzip_sameRecords_givesTheSameBytesAndReadsBack() throws Exception {
        for (String name : List.of("a.jsonl.gz", "b.jsonl.gz")) {
            try (RecordWriter writer =
                    RecordWriter.create(folder.resolve("new/folder").resolve(name), "quad")) {
                writer.write("{\"text\": \"x\", \"id\": 1}".getBytes(StandardCharsets.UTF_8), f -> f.put("rank", 1));
                writer.commit();
            }
        }
        Path first = folder.resolve("new/folder/a.jsonl.gz");
        assertThat(first).hasSameBinaryContentAs(folder.resolve("new/folder/b.jsonl.gz"));
        assertThat(Jsonl.read(List.of(first), JsonlOptions.defaults(), ReadListener.NONE))
                .containsExactly(new Document("1", "x"));
    }

    @Test
    void file_notCommitted_leavesEverythingAsItWas() throws Exception {
        Path file = TestFiles.write(folder, "out.jsonl", "before");
        try (RecordWriter writer = RecordWriter.create(file, "quad")) {
            writer.write("{}".getBytes(StandardCharsets.UTF_8), f -> {});
        }
        assertThat(file).hasContent("before");
        assertThat(folder.toFile().list()).containsExactly("out.jsonl");
    }

    @Test
    void place_notWritable_isNamed() {
        TestFiles.write(folder, "file", "x");
        assertThatThrownBy(() -> RecordWriter.create(folder.resolve("file/out.jsonl"), "quad"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot write " + folder.resolve("file/out.jsonl"));
    }

    @Test
    void name_ofAnotherForm_isRefused() {
        for (String name : List.of("s.parq", "s.csv", "s.jsonl.bz2", "s.txt", "s.json", "s")) {
            assertThatThrownBy(() -> RecordWriter.create(folder.resolve(name), "quad"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(name + ": allowed endings are .jsonl and .ndjson");
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void shards_ofWhichOneCannotAppear_leaveNone() throws Exception {
        Path inTheWay = folder.resolve("out-00002-of-00003.jsonl");
        Files.createDirectories(inTheWay.resolve("full"));
        try (RecordWriter writer = RecordWriter.builder(folder.resolve("out.jsonl"), "quad")
                .shardBytes(1)
                .open()) {
            for (int i = 0; i < 3; i++) {
                writer.write("{\"text\": \"a\"}".getBytes(StandardCharsets.UTF_8), f -> {});
            }
            assertThatThrownBy(writer::commit)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("cannot write " + inTheWay);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(inTheWay);
        }
    }
}
