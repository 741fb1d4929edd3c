// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a model that is a table: token i has the vector (i, i²). */
class OnnxEmbedderTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void copyModel() throws IOException {
        for (String name : List.of("tiny.onnx", "odd.onnx", "tokenizer.json")) {
            try (InputStream in = OnnxEmbedderTest.class.getResourceAsStream(name)) {
                Files.write(folder.resolve(name), Objects.requireNonNull(in).readAllBytes());
            }
        }
    }

    private OnnxEmbedder load(OnnxOptions options) {
        return OnnxEmbedder.load(folder.resolve("tiny.onnx"), folder.resolve("tokenizer.json"), options);
    }

    private static float[] rows(OnnxEmbedder embedder, String... texts) {
        FloatBuffer rows = FloatBuffer.allocate(texts.length * embedder.dimension());
        embedder.embed(List.of(texts), rows);
        assertThat(rows.hasRemaining()).isFalse();
        return rows.array();
    }

    private static float[] normal(double x, double y) {
        double length = Math.hypot(x, y);
        return new float[] {(float) (x / length), (float) (y / length)};
    }

    private static void assertRow(float[] rows, int row, float[] expected) {
        assertThat(rows[2 * row]).isCloseTo(expected[0], within(1e-6f));
        assertThat(rows[2 * row + 1]).isCloseTo(expected[1], within(1e-6f));
    }

    @Test
    void pooling_isOfTheFirstTokenOrTheMean() {
        try (OnnxEmbedder first = load(OnnxOptions.of(Pooling.CLS));
                OnnxEmbedder mean = load(OnnxOptions.of(Pooling.MEAN))) {
            assertThat(first.dimension()).isEqualTo(2);
            float[] rows = rows(first, "four", "eight");
            assertRow(rows, 0, normal(2, 4));
            assertRow(rows, 1, normal(2, 4));
            rows = rows(mean, "four", "eight four", "");
            assertRow(rows, 0, normal(2 + 4 + 3, 4 + 16 + 9));
            assertRow(rows, 1, normal(2 + 8 + 4 + 3, 4 + 64 + 16 + 9));
            assertRow(rows, 2, normal(2 + 3, 4 + 9));
            assertThat(first.id()).isNotEqualTo(mean.id());
        }
    }

    @Test
    void longTexts_areCut_andPrefixesCount() {
        try (OnnxEmbedder cut = load(new OnnxOptions(Pooling.MEAN, 4, "four "))) {
            assertRow(rows(cut, "eight eight eight"), 0, normal(2 + 4 + 8 + 3, 4 + 16 + 64 + 9));
        }
    }

    @Test
    void folder_ofSentenceTransformers_isRead() throws IOException {
        Files.createDirectories(folder.resolve("onnx"));
        Files.move(folder.resolve("tiny.onnx"), folder.resolve("onnx/model.onnx"));
        assertThatThrownBy(() -> OnnxEmbedder.load(folder))
                .hasMessageContainingAll("no 1_Pooling/config.json", "{\"pooling_mode_mean_tokens\": true}");
        Files.createDirectories(folder.resolve("1_Pooling"));
        Path pooling = folder.resolve("1_Pooling/config.json");
        Files.writeString(pooling, "{\"pooling_mode_max_tokens\": true}");
        assertThatThrownBy(() -> OnnxEmbedder.load(folder)).hasMessageContaining("a pooling that is not known");
        Files.writeString(pooling, "{\"pooling_mode_cls_token\": false, \"pooling_mode_mean_tokens\": true}");
        Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 4}");

        try (OnnxEmbedder embedder = OnnxEmbedder.load(folder)) {
            assertThat(embedder.id()).contains("pooling=MEAN, maxTokens=4");
            assertRow(rows(embedder, "four four eight"), 0, normal(2 + 4 + 4 + 3, 4 + 16 + 16 + 9));
        }
    }

    @Test
    void whatIsNoSentenceModel_isRefused() throws IOException {
        Path tokenizer = folder.resolve("tokenizer.json");
        OnnxOptions options = OnnxOptions.of(Pooling.CLS);
        assertThatThrownBy(() -> OnnxEmbedder.load(folder.resolve("odd.onnx"), tokenizer, options))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("asks for the input \"tokens\"");
        Path broken = Files.writeString(folder.resolve("broken.onnx"), "no model");
        assertThatThrownBy(() -> OnnxEmbedder.load(broken, tokenizer, options))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(broken + " is not a model that ONNX Runtime takes");
        assertThatThrownBy(() -> OnnxEmbedder.load(folder.resolve("none.onnx"), tokenizer, options))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("none.onnx cannot be read");
        assertThatThrownBy(() -> OnnxEmbedder.load(folder.resolve("none")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not a folder");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new OnnxOptions(Pooling.CLS, 3, ""))
                .withMessageContaining("maxTokens is 3");
    }
}
