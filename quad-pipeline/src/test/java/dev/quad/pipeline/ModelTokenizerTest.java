// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.Tokenizer;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelTokenizerTest {
    private static final String WORDS = """
            {"version": "1.0", "truncation": null, "padding": null, "normalizer": null, "decoder": null,
             "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
             "post_processor": {"type": "BertProcessing", "cls": ["<s>", 1], "sep": ["</s>", 2]},
             "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "<s>": 1, "</s>": 2, "a": 3, "late": 9}}}
            """;

    @TempDir
    private Path folder;

    private void model(int vocabulary) throws IOException {
        try (Decoder decoder = Decoder.random(
                DecoderConfig.builder(vocabulary)
                        .width(8)
                        .layers(1)
                        .heads(2)
                        .mlpWidth(3)
                        .maxLength(32)
                        .tiedHead(true)
                        .build(),
                new Seed(1))) {
            decoder.write(folder);
        }
    }

    private ModelTokenizer tokenizer() throws IOException {
        return ModelTokenizer.of(folder);
    }

    @Test
    void folderThatWasWrittenForBytes_isOnBytes() throws IOException {
        model(257);
        try (ModelTokenizer tokens = tokenizer()) {
            assertThat(tokens.tokenizer()).isEqualTo(Tokenizer.bytes());
            assertThat(tokens).hasToString("bytes of UTF-8");
        }
        assertThat(ModelFolder.of(folder))
                .hasToString("llama, 1 block of width 8, 2,408 weights in F32, model.safetensors");
    }

    @ParameterizedTest
    @CsvSource({
        "512, tokenizer.model, 'it has tokenizer.model. Hugging Face''s transformers makes one of that: python -c'",
        "512, merges.txt, 'it has merges.txt. '",
        "512, README.md, 'Put the one that was published with the model there'",
    })
    void folderWithoutTokenizer_saysWhatLiesThere(int vocabulary, String name, String words) throws IOException {
        model(vocabulary);
        Files.writeString(folder.resolve(name), "x");
        assertThatThrownBy(this::tokenizer)
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder + " has no tokenizer.json")
                .hasMessageContaining(words);
    }

    @Test
    void folderOfOthersWithAsManyIds_isNotOnBytes_unlessItSaysSo() throws IOException {
        model(257);
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replaceFirst("\\{", "{ \"transformers_version\" : \"4.5\","));
        assertThatThrownBy(this::tokenizer).isInstanceOf(InputException.class).hasMessageContaining("quad_tokenizer");
        Files.writeString(config, text.replaceFirst("\\{", "{ \"quad_tokenizer\" : \"bytes\","));
        try (ModelTokenizer tokens = tokenizer()) {
            assertThat(tokens.unit()).isEqualTo("byte");
        }
    }

    @Test
    void idBeyondTheModel_isRefusedWhereItComesUp() throws IOException {
        model(8);
        Files.writeString(folder.resolve("tokenizer.json"), WORDS);
        try (ModelTokenizer tokens = tokenizer()) {
            Tokenizer known = tokens.forModel(folder);
            assertThat(known.vocabularySize()).isEqualTo(8);
            assertThat(known.encode("a b").length()).isEqualTo(3);
            assertThat(tokens.tokenizer().encode("a late").length()).isEqualTo(3);
            assertThatThrownBy(() -> known.encode("a late"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(
                            "token 2 has the id 9, but the model in " + folder + " knows the ids below 8");
        }
    }
}
