// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Against vectors that reference.py, which stands beside them, computed without ONNX Runtime and this tokenizer. */
class BgeSmallTest {
    private static final int TEXTS = 100;
    private static final int DIMENSION = 384;

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = BgeSmallTest.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    private static double cosine(float[] a, float[] b, int row) {
        double product = 0;
        for (int j = row * DIMENSION; j < (row + 1) * DIMENSION; j++) {
            product += (double) a[j] * b[j];
        }
        return product;
    }

    @Test
    void vectors_areThoseOfTheReference_whateverTheBatch() throws IOException {
        List<String> texts = new String(resource("texts.jsonl"), StandardCharsets.UTF_8)
                .lines()
                .map(line -> JsonParser.parseString(line)
                        .getAsJsonObject()
                        .get("text")
                        .getAsString())
                .toList();
        float[] expected = new float[TEXTS * DIMENSION];
        ByteBuffer.wrap(resource("vectors.f32"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(expected);

        try (OnnxEmbedder embedder = OnnxEmbedder.bgeSmall(OnnxOptions.DEFAULT_MAX_TOKENS)) {
            assertThat(embedder.dimension()).isEqualTo(DIMENSION);
            FloatBuffer rows = FloatBuffer.allocate(TEXTS * DIMENSION);
            embedder.embed(texts, rows);
            for (int i = 0; i < TEXTS; i++) {
                assertThat(cosine(rows.array(), expected, i)).as(texts.get(i)).isBetween(1 - 1e-5, 1 + 1e-5);
            }
            FloatBuffer alone = FloatBuffer.allocate(DIMENSION);
            embedder.embed(texts.subList(30, 31), alone);
            assertThat(rows.slice(30 * DIMENSION, DIMENSION)).isEqualTo(alone.flip());
        }
    }
}
