// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.quad.InputException;
import dev.quad.TokenSequence;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerFileTest {
    private static final String ADDED = """
            {"id": 2, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": %s,
             "special": true}""";
    private static final String TEMPLATE = """
            {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
             "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [2], "tokens": ["<s>"]}}}""";
    private static final String MODEL =
            "{\"type\": \"WordLevel\", \"unk_token\": \"?\", \"vocab\": {\"?\": 0, \"a\": 1, \"<s>\": 2}}";

    @TempDir
    private Path folder;

    static String resource(String name) {
        try (InputStream in = TokenizerFileTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String file(String normalizer, String splitter, String processor, String model, String added) {
        return "{\"version\": \"1.0\", \"truncation\": null, \"padding\": null, \"added_tokens\": [" + added
                + "], \"normalizer\": " + normalizer + ", \"pre_tokenizer\": " + splitter + ", \"post_processor\": "
                + processor + ", \"decoder\": null, \"model\": " + model + "}";
    }

    private static String sound() {
        return file("null", "{\"type\": \"Whitespace\"}", TEMPLATE, MODEL, ADDED.formatted("false"));
    }

    private static String withNormalizer(String normalizer) {
        return file(normalizer, "{\"type\": \"Whitespace\"}", TEMPLATE, MODEL, ADDED.formatted("false"));
    }

    private static String withSplitter(String splitter) {
        return file("null", splitter, TEMPLATE, MODEL, ADDED.formatted("false"));
    }

    private static TokenSequence ids(String json, String text) {
        try (JsonTokenizer tokenizer = JsonTokenizer.parse(json, "the file")) {
            return tokenizer.encode(text);
        }
    }

    private static void refused(String json, String words) {
        assertThatThrownBy(() -> JsonTokenizer.parse(json, "the file").close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("the file")
                .hasMessageContaining(words);
    }

    /** Ids that the library gives to these files as they are. */
    @ParameterizedTest
    @CsvSource({
        "llama2, 'the text, 1', '1 329 327 264 283 279 323 259 313'",
        "unigram, 'the text, 1', '1 327 259 279 264 283 279 323 259 313'",
        "wordpiece, 'the text, 1', '2 86 89 78 58'",
        "wordlevel, 'river x stone', '1 2 0 3'",
        "llama3, 'the', '300 258'",
    })
    void honestFile_isTaken_andGivesItsIds(String name, String text, String ids) {
        try (JsonTokenizer tokenizer = JsonTokenizer.parse(resource("honest/" + name + ".json"), name)) {
            StringBuilder found = new StringBuilder();
            TokenSequence sequence = tokenizer.encode(text);
            for (int i = 0; i < sequence.length(); i++) {
                found.append(i == 0 ? "" : " ").append(sequence.id(i));
            }
            assertThat(found.toString()).isEqualTo(ids);
        }
    }

    /** What is handed on gives the ids of the whole file. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes-str",
                "bytes-pair",
                "bytes-trunc",
                "bytes-added",
                "llama2",
                "llama3",
                "unigram",
                "charsmap"
            })
    void honestFile_hasTheIdsOfTheLibrary(String name) throws IOException {
        String json = resource("honest/" + name + ".json");
        try (JsonTokenizer tokenizer = JsonTokenizer.parse(json, name);
                HuggingFaceTokenizer whole = HuggingFaceTokenizer.newInstance(
                        new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
                        Map.of("truncation", "false", "padding", "false"))) {
            for (String text : Fuzz.TEXTS) {
                long[] ids = whole.encode(text, false, false).getIds();
                TokenSequence found = tokenizer.encode(text);
                assertThat(found.length()).isEqualTo(ids.length + 1);
                for (int i = 0; i < ids.length; i++) {
                    assertThat(found.id(i + 1)).isEqualTo((int) ids[i]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes-str", "bytes-pair", "bytes-trunc", "bytes-added", "charsmap"})
    void honestFile_ofEachLayout_isTaken(String name) {
        assertThat(ids(resource("honest/" + name + ".json"), "the river").length())
                .isGreaterThan(3);
    }

    @Test
    void charsmap_isFollowed() {
        String json = resource("honest/charsmap.json");
        assertThat(ids(json, "A")).isEqualTo(ids(json, "alpha"));
    }

    @Test
    void description_namesKindIdsAndFile() {
        try (JsonTokenizer tokenizer = JsonTokenizer.parse(sound(), "the file")) {
            assertThat(tokenizer).hasToString("WordLevel, 3 ids, the file");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "abort-fixedlength0, '\"pre_tokenizer.length\" is 0; allowed is a whole number of 1 to'",
        "abort-precompiled, '\"normalizer.precompiled_charsmap\" is damaged'",
        "abort-template, '\"post_processor.single[0].SpecialToken.id\" is \"<s>\"; allowed is one of \"special_tokens\", which has none'",
        "trace-null-token, '\"added_tokens[1].content\" is null; allowed is a string'",
    })
    void hostileFile_isRefusedByItsField(String name, String words) {
        refused(resource("hostile/" + name + ".json"), words);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2147483647",
                "1073741824",
                "100000000",
                "1000000",
                "-1",
                "1.5",
                "1e3",
                "null",
                "\"2\"",
                "4294967296"
            })
    void idBeyondTheFile_isRefused(String id) {
        refused(sound().replace("\"id\": 2,", "\"id\": " + id + ","), "id");
        refused(sound().replace("\"a\": 1", "\"a\": " + id), "id");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\": \"Magic\"}",
                "{\"type\": null}",
                "{}",
                "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": null}",
                "{\"type\": \"Replace\", \"pattern\": {\"String\": \"\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"x*\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(a+)+b\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(a|a)*b\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(a)\\\\1\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(?<n>a\\\\g<n>?)\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"a{100000}\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"[a\"}, \"content\": \"b\"}",
                "{\"type\": \"Prepend\", \"prepend\": \"\"}",
                "{\"type\": \"Strip\", \"strip_left\": 1, \"strip_right\": true}",
                "{\"type\": \"Precompiled\", \"precompiled_charsmap\": null}",
                "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"?\"}",
            })
    void wrongNormalizer_isRefusedByItsField(String normalizer) {
        refused(withNormalizer(normalizer), "\"normalizer");
    }

    @Test
    void replacementThatMultiplies_isRefused() {
        String replace = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"%s\"}";
        refused(withNormalizer(replace.formatted("a".repeat(100_000))), "more than 4096 times as long");
        String ten = replace.formatted("a".repeat(10));
        refused(
                withNormalizer("{\"type\": \"Sequence\", \"normalizers\": [" + (ten + ",").repeat(9) + ten + "]}"),
                "more than 4096 times as long");
        assertThat(ids(withNormalizer(replace.formatted("a a")), "aa").length()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\": \"FixedLength\", \"length\": 0}",
                "{\"type\": \"FixedLength\", \"length\": -1}",
                "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": \"Sideways\", \"invert\": false}",
                "{\"type\": \"Split\", \"pattern\": \"a\", \"behavior\": \"Removed\", \"invert\": false}",
                "{\"type\": \"CharDelimiterSplit\", \"delimiter\": \"ab\"}",
                "{\"type\": \"Metaspace\", \"replacement\": \"\", \"prepend_scheme\": \"always\"}",
                "{\"type\": \"ByteLevel\"}",
            })
    void wrongPreTokenizer_isRefusedByItsField(String splitter) {
        refused(withSplitter(splitter), "\"pre_tokenizer");
    }

    /** Of which the library aborts: it finds nothing everywhere, also within a character. */
    @Test
    void addedTokenOfWhichNothingIsLeft_isRefused() {
        String strip = "{\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}";
        String blank = ADDED.formatted("true").replace("<s>", "  ").replace("2,", "3,");
        refused(
                file(strip, "null", TEMPLATE, MODEL, ADDED.formatted("true") + "," + blank),
                "has the added token \"  \", of which its normalizer leaves nothing");
    }

    @Test
    void pieceThatGoesOnTooLong_isRefused() {
        String unigram = "{\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"?\", 0], [\"%s\", -1], [\"<s>\", 0]]}";
        refused(
                file("null", "null", TEMPLATE, unigram.formatted("a".repeat(100_000)), ADDED.formatted("false")),
                "\"model.vocab[1]\"");
        String most = file("null", "null", TEMPLATE, unigram.formatted("a".repeat(1024)), ADDED.formatted("false"));
        assertThat(ids(most, "a".repeat(1024))).isEqualTo(TokenSequence.of(2, 1));
    }

    @Test
    void mergeOfWhatIsNotThere_isNamed() {
        String pairs = "{\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"<s>\": 2}, \"merges\": [%s]}";
        refused(
                file("null", "null", TEMPLATE, pairs.formatted("\"a b\""), ADDED.formatted("false")),
                "\"model.merges[0]\"");
        refused(
                file("null", "null", TEMPLATE, pairs.formatted("[\"a\"]"), ADDED.formatted("false")),
                "\"model.merges[0]\"");
    }

    /** With dropout the library gives other ids each time. */
    @Test
    void dropout_isLeftOut() {
        String json = resource("honest/bytes-str.json").replace("\"dropout\": null", "\"dropout\": 0.9");
        assertThat(ids(json, "the the the the")).isEqualTo(ids(resource("honest/bytes-str.json"), "the the the the"));
    }

    @Test
    void patternThatTakesTooLong_refusesTheText() {
        String json = withSplitter(
                "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"[^x]+x\"}, \"behavior\": \"Removed\", \"invert\": false}");
        try (JsonTokenizer tokenizer = JsonTokenizer.parse(json, "the file")) {
            assertThat(tokenizer.encode("a x a").length()).isPositive();
            assertThatThrownBy(() -> tokenizer.encode("a ".repeat(500_000)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("pre_tokenizer.pattern.Regex")
                    .hasMessageContaining("too many steps");
        }
    }

    /** More steps back than the library's engine takes before it aborts. */
    @Test
    void runOfTwelveMillionSpaces_refusesTheText() {
        try (JsonTokenizer tokenizer = JsonTokenizer.parse(resource("honest/llama3.json"), "llama3")) {
            assertThatThrownBy(() -> tokenizer.encode(" ".repeat(12_000_000) + "x"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("too many steps");
            assertThat(tokenizer.encode(" ".repeat(10_000) + "x").length()).isGreaterThan(2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"a\": 1, \"a\": 2}', 'has the name \"a\" twice'",
        "'{\"a\": \"\\ud83d\"}', 'half of a surrogate pair'",
        "'{\"a\": 1} x', 'is not JSON'",
        "'{''a'': 1}', 'is not JSON (line 1, column '",
        "'version https://git-lfs', 'is not JSON'",
        "'[1]', 'is not a JSON object'",
    })
    void otherThanStrictJson_isRefusedInOwnWords(String text, String words) {
        assertThatThrownBy(() -> JsonTokenizer.parse(text, "the file").close())
                .isInstanceOf(InputException.class)
                .hasMessageContaining(words)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("Strictness", "github.com", "Optional["));
    }

    /** What a download left in its place. */
    @ParameterizedTest
    @CsvSource({
        "'version https://git-lfs.github.com/spec/v1', 'a Git LFS pointer, not the file that it stands for: run `git lfs'",
        "'<!DOCTYPE html>', 'an HTML page, such as a site''s error page: look into it, and download the file again'",
        "'<?xml version=\"1.0\"?><Error/>', 'XML, such as a store''s error message'",
    })
    void fileThatIsSomethingElse_isNamed(String content, String words) throws IOException {
        Path path = Files.writeString(folder.resolve("tokenizer.json"), content);
        assertThatThrownBy(() -> JsonTokenizer.load(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(path + " is " + words);
        Files.writeString(path, sound().replace(TEMPLATE, "null"));
        Path config = Files.writeString(folder.resolve("tokenizer_config.json"), content);
        assertThatThrownBy(() -> JsonTokenizer.load(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(config + " is " + words);
    }

    @Test
    void deepOrEndlessJson_isRefused() {
        refused("{\"a\":".repeat(100_000), "is nested more than");
        refused("{\"model\": {\"vocab\": {\"a\": " + "1".repeat(1_000_000) + "}}}", "is not JSON");
        refused("{\"model\": {\"vocab\": {\"a\": " + "1".repeat(500) + "}}}", "has a number of 500 characters");
    }

    @Test
    void charsmapThatLeadsOutOfBounds_isRefused() {
        byte[] bytes = new byte[4 + 4 * 256];
        bytes[0] = 0;
        bytes[1] = 4;
        bytes[6] = 1; // the root leads to 64, from where 64 ^ 255 is within, then beyond
        bytes[7] = 1;
        String map = Base64.getEncoder().encodeToString(bytes);
        refused(
                withNormalizer("{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"" + map + "\"}"),
                "its trie leads to");
    }

    @Test
    void noStart_saysWhatToWrite() throws IOException {
        Path path = Files.writeString(folder.resolve("tokenizer.json"), sound().replace(TEMPLATE, "null"));
        assertThatThrownBy(() -> JsonTokenizer.load(path).close())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("Write one there, such as {\"bos_token\": \"<s>\"}; its special tokens are <s>")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("JsonTokenizer"));
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\"}");
        try (JsonTokenizer tokenizer = JsonTokenizer.load(path)) {
            assertThat(tokenizer.encode("a")).isEqualTo(TokenSequence.of(2, 1));
        }
    }
}
