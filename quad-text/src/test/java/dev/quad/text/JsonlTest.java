// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read, what is tolerated, and what is said of everything else. */
class JsonlTest {
    private final Path folder;

    JsonlTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private static List<Document> read(Path... files) {
        return Jsonl.read(List.of(files), JsonlOptions.defaults(), ReadListener.NONE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"text": "a"                        | ends inside an object: {"text": "a"; allowed is one whole object a line (is the file pretty-printed? jq -c . makes lines of it)
            {                                   | ends inside an object: {; allowed is one whole object a line (is the file pretty-printed? jq -c .
            {"text": "a", "b": [                | ends inside a list
            {"text": "a                         | ends inside a string
            "id": "d0",                         | is not a JSON object: "id": "d0",
            {"text": "a"},                      | is not JSON: unexpected , (column 14 of {"text": "a"},)
            text                                | is not JSON
            {"text": "a"} x                     | is not JSON
            {"text": "a"} {}                    | goes on after the end of the object, at byte 14
            {"text": "a", "b": 01}              | is not JSON
            {"text": "a", "b": nan}             | is not JSON: unexpected nan, as Python writes it; json.dumps in Python makes JSON (column 20 of
            {'text': 'a'}                       | is not JSON: unexpected ', as Python writes it
            {"text": "a", "b": None}            | is not JSON: unexpected None, as Python writes it
            {"text": "a", "b": +Infinity}       | is not JSON: unexpected +Infinity
            {"text": "a", "b": -INF}            | is not JSON: unexpected -INF
            {"text": "a", "b": NaNx}            | is not JSON: unexpected NaNx (column 20 of
            {"text": NaN}                       | has a "text" that is NaN, and NaN is no JSON; write null where there is no value
            {"text": "a", "id": -Infinity}      | has a "id" that is -Infinity, and -Infinity is no JSON; write null
            {"text": "a", "b": "\u0007x"}       | is not JSON
            {"text": "a"}﻿{"text": "b"}    | has a byte order mark inside, at byte 13 (were files joined without a line end?)
            {"text": "a", ﻿"b": 1}         | has a byte order mark inside, at byte 14
            ["text"]                            | is not a JSON object: ["text"]; allowed is one object a line (if the file is one array, jq -c '.[]'
            "text"                              | is not a JSON object
            {}                                  | has no field "text"; it has no field
            {"id": "x", "body": "y"}            | has no field "text"; it has id, body
            {"text": 12}                        | has a "text" that is a number (12); allowed is a string
            {"text": null}                      | has a "text" that is null
            {"text": true}                      | has a "text" that is a truth value (true)
            {"text": ["a"]}                     | has a "text" that is an array
            {"text": {"text": "a"}}             | has a "text" that is an object
            {"text": ""}                        | has a "text" that is empty
            {"text": " \\t\\n "}                | has a "text" that is blank
            {"text": "a", "text": "b"}          | has the field "text" twice
            {"text": "a\\ud800b"}               | half of a surrogate pair, \\ud800 at character 1
            {"text": "a\\udc00"}                | half of a surrogate pair, \\udc00 at character 1
            {"text": "a", "id": {}}             | has an "id" that is an object
            {"text": "a", "id": " "}            | has a blank "id"
            {"text": "a", "id": "\\udc00"}      | half of a surrogate pair
            """)
    void line_bad_namesPlaceReasonAndRemedy(String line, String reason) {
        Path file = TestFiles.write(folder, "bad.jsonl", "{\"text\": \"good\"}", "", line);

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file + ", line 3: ")
                .hasMessageContaining(reason)
                .hasMessageEndingWith("skip bad lines (--skip-bad-lines)");

        TestFiles.Ear ear = new TestFiles.Ear();
        JsonlOptions skipping = JsonlOptions.builder().skipBadLines(true).build();
        assertThat(Jsonl.read(List.of(file), skipping, ear)).containsExactly(new Document("bad.jsonl:1", "good"));
        assertThat(ear.bad).singleElement().satisfies(bad -> {
            assertThat(bad.file()).isEqualTo(file);
            assertThat(bad.line()).isEqualTo(3);
            assertThat(bad.reason()).contains(reason);
        });
    }

    @Test
    void line_notUtf8_namesByteInLineAndFile() {
        byte[] bytes = "{\"text\": \"a\"}\n{\"text\": \"b?\"}\n".getBytes(StandardCharsets.UTF_8);
        bytes[14 + 11] = (byte) 0xC3;
        Path file = TestFiles.write(folder, "a.jsonl", bytes);

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + ", line 2: is not UTF-8 at byte 11 of the line (c3), byte 25 of the text");
    }

    @Test
    void line_utf16_isRefused() {
        Path file = TestFiles.write(folder, "a.jsonl", "{\"text\": \"a\"}".getBytes(StandardCharsets.UTF_16LE));

        assertThatThrownBy(() -> read(file)).hasMessageContaining("line 1: has a zero byte; allowed is UTF-8");
    }

    @Test
    void line_tooLong_isRefusedOrSkippedWhole() {
        String longLine = TestFiles.doc("long", "x".repeat(300_000));
        Path file = TestFiles.write(folder, "a.jsonl", longLine, TestFiles.doc("short", "y"), longLine);
        JsonlOptions.Builder options = JsonlOptions.builder().maxLineBytes(1000);

        assertThatThrownBy(() -> Jsonl.read(List.of(file), options.build(), ReadListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line 1: is longer than 1000 bytes: {\"id\": \"long\"")
                .hasMessageContaining("raise --max-line-bytes");
        TestFiles.Ear ear = new TestFiles.Ear();
        assertThat(Jsonl.read(List.of(file), options.skipBadLines(true).build(), ear))
                .containsExactly(new Document("short", "y"));
        assertThat(ear.bad).extracting(BadLine::line).containsExactly(1L, 3L);
    }

    @Test
    void ids_duplicate_namesBothPlaces() {
        Path one = TestFiles.write(folder, "one.jsonl", TestFiles.doc("a", "x"), TestFiles.doc("b", "x"));
        Path two = TestFiles.write(folder, "two.jsonl", TestFiles.doc("c", "x"), TestFiles.doc("b", "y"));

        assertThatThrownBy(() -> read(one, two))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(two + ", line 2: has the id \"b\" of " + one + ", line 2");
    }

    @Test
    void read_byteOrderMarkWindowsLinesAndBlanks_areTolerated() {
        Path file = TestFiles.write(folder, "a.jsonl", "\uFEFF{\"text\": \"a\"}\r\n\r\n  \n{\"text\": \"b\"}\r");

        assertThat(read(file)).extracting(Document::id).containsExactly("a.jsonl:1", "a.jsonl:4");
    }

    @Test
    void ids_ofEveryKind_areFound() {
        Path file = TestFiles.write(
                folder,
                "a.jsonl",
                "{\"meta\": {\"x\": {\"id\": 0}, \"id\": \"deep\"}, \"id\": 1, \"data\": {\"body\": \"a\"}}",
                "{\"data\": {\"body\": \"b\"}, \"meta\": {\"id\": 12345678901234567890}}",
                "{\"data\": {\"body\": \"c\"}, \"meta\": {\"id\": null}}",
                "{\"data\": {\"body\": \"d\"}, \"meta\": []}");
        JsonlOptions options =
                JsonlOptions.builder().textField("data.body").idField("meta.id").build();

        assertThat(Jsonl.read(List.of(file), options, ReadListener.NONE))
                .containsExactly(
                        new Document("deep", "a"),
                        new Document("12345678901234567890", "b"),
                        new Document("a.jsonl:3", "c"),
                        new Document("a.jsonl:4", "d"));
    }

    @Test
    void ids_generatedForFilesOfOneName_keepThemApart() throws Exception {
        Path one = TestFiles.write(Files.createDirectory(folder.resolve("1")), "a.jsonl", "{\"text\": \"x\"}");
        Path two = TestFiles.write(Files.createDirectory(folder.resolve("2")), "a.jsonl", "{\"text\": \"y\"}");

        assertThat(read(one, two)).extracting(Document::id).containsExactly(one + ":1", two + ":1");
    }

    @Test
    void file_missing_isNamed() {
        assertThatThrownBy(() -> read(folder.resolve("none.jsonl")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("none.jsonl does not exist (looked in " + folder);
    }

    @Test
    void folder_empty_isNamed() {
        assertThatThrownBy(() -> read(folder))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("the folder " + folder + " is empty; known are .jsonl");
    }

    @Test
    void files_withoutDocument_areNamed() {
        Path file = TestFiles.write(folder, "a.jsonl", "", "x");

        JsonlOptions skipping = JsonlOptions.builder().skipBadLines(true).build();
        assertThatThrownBy(() -> Jsonl.read(List.of(file), skipping, ReadListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessage("at least one document is needed, and there is none in " + file
                        + "; 1 bad line was skipped, the first: " + file
                        + ", line 2: is not JSON: unexpected x (column 1 of x)");
        assertThatThrownBy(() -> read()).hasMessage("at least one document is needed, and no file was given");
    }

    @Test
    void options_outOfRange_areRefused() {
        assertThatThrownBy(() -> JsonlOptions.builder().textField(" ").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is blank");
        assertThatThrownBy(() -> JsonlOptions.builder().idField(".".repeat(61)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more than 60 dots");
        assertThatThrownBy(() -> JsonlOptions.builder().maxLineBytes(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 bytes; allowed is 16 to 1073741824");
        assertThatThrownBy(() -> JsonlOptions.builder().maxExpansion(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--max-expansion");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a.b.c": "1", "a.b": {"c": "2"}, "a": {"b.c": "3", "b": {"c": "4"}}}   | 1
            {"a": {"b": {"c": "4"}, "b.c": "3"}, "a.b": {"c": "2"}, "a.b.c": "1"}   | 1
            {"a": {"b": {"c": "4"}, "b.c": "3"}, "a.b": {"c": "2"}}                 | 2
            {"a.b": {"x": "2"}, "a": {"b": {"c": "4"}, "b.c": "3"}}                 | 3
            {"a.b": "no", "a": {"b": {"c": "4"}}}                                   | 4
            {"a": {"b": {"c": 7}}, "a.b.c": "1"}                                    | 1
            """)
    void field_withDotsInItsName_isTakenBeforeNestedOnes(String line, String value) {
        Path file = TestFiles.write(folder, "dots.jsonl", line.replaceFirst("\\{", "{\"t\": \"a text\", "));
        JsonlOptions text = JsonlOptions.builder().textField("a.b.c").build();
        JsonlOptions id = JsonlOptions.builder().textField("t").idField("a.b.c").build();

        assertThat(Jsonl.read(List.of(file), text, ReadListener.NONE))
                .extracting(Document::text)
                .containsExactly(value);
        assertThat(Jsonl.read(List.of(file), id, ReadListener.NONE))
                .extracting(Document::id)
                .containsExactly(value);
        try (JsonlPool pool = JsonlPool.builder().options(text).open(List.of(file))) {
            assertThat(pool.field(0, "a.b.c")).contains(value);
            assertThat(pool.field(0, "a.b.x.c")).isEmpty();
        }
    }

    @Test
    void field_meantButNoText_isRefused_thoughANestedOneWouldDo() {
        JsonlOptions options = JsonlOptions.builder().textField("a.b").build();
        Path file = TestFiles.write(folder, "a.jsonl", "{\"a.b\": 1, \"a\": {\"b\": \"x\"}}");
        assertThatThrownBy(() -> Jsonl.read(List.of(file), options, ReadListener.NONE))
                .hasMessageContaining("has a \"a.b\" that is a number (1)");
        Path twice = TestFiles.write(folder, "b.jsonl", "{\"a.b\": \"x\", \"a\": {\"b\": \"x\"}, \"a.b\": \"x\"}");
        assertThatThrownBy(() -> Jsonl.read(List.of(twice), options, ReadListener.NONE))
                .hasMessageContaining("has the field \"a.b\" twice");
        JsonlOptions odd = JsonlOptions.builder().textField(".v.").build();
        assertThat(Jsonl.read(List.of(TestFiles.write(folder, "c.jsonl", "{\".v.\": \"x\"}")), odd, ReadListener.NONE))
                .hasSize(1);
    }

    @Test
    void record_nestedTooDeep_isSaidInOneLine() {
        String deep = "{\"text\": \"a\", \"b\": " + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        Path file = TestFiles.write(folder, "deep.jsonl", deep);

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("line 1: is nested too deep; allowed are 1,000 objects and lists in one another");
    }

    @Test
    void byteOrderMarks_ofJoinedFiles_areNoContent() {
        byte[] mark = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
        byte[] one = (TestFiles.doc("a", "one") + "\r\n").getBytes(StandardCharsets.UTF_8);
        byte[] two = (TestFiles.doc("b", "two") + "\n").getBytes(StandardCharsets.UTF_8);
        Path file = TestFiles.write(folder, "joined.jsonl", TestFiles.join(mark, one, mark, mark, two, mark));

        assertThat(read(file)).containsExactly(new Document("a", "one"), new Document("b", "two"));
        try (JsonlPool pool = JsonlPool.builder().open(List.of(file))) {
            assertThat(pool.rawRecord(1)).asString(StandardCharsets.UTF_8).isEqualTo(TestFiles.doc("b", "two"));
            assertThat(pool.get(1)).isEqualTo(new Document("b", "two"));
        }
    }

    @Test
    void numbersThatPythonWrites_inOtherFields_passThrough() throws Exception {
        String line = "{\"id\": \"a\", \"text\": \"one\", \"ppl\": NaN, \"l\": [Infinity, {\"x\": -Infinity}]}";
        Path file = TestFiles.write(folder, "nan.jsonl", line);
        Path out = folder.resolve("out.jsonl");

        try (JsonlPool pool = JsonlPool.builder().open(List.of(file));
                RecordWriter writer =
                        RecordWriter.builder(out, "quad").source(pool).open()) {
            writer.write(pool.rawRecord(0), fields -> fields.put("round", 0L));
            writer.commit();
            assertThat(PoolSummary.of(pool).fields()).containsEntry("ppl", java.util.Map.of("number", 1L));
        }
        assertThat(out).content().isEqualTo(line.replaceAll("}$", ",\"quad\":{\"round\":0}}\n"));
    }

    /** The parser shares the names that it has seen, and copies all of them where there is a new one. */
    @Test
    void names_newInEachRecord_costNoCopyOfAllBefore() throws Exception {
        RecordParser parser = new RecordParser(FieldPath.parse("text"), FieldPath.parse("id"));
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 20_000; i++) {
            byte[] line = ("{\"text\": \"a\", \"key of record number " + i + "\": 1}").getBytes(StandardCharsets.UTF_8);
            parser.parse(line, 0, line.length);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / 20_000;

        assertThat(each).isLessThan(40_000);
    }
}
