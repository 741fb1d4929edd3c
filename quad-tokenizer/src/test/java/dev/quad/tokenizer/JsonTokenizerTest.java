// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.TokenSequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonTokenizerTest {
    static final String WORD_PIECES = """
            {"version": "1.0",
             "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
             "padding": {"strategy": {"Fixed": 12}, "direction": "Right", "pad_to_multiple_of": null,
                         "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
             "added_tokens": [%s],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                            "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                                   "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
             "decoder": null,
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                       "max_input_chars_per_word": 100,
                       "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3,
                                 "select": 4, "##ion": 5, "data": 6, ".": 7, "a": 8}}}
            """.formatted(
                    added("[PAD]", 0) + "," + added("[UNK]", 1) + "," + added("[CLS]", 2) + "," + added("[SEP]", 3));

    /** Byte-level pieces, as GPT-2's: no template. */
    private static final String BYTE_PAIRS = """
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [%s],
             "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
             "post_processor": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                       "end_of_word_suffix": "", "fuse_unk": false,
                       "vocab": {"a": 0, "b": 1, "c": 2, "\u0120": 3, "ab": 4, "\u0120ab": 5, "\u00c3": 6, "\u00a9": 7,
                                 "\u00f0": 8, "\u0141": 9, "\u013a": 10, "\u0122": 11, "\u00ef": 12, "\u00bf": 13,
                                 "\u00bd": 14, "\u0100": 15},
                       "merges": ["a b", "\u0120 ab"]}}
            """.formatted(added("<|endoftext|>", 20));

    @TempDir
    private Path folder;

    @Test
    void wordPieces_areFound_withoutThePaddingAndTruncationOfTheFile() throws IOException {
        try (JsonTokenizer tokenizer = JsonTokenizer.load(write("tokenizer.json", WORD_PIECES))) {
            assertThat(tokenizer.encode("Data selection.")).isEqualTo(TokenSequence.of(2, 6, 4, 5, 7));
            assertThat(tokenizer.encode("data data data data data").length()).isEqualTo(6);
            assertThat(tokenizer.encode("")).isEqualTo(TokenSequence.of(2));
            assertThat(tokenizer.vocabularySize()).isEqualTo(9);
        }
    }

    @Test
    void aSentence_standsInTheTemplate_andIsCutInside() throws IOException {
        write("tokenizer.json", WORD_PIECES);
        try (JsonTokenizer tokenizer = JsonTokenizer.load(folder)) {
            assertThat(tokenizer.encodeInTemplate("data selection", 512)).isEqualTo(TokenSequence.of(2, 6, 4, 5, 3));
            assertThat(tokenizer.encodeInTemplate("data selection", 4)).isEqualTo(TokenSequence.of(2, 6, 4, 3));
            assertThat(tokenizer.encodeInTemplate("", 4)).isEqualTo(TokenSequence.of(2, 3));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encodeInTemplate("data", 2))
                    .withMessageContaining("the template has 2");
        }
    }

    @Test
    void bytePairs_startWithWhatTheConfigurationNames() throws IOException {
        Path file = write("tokenizer.json", BYTE_PAIRS);
        write("tokenizer_config.json", "{\"bos_token\": {\"content\": \"<|endoftext|>\", \"lstrip\": false}}");
        try (JsonTokenizer tokenizer = JsonTokenizer.load(file)) {
            assertThat(tokenizer.encode("ab abc")).isEqualTo(TokenSequence.of(20, 4, 5, 2));
            assertThat(tokenizer.vocabularySize()).isEqualTo(21);
        }
    }

    /** é, a character beyond the first plane, a zero, and half a pair: what the JNI's own encoding treats specially. */
    @Test
    void everyCharacter_reachesTheLibraryAsUtf8() throws IOException {
        Path file = write("tokenizer.json", BYTE_PAIRS);
        try (JsonTokenizer tokenizer = JsonTokenizer.load(file, "<|endoftext|>")) {
            assertThat(tokenizer.encode("\u00e9")).isEqualTo(TokenSequence.of(20, 6, 7));
            assertThat(tokenizer.encode("\uD83D\uDE00")).isEqualTo(TokenSequence.of(20, 8, 9, 10, 11));
            assertThat(tokenizer.encode("a\0b")).isEqualTo(TokenSequence.of(20, 0, 15, 1));
            assertThat(tokenizer.encode("a\uD83Db")).isEqualTo(TokenSequence.of(20, 0, 12, 13, 14, 1));
        }
    }

    @Test
    void manyThreads_getTheSameIds() throws IOException {
        write("tokenizer.json", WORD_PIECES);
        try (JsonTokenizer tokenizer = JsonTokenizer.load(folder)) {
            List<TokenSequence> found = IntStream.range(0, 2000)
                    .parallel()
                    .mapToObj(i -> tokenizer.encode("data ".repeat(i % 7) + "selection"))
                    .toList();
            for (int i = 0; i < found.size(); i++) {
                assertThat(found.get(i).length()).isEqualTo(3 + i % 7);
            }
        }
    }

    @Test
    void theId_namesTheFileAndTheStart() throws IOException {
        Path file = write("tokenizer.json", WORD_PIECES);
        String id;
        try (JsonTokenizer tokenizer = JsonTokenizer.load(file)) {
            id = tokenizer.id();
            assertThat(id).matches("tokenizer\\.json\\(sha256=[0-9a-f]{16}, start=2\\)");
        }
        try (JsonTokenizer other = JsonTokenizer.load(file, "[SEP]")) {
            assertThat(other.id()).isNotEqualTo(id).contains("start=3");
            assertThat(other.encode("a")).isEqualTo(TokenSequence.of(3, 8));
        }
    }

    @Test
    void theOfflineSwitch_isAsItWas() throws IOException {
        JsonTokenizer.load(write("tokenizer.json", WORD_PIECES)).close();

        assertThat(System.getProperty("ai.djl.offline")).isNull();
    }

    @Test
    void aClosedTokenizer_saysSo() throws IOException {
        JsonTokenizer tokenizer = JsonTokenizer.load(write("tokenizer.json", WORD_PIECES));
        tokenizer.close();
        tokenizer.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> tokenizer.encode("a"))
                .withMessageContaining("closed");
    }

    @Test
    void aFileWithoutAStart_listsWhatCouldBeNamed() throws IOException {
        Path file = write("tokenizer.json", BYTE_PAIRS);

        assertThatThrownBy(() -> JsonTokenizer.load(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("its special tokens are <|endoftext|>");
        assertThatThrownBy(() -> JsonTokenizer.load(file, "<s>"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no special token \"<s>\"");
    }

    @Test
    void damagedFiles_areNamed() throws IOException {
        assertRefused(folder.resolve("none"), "does not exist");
        assertRefused(write("cut.json", WORD_PIECES.substring(0, 500)), "is not JSON");
        assertRefused(write("list.json", "[]"), "is not a JSON object");
        assertRefused(write("vocab.json", "{\"a\": 1}"), "has no vocabulary");
        assertRefused(write("ids.json", "{\"model\": {\"vocab\": {\"a\": \"x\"}}}"), "\"model.vocab.a\" is \"x\"");
        assertRefused(
                write("kind.json", "{\"model\": {\"type\": \"Magic\", \"vocab\": {\"a\": 1}}}"),
                "\"model.type\" is \"Magic\"");
    }

    private static void assertRefused(Path file, String words) {
        assertThatThrownBy(() -> JsonTokenizer.load(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(words);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static String added(String token, int id) {
        return "{\"id\": %d, \"content\": \"%s\", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": true}"
                .formatted(id, token);
    }
}
