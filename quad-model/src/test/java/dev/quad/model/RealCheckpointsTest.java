// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms in which checkpoints are published: half-width, sharded, fused, with biases and scaled positions. */
class RealCheckpointsTest {
    private static final RopeScaling LLAMA3 = new RopeScaling(8, 1, 4, 16);
    private static final DecoderConfig CONFIG = config(Biases.NONE);
    private static final List<TokenSequence> BATCH = List.of(TokenSequence.of(1, 2, 3, 4, 5), TokenSequence.of(6, 7));

    @TempDir
    Path folder;

    private long before;

    private static DecoderConfig config(Biases biases) {
        return DecoderConfig.builder(13)
                .width(12)
                .layers(2)
                .heads(4)
                .keyValueHeads(2)
                .headWidth(6)
                .mlpWidth(5)
                .maxLength(77)
                .ropeScaling(Optional.of(LLAMA3))
                .biases(biases)
                .build();
    }

    @BeforeEach
    void count() {
        before = Floats.liveBytes();
    }

    @AfterEach
    void nothingLeaks() {
        assertThat(Floats.liveBytes()).isEqualTo(before);
    }

    /** Each tensor of a model goes to one of the files that the caller chooses, under the type that it chooses. */
    private interface Place {
        RawTensors in(String name);
    }

    private static float[] values(Decoder decoder, CheckpointFolder.Slot slot) {
        float[] values = new float[slot.size()];
        decoder.parameters().get(slot.position(), values, 0, values.length);
        return values;
    }

    /** Weights that eight bits of mantissa hold. */
    private static Decoder rounded(DecoderConfig config) {
        Decoder decoder = DecoderCase.decoder(config, 3);
        Floats p = decoder.parameters();
        for (int i = 0; i < p.length(); i++) {
            float value = Float.intBitsToFloat(Float.floatToRawIntBits(p.get(i)) & 0xffff0000);
            p.set(i, Math.abs(value) < 1e-4f ? 0.5f : value);
        }
        return decoder;
    }

    private static void add(Decoder decoder, String type, Place place) {
        CheckpointFolder.slots(decoder.config(), decoder.layout())
                .forEach((name, slot) -> place.in(name).add(name, type, slot.sizes(), values(decoder, slot)));
    }

    private void config(DecoderConfig config) throws IOException {
        Files.writeString(folder.resolve("config.json"), HuggingFaceConfig.text(config));
    }

    private void equal(Decoder expected) throws IOException {
        try (Decoder read = Decoder.read(folder);
                Decoder mapped = Decoder.map(folder)) {
            assertThat(read.config()).isEqualTo(expected.config());
            assertThat(read.parameters().toArray())
                    .isEqualTo(expected.parameters().toArray());
            assertThat(read.fingerprint()).isEqualTo(expected.fingerprint());
            assertThat(mapped.fingerprint()).isEqualTo(expected.fingerprint());
            double[] losses = DecoderCase.sums(expected.losses(BATCH));
            assertThat(DecoderCase.sums(read.losses(BATCH))).isEqualTo(losses);
            assertThat(DecoderCase.sums(mapped.losses(BATCH))).isEqualTo(losses);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16"})
    void read_anyType_isTheSameModel(String type) throws IOException {
        try (Decoder decoder = rounded(CONFIG)) {
            config(CONFIG);
            RawTensors file = new RawTensors();
            add(decoder, type, name -> file);
            file.write(folder.resolve(TensorFiles.SINGLE));
            equal(decoder);
        }
    }

    @ParameterizedTest
    @EnumSource(Biases.class)
    void write_thenRead_keepsBiasesAndScaling(Biases biases) throws IOException {
        try (Decoder decoder = DecoderCase.decoder(config(biases), 3)) {
            decoder.write(folder);
            equal(decoder);
        }
    }

    @Test
    void map_captures_areThoseOfTheModelInMemory() throws IOException {
        try (Decoder decoder = DecoderCase.decoder(config(Biases.ALL), 3)) {
            decoder.write(folder);
            try (Decoder mapped = Decoder.map(folder)) {
                Captures a = Captures.of(decoder, BATCH, dev.quad.influence.Targets.observed());
                Captures b = Captures.of(mapped, BATCH, dev.quad.influence.Targets.observed());
                for (int l = 0; l < a.layers.size(); l++) {
                    assertThat(b.outputGradients(l, 0)).isEqualTo(a.outputGradients(l, 0));
                    assertThat(b.inputs(l, 1)).isEqualTo(a.inputs(l, 1));
                }
                assertThat(new DecoderGradients(mapped).parameterNorm())
                        .isEqualTo(new DecoderGradients(decoder).parameterNorm());
                assertThatThrownBy(mapped::parameters)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("open it with Decoder.read");
            }
        }
    }

    /** As Phi-3 stores them: query, key and value rows in one tensor, gate and up rows in another. */
    @Test
    void read_fused_isTheSameModel() throws IOException {
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 3)) {
            Files.writeString(
                    folder.resolve("config.json"),
                    HuggingFaceConfig.text(CONFIG).replace("\"llama\"", "\"phi3\""));
            RawTensors file = new RawTensors();
            Map<String, CheckpointFolder.Slot> fused = CheckpointFolder.slots(
                    CONFIG,
                    decoder.layout(),
                    java.util.Set.of(
                            "model.layers.0.self_attn.qkv_proj.weight", "model.layers.0.mlp.gate_up_proj.weight"));
            assertThat(fused).hasSize(3 + 2 * 6);
            fused.forEach((name, slot) -> file.add(name, "F32", slot.sizes(), values(decoder, slot)));
            file.write(folder.resolve(TensorFiles.SINGLE));
            equal(decoder);
        }
    }

    private static final String INDEX = "model.safetensors.index.json";

    /** Writes three files and an index that leaves {@code forgotten} out and names {@code invented} beside. */
    private void sharded(Decoder decoder, String forgotten, String invented) throws IOException {
        config(decoder.config());
        Map<String, RawTensors> files = new TreeMap<>();
        List<String> entries = new ArrayList<>();
        int[] count = {0};
        add(decoder, "F32", name -> {
            String file = "model-0000" + (1 + count[0]++ % 3) + "-of-00003.safetensors";
            if (!name.equals(forgotten)) {
                entries.add("\"" + name + "\": \"" + file + "\"");
            }
            return files.computeIfAbsent(file, f -> new RawTensors());
        });
        if (!invented.isEmpty()) {
            entries.add("\"" + invented + "\": \"model-00001-of-00003.safetensors\"");
        }
        for (Map.Entry<String, RawTensors> file : files.entrySet()) {
            file.getValue().write(folder.resolve(file.getKey()));
        }
        Files.writeString(
                folder.resolve(INDEX),
                "{\"metadata\": {\"total_size\": 1, \"deep\": {\"a\": []}}, \"weight_map\": {"
                        + String.join(",", entries) + "}}");
    }

    @Test
    void read_sharded_isTheSameModel() throws IOException {
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 3)) {
            sharded(decoder, "", "");
            equal(decoder);
        }
    }

    @Test
    void read_indexThatDoesNotFit_namesEveryFault() throws IOException {
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 3)) {
            sharded(decoder, "model.embed_tokens.weight", "model.nrom.weight");
            Files.delete(folder.resolve("model-00003-of-00003.safetensors"));
            assertThatThrownBy(() -> Decoder.read(folder).close())
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(folder.resolve(INDEX) + " does not fit the files: ")
                    .hasMessageContaining("model.nrom.weight is not in model-00001-of-00003.safetensors")
                    .hasMessageContaining(
                            "model.embed_tokens.weight in model-00001-of-00003.safetensors is not in the index")
                    .hasMessageContaining("the file model-00003-of-00003.safetensors cannot be read");
        }
    }

    @Test
    void read_shardedWithoutATensor_namesItAndTheIndex() throws IOException {
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 3)) {
            sharded(decoder, "", "");
            config(config(Biases.QUERY_KEY_VALUE));
            assertThatThrownBy(() -> Decoder.read(folder).close())
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(folder.resolve(INDEX) + " does not fit its config.json: ")
                    .hasMessageContaining("model.layers.0.self_attn.v_proj.bias is missing")
                    .hasMessageContaining("; and 1 more; take all files");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"weight_map\": [\"a\"]}", "{\"weight_map\": {}}"})
    void read_indexOfNothing_isRefused(String text) throws IOException {
        config(CONFIG);
        Files.writeString(folder.resolve(INDEX), text);
        assertThatThrownBy(() -> Decoder.read(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has no \"weight_map\"");
    }

    /** Names of other files, or of none. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../m.safetensors",
                "a/b.safetensors",
                "/etc/hostname",
                "a\\\\b",
                "a\\u0000b",
                "a\\nb"
            })
    void read_indexThatNamesNoFileBesideIt_isRefused(String name) throws IOException {
        config(CONFIG);
        Files.writeString(folder.resolve(INDEX), "{\"weight_map\": {\"model.norm.weight\": \"" + name + "\"}}");
        assertThatThrownBy(() -> Decoder.read(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder.resolve(INDEX) + " does not fit the files: \"")
                .hasMessageContaining("\" is not the name of a file beside it (allowed is such as"
                        + " model-00001-of-00002.safetensors), with the tensor model.norm.weight");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[\"a\"]", "{\"a\": \"b\"}"})
    void read_indexWithoutAName_isRefused(String name) throws IOException {
        config(CONFIG);
        Files.writeString(folder.resolve(INDEX), "{\"weight_map\": {\"model.norm.weight\": " + name + "}}");
        assertThatThrownBy(() -> Decoder.read(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessage(
                        folder.resolve(INDEX) + " names no file for the tensor \"model.norm.weight\"; fetch it again");
    }

    private DecoderConfig read(String json) throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, json);
        return HuggingFaceConfig.read(file);
    }

    private static String json(String type, String more) {
        return "{\"model_type\":\"" + type + "\",\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":1,"
                + "\"num_attention_heads\":2,\"num_key_value_heads\":2,\"intermediate_size\":3,"
                + "\"max_position_embeddings\":64" + more + "}";
    }

    @Test
    void config_llama31_hasScaledPositions() throws IOException {
        String fields = "\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,"
                + "\"original_max_position_embeddings\":8192,\"rope_type\":\"llama3\"";
        RopeScaling scaling = new RopeScaling(8, 1, 4, 8192);
        assertThat(read(json("llama", ",\"rope_theta\":5e5,\"rope_scaling\":{" + fields + "}"))
                        .ropeScaling())
                .contains(scaling);
        DecoderConfig recent = read(json("llama", ",\"rope_parameters\":{\"rope_theta\":5e5," + fields + "}"));
        assertThat(recent.ropeScaling()).contains(scaling);
        assertThat(recent.ropeTheta()).isEqualTo(5e5);
        assertThatThrownBy(() -> read(json("llama", ",\"rope_scaling\":{\"rope_type\":\"llama3\"}")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"rope_scaling.original_max_position_embeddings\"; it is missing");
        assertThatThrownBy(() -> read(json("llama", ",\"rope_scaling\":{" + fields.replace("8.0", "0.5") + "}")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has factor 0.5");
    }

    @Test
    void config_otherTypes_areWhatTheyAre() throws IOException {
        assertThat(read(json("qwen2", ",\"sliding_window\":32,\"use_sliding_window\":false")))
                .satisfies(c -> assertThat(c.biases()).isEqualTo(Biases.QUERY_KEY_VALUE))
                .satisfies(c -> assertThat(c.maxLength()).isEqualTo(64));
        assertThat(read(json("mistral", ",\"sliding_window\":32")).maxLength()).isEqualTo(32);
        assertThat(read(json("mistral", ",\"sliding_window\":null")).maxLength())
                .isEqualTo(64);
        assertThat(read(json("llama", ",\"head_dim\":16")).headWidth()).isEqualTo(16);
        assertThat(read(json("llama", ",\"attention_bias\":true")).biases()).isEqualTo(Biases.ATTENTION);
        assertThatThrownBy(() -> read(json("llama", ",\"attention_bias\":\"maybe\"")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("needs true or false for \"attention_bias\"; found maybe");
        assertThatThrownBy(() -> read(json("phi3", ",\"partial_rotary_factor\":0.75")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"partial_rotary_factor\" 0.75");
        assertThatThrownBy(() -> read(json("llama", ",\"head_dim\":7")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the width of a head is 7");
    }

    /** Old files hold the frequencies of positions, which the configuration tells. */
    @Test
    void read_frequencies_areLeftOut() throws IOException {
        try (Decoder decoder = DecoderCase.decoder(CONFIG, 3)) {
            config(CONFIG);
            RawTensors file = new RawTensors();
            add(decoder, "F32", name -> file);
            file.add("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", new int[] {3}, 1, 2, 3);
            file.write(folder.resolve(TensorFiles.SINGLE));
            equal(decoder);
        }
    }

    /** Every value of binary16 that is a number, against a formula. */
    @Test
    void half_everyValue_isExact() throws IOException {
        byte[] bytes = new byte[2 * 65536];
        for (int i = 0; i < 65536; i++) {
            bytes[2 * i] = (byte) i;
            bytes[2 * i + 1] = (byte) (i >> 8);
        }
        byte[] header = "{\"x\":{\"dtype\":\"F16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}  "
                .getBytes(StandardCharsets.UTF_8);
        java.nio.ByteBuffer file =
                java.nio.ByteBuffer.allocate(8 + header.length + bytes.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Path path = folder.resolve("x");
        Files.write(path, file.putLong(header.length).put(header).put(bytes).array());
        try (Floats found = Floats.allocate(65536)) {
            dev.quad.files.Safetensors.open(path).mapped("x").read(0, found.buffer());
            for (int i = 0; i < 65536; i++) {
                int exponent = i >> 10 & 31;
                float size = exponent == 0
                        ? (i & 1023) * 0x1p-24f
                        : exponent == 31
                                ? (i & 1023) == 0 ? Float.POSITIVE_INFINITY : Float.NaN
                                : (1 + (i & 1023) / 1024f) * (float) Math.pow(2, exponent - 15);
                assertThat(found.get(i)).as("half %s", i).isEqualTo(Float.valueOf((i & 0x8000) == 0 ? size : -size));
            }
        }
    }
}
