// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.quad.InputException;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointFolderTest {
    private static final DecoderConfig TIED = config(true);
    private static final DecoderConfig UNTIED = config(false);

    @TempDir
    Path folder;

    private long before;

    private static DecoderConfig config(boolean tied) {
        return DecoderConfig.builder(13)
                .width(12)
                .layers(2)
                .heads(3)
                .keyValueHeads(1)
                .mlpWidth(5)
                .maxLength(77)
                .ropeTheta(1234.5678901234567)
                .normEpsilon(1.2345e-5)
                .tiedHead(tied)
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

    private Path configFile() {
        return folder.resolve("config.json");
    }

    private Path weightsFile() {
        return folder.resolve("model.safetensors");
    }

    private void write(DecoderConfig config) throws IOException {
        try (Decoder decoder = DecoderCase.decoder(config, 1)) {
            decoder.write(folder);
        }
    }

    private interface Change {
        /** Adds a tensor, or another in its place, or none. */
        void add(SafetensorsWriter writer, String name, int[] shape, Floats zeros);
    }

    private static void add(SafetensorsWriter writer, String name, Floats zeros, int... shape) {
        writer.add(name, zeros.slice(0, Arrays.stream(shape).reduce(1, Math::multiplyExact)), shape);
    }

    /** Writes the tensors of {@link #TIED}, all zero, as {@code change} has them. */
    private void write(Change change) throws IOException {
        write(TIED);
        SafetensorsWriter writer = new SafetensorsWriter(Map.of());
        try (Floats zeros = Floats.allocate(10_000)) {
            CheckpointFolder.slots(TIED, new Layout(TIED))
                    .forEach((name, slot) -> change.add(writer, name, slot.sizes(), zeros));
            writer.write(weightsFile());
        }
    }

    /** Replaces text of a sound {@code config.json}. */
    private void configWith(String pattern, String replacement) throws IOException {
        write(TIED);
        String text = Files.readString(configFile());
        String changed = text.replaceFirst(pattern, replacement);
        assertThat(changed).isNotEqualTo(text);
        Files.writeString(configFile(), changed);
    }

    private void refused(Path file, String... parts) {
        assertThatThrownBy(() -> Decoder.read(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file.toString())
                .satisfies(e -> {
                    for (String part : parts) {
                        assertThat(e).hasMessageContaining(part);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void write_thenRead_isTheSameToTheBit(boolean tied) throws IOException {
        try (Decoder decoder = DecoderCase.decoder(config(tied), 2)) {
            decoder.parameters().set(3, -0f);
            decoder.parameters().set(4, Float.MIN_VALUE);
            decoder.write(folder.resolve("deep/er"));
            try (Decoder read = Decoder.read(folder.resolve("deep/er"))) {
                assertThat(read.config()).isEqualTo(decoder.config());
                assertThat(DecoderLaws.bits(read.parameters().toArray()))
                        .isEqualTo(DecoderLaws.bits(decoder.parameters().toArray()));
                assertThat(read.fingerprint()).isEqualTo(decoder.fingerprint());
            }
        }
    }

    @Test
    void write_again_givesTheSameBytes() throws IOException {
        write(TIED);
        byte[] weights = Files.readAllBytes(weightsFile());
        byte[] config = Files.readAllBytes(configFile());
        write(UNTIED);
        write(TIED);
        assertThat(Files.readAllBytes(weightsFile())).isEqualTo(weights);
        assertThat(Files.readAllBytes(configFile())).isEqualTo(config);
    }

    /** The names and shapes that transformers gives a Llama model of these sizes. */
    @Test
    void write_tensors_haveTheNamesAndShapesOfHuggingFace() throws IOException {
        write(UNTIED);
        Safetensors file = Safetensors.open(weightsFile());
        assertThat(file.names()).hasSize(3 + 2 * 9);
        assertThat(file.metadata("format")).isEqualTo("pt");
        Map<String, int[]> shapes = Map.ofEntries(
                Map.entry("model.embed_tokens.weight", new int[] {13, 12}),
                Map.entry("model.layers.1.input_layernorm.weight", new int[] {12}),
                Map.entry("model.layers.1.self_attn.q_proj.weight", new int[] {12, 12}),
                Map.entry("model.layers.1.self_attn.k_proj.weight", new int[] {4, 12}),
                Map.entry("model.layers.1.self_attn.v_proj.weight", new int[] {4, 12}),
                Map.entry("model.layers.1.self_attn.o_proj.weight", new int[] {12, 12}),
                Map.entry("model.layers.1.post_attention_layernorm.weight", new int[] {12}),
                Map.entry("model.layers.1.mlp.gate_proj.weight", new int[] {5, 12}),
                Map.entry("model.layers.1.mlp.up_proj.weight", new int[] {5, 12}),
                Map.entry("model.layers.1.mlp.down_proj.weight", new int[] {12, 5}),
                Map.entry("model.norm.weight", new int[] {12}),
                Map.entry("lm_head.weight", new int[] {13, 12}));
        shapes.forEach((name, shape) -> assertThat(file.shape(name)).as(name).isEqualTo(shape));
    }

    @Test
    void slots_coverEveryParameterOnce() {
        for (DecoderConfig config : Set.of(TIED, UNTIED)) {
            Layout layout = new Layout(config);
            int[] covered = new int[layout.size()];
            CheckpointFolder.slots(config, layout)
                    .values()
                    .forEach(slot ->
                            IntStream.range(0, DecoderCase.size(slot)).forEach(i -> covered[slot.position() + i]++));
            assertThat(Arrays.stream(covered)).containsOnly(1);
        }
    }

    @Test
    void config_written_saysLlamaAndAllSizes() throws IOException {
        write(TIED);
        assertThat(Files.readString(configFile()))
                .contains(
                        "[ \"LlamaForCausalLM\" ]",
                        "\"model_type\" : \"llama\"",
                        "\"vocab_size\" : 13",
                        "\"hidden_size\" : 12",
                        "\"num_hidden_layers\" : 2",
                        "\"num_attention_heads\" : 3",
                        "\"num_key_value_heads\" : 1",
                        "\"intermediate_size\" : 5",
                        "\"max_position_embeddings\" : 77",
                        "\"rope_theta\" : 1234.5678901234567",
                        "\"rms_norm_eps\" : 1.2345E-5",
                        "\"hidden_act\" : \"silu\"",
                        "\"tie_word_embeddings\" : true");
    }

    @Test
    void read_noFolder_namesBothFiles() {
        refused(configFile(), "cannot be read", "a model folder holds config.json and model.safetensors");
    }

    @Test
    void read_noConfig_saysWhatAFolderHolds() throws IOException {
        write(TIED);
        Files.delete(configFile());
        refused(configFile(), "cannot be read", "a model folder holds config.json and model.safetensors");
    }

    @Test
    void read_noWeights_saysWhatAFolderHolds() throws IOException {
        write(TIED);
        Files.delete(weightsFile());
        refused(weightsFile(), "cannot be read", "a model folder holds config.json and model.safetensors");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"model_type\" : \"llama\"', '\"model_type\":\"gpt2\"', 'type \"gpt2\" with the activation \"silu\"'",
        "'\"model_type\" : \"llama\",', '', 'type \"none\"'",
        "'\"hidden_act\" : \"silu\"', '\"hidden_act\":\"gelu\"', 'type \"llama\" with the activation \"gelu\"'",
    })
    void read_otherArchitecture_namesItAndTheKnownOne(String from, String to, String found) throws IOException {
        configWith(from, to);
        refused(configFile(), found, "known here are the types llama, mistral, phi3, qwen2 with \"silu\"");
    }

    /** Read as if they were plain, every prediction would be wrong without a word. */
    @ParameterizedTest
    @CsvSource({
        "'\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0}', rope_scaling.type, linear",
        "'\"rope_parameters\":{\"rope_type\":\"yarn\",\"rope_theta\":1e6}', rope_parameters.rope_type, yarn",
    })
    void read_scaledPositions_areRefused(String field, String name, String type) throws IOException {
        configWith("\\{", "{" + field + ",");
        refused(
                configFile(),
                "has \"" + name + "\" \"" + type + "\"",
                "only \"default\" and \"llama3\" are known here");
    }

    @Test
    void read_plainPositions_takesTheirBase() throws IOException {
        configWith("\"rope_theta\" : [0-9.]+", "\"rope_parameters\":{\"rope_theta\":5e5,\"rope_type\":\"default\"}");
        try (Decoder decoder = Decoder.read(folder)) {
            assertThat(decoder.config().ropeTheta()).isEqualTo(5e5);
        }
    }

    @Test
    void read_absentOrNull_givesTheDefaultsOfLlama() throws IOException {
        configWith("\"rope_theta\" : [0-9.]+,", "\"rope_scaling\":null,\"rope_theta\":null,");
        Files.writeString(
                configFile(),
                Files.readString(configFile())
                        .replaceFirst("\"rms_norm_eps\" : [0-9.E-]+,", "\"other\":{\"deep\":[1,{}]},")
                        .replace("\"hidden_act\" : \"silu\",", "\"list\":[{\"model_type\":\"x\"}],"));
        try (Decoder decoder = Decoder.read(folder)) {
            assertThat(decoder.config())
                    .isEqualTo(DecoderConfig.builder(13)
                            .width(12)
                            .layers(2)
                            .heads(3)
                            .keyValueHeads(1)
                            .mlpWidth(5)
                            .maxLength(77)
                            .normEpsilon(1e-6)
                            .tiedHead(true)
                            .build());
        }
    }

    @Test
    void read_noKeyValueHeads_takesAsManyAsHeads() throws IOException {
        DecoderConfig config = DecoderConfig.builder(5)
                .width(8)
                .layers(1)
                .heads(2)
                .mlpWidth(3)
                .maxLength(9)
                .normEpsilon(1e-6)
                .build();
        write(config);
        Files.writeString(
                configFile(),
                Files.readString(configFile())
                        .replace("\"num_key_value_heads\" : 2,", "")
                        .replace("\"tie_word_embeddings\" : false,", ""));
        try (Decoder decoder = Decoder.read(folder)) {
            assertThat(decoder.config()).isEqualTo(config);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'\"vocab_size\" : 13,', '', 'a whole number \"vocab_size\"; it is missing'",
        "'\"hidden_size\" : 12', '\"hidden_size\":12.5', 'a whole number \"hidden_size\"; found 12.5'",
        "'\"intermediate_size\" : 5', '\"intermediate_size\":\"wide\"', '\"intermediate_size\"; found wide'",
        "'\"rms_norm_eps\" : [^,]*', '\"rms_norm_eps\":\"small\"', 'a number \"rms_norm_eps\"; found small'",
        "'\"num_attention_heads\" : 3', '\"num_attention_heads\":5', 'a multiple of twice the heads (10)'",
        "'\"num_hidden_layers\" : 2', '\"num_hidden_layers\":0', 'layers is 0, allowed is 1 or more'",
    })
    void read_sizeThatCannotBe_namesIt(String from, String to, String message) throws IOException {
        configWith(from, to);
        refused(configFile(), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"model_type\":", "{\"model_type\" \"llama\"}", "{\"a\":1,}", "weights"})
    void read_configThatIsNotJson_saysSo(String text) throws IOException {
        write(TIED);
        Files.writeString(configFile(), text);
        refused(configFile(), "is not JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "17"})
    void read_configThatIsNoObject_isRefused(String text) throws IOException {
        write(TIED);
        Files.writeString(configFile(), text);
        refused(configFile(), "is not a JSON object");
    }

    @Test
    void read_configOfNothing_isRefused() throws IOException {
        write(TIED);
        Files.writeString(configFile(), "{}");
        refused(configFile(), "type \"none\"");
    }

    @Test
    void read_wrongTensors_namesThemAll() throws IOException {
        write((writer, name, shape, zeros) -> {
            switch (name) {
                case "model.norm.weight" -> add(writer, "model.nrom.weight", zeros, shape);
                case "model.layers.1.self_attn.k_proj.weight" -> add(writer, name, zeros, 12, 12);
                case "model.layers.0.mlp.down_proj.weight" -> add(writer, name, zeros, 60);
                default -> add(writer, name, zeros, shape);
            }
        });
        assertThatThrownBy(() -> Decoder.read(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessage(weightsFile() + " does not fit its config.json: "
                        + "model.layers.0.mlp.down_proj.weight has the shape [60], not [12, 5]; "
                        + "model.layers.1.self_attn.k_proj.weight has the shape [12, 12], not [4, 12]; "
                        + "model.norm.weight is missing; "
                        + "model.nrom.weight is not part of the model; "
                        + "take all files from the same model");
    }

    /** What is behind many wrong tensors is told before the first of them. */
    @ParameterizedTest
    @CsvSource({
        "'^model[.]', '', 'its names lack \"model.\" in front (save the whole model, with its head): '",
        "'^', 'language_model.', 'its names have \"language_model.\" in front (save the language model alone): '",
        "'^model', 'language_model', 'its names have \"language_model.\" in front'",
        "'^model', 'model.language_model', 'its names have \"model.language_model.\" in front'",
        "'q_proj.weight', 'q_proj.qweight', 'its tensors are quantised, as \"model.layers.0.self_attn.q_proj.qweight\"'",
        "'up_proj.weight', 'up_proj.weight.quant_state.nf4', 'its tensors are quantised, as \"model.layers.0.mlp.up_'",
        "'q_proj.weight', 'q_proj.lora_A.weight', 'it is an adapter (merge it into its model first): '",
    })
    void read_tensorsOfAnotherForm_namesTheForm(String from, String to, String hint) throws IOException {
        write((writer, name, shape, zeros) -> add(writer, name.replaceFirst(from, to), zeros, shape));
        refused(weightsFile(), " does not fit its config.json: " + hint, " is missing; ", "; take all files");
    }

    @Test
    void read_biasesWithoutTheKey_namesTheKeys() throws IOException {
        write((writer, name, shape, zeros) -> {
            add(writer, name, zeros, shape);
            if (name.endsWith("q_proj.weight")) {
                add(writer, name.replace(".weight", ".bias"), zeros, shape[0]);
            }
        });
        refused(
                weightsFile(),
                "it has biases of which the configuration says nothing (is \"attention_bias\": true,",
                "model.layers.1.self_attn.q_proj.bias is not part of the model");
    }

    @Test
    void read_manyWrongTensors_showsFiveAndCounts() throws IOException {
        write((writer, name, shape, zeros) -> add(writer, "x." + name, zeros, shape));
        assertThatThrownBy(() -> Decoder.read(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("; and 35 more; take all files from the same model")
                .satisfies(e -> assertThat(String.valueOf(e.getMessage()).split(" is missing", -1))
                        .hasSize(6));
    }

    /** What a download left in their place. */
    @Test
    void read_pointersAndErrorPages_areNamed() throws IOException {
        write(TIED);
        for (Path file : new Path[] {weightsFile(), configFile()}) {
            byte[] whole = Files.readAllBytes(file);
            Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n");
            refused(file, " is a Git LFS pointer, not the file that it stands for: run `git lfs pull` there");
            Files.writeString(file, "<!doctype html><html><body>429 Too Many Requests</body></html>");
            refused(file, " is an HTML page");
            Files.write(file, whole);
        }
        Files.move(weightsFile(), folder.resolve("other"));
        Path index = Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n");
        refused(index, " is a Git LFS pointer");
    }

    @Test
    void read_singleFileBesideShards_namesBoth() throws IOException {
        write(TIED);
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\":{\"model.norm.weight\":\"model-00001-of-00002.safetensors\"}}");
        refused(weightsFile(), "beside model.safetensors.index.json", "model-00001-of-00002.safetensors", "take away");
        Files.writeString(index, "{\"weight_map\":{\"model.norm.weight\":\"model.safetensors\"}}");
        Decoder.read(folder).close();
    }

    /** Opening a pipe that nobody writes to would never end. */
    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "config.json", "model.safetensors.index.json"})
    void read_pipe_isRefused(String name) throws Exception {
        write(TIED);
        Path file = folder.resolve(name);
        Files.deleteIfExists(file);
        assumeThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        refused(file, " is a pipe or a device");
    }

    private void writeTiedWithHead(float first) throws IOException {
        try (Decoder decoder = DecoderCase.decoder(TIED, 4);
                Floats head = Floats.allocate(13 * 12)) {
            decoder.write(folder);
            head.copy(0, decoder.parameters(), 0, 13 * 12);
            head.set(0, first == 0 ? head.get(0) : first);
            SafetensorsWriter writer = new SafetensorsWriter(Map.of());
            CheckpointFolder.slots(TIED, decoder.layout())
                    .forEach((name, slot) ->
                            writer.add(name, decoder.parameters().slice(slot.position(), slot.size()), slot.sizes()));
            add(writer, "lm_head.weight", head, 13, 12);
            writer.write(weightsFile());
        }
    }

    @Test
    void read_tiedModelWithItsHead_takesTheEmbedding() throws IOException {
        writeTiedWithHead(0);
        try (Decoder decoder = DecoderCase.decoder(TIED, 4);
                Decoder read = Decoder.read(folder)) {
            assertThat(read.fingerprint()).isEqualTo(decoder.fingerprint());
        }
    }

    @Test
    void read_tiedModelWithAnotherHead_saysWhatToWrite() throws IOException {
        writeTiedWithHead(0.5f);
        refused(weightsFile(), "lm_head.weight that differs from the embedding (row 0)", "write false there");
    }

    @Test
    void read_tiedModelWithAHeadOfAnotherShape_namesIt() throws IOException {
        write(DecoderConfig.builder(14)
                .width(12)
                .layers(2)
                .heads(3)
                .keyValueHeads(1)
                .mlpWidth(5)
                .maxLength(77)
                .ropeTheta(1234.5678901234567)
                .normEpsilon(1.2345e-5)
                .build());
        Files.writeString(
                configFile(),
                Files.readString(configFile())
                        .replace("embeddings\" : false", "embeddings\" : true")
                        .replace(": 14", ": 13"));
        refused(weightsFile(), "lm_head.weight has the shape [14, 12], not [13, 12]");
    }

    /** Sizes are believed once the file agrees: nothing of that length is made before. */
    @ParameterizedTest
    @CsvSource({
        "num_hidden_layers, 2147483647",
        "num_hidden_layers, 1073741824",
        "num_hidden_layers, 3",
        "hidden_size, 2147483640",
        "hidden_size, 1000000008",
        "num_attention_heads, 2147483647",
        "num_attention_heads, 1073741824",
        "num_key_value_heads, 2147483647",
        "intermediate_size, 2147483647",
        "intermediate_size, 1000000000",
        "vocab_size, 2147483647",
        "vocab_size, 1000000000",
        "head_dim, 2147483646",
    })
    void read_sizeThatTheFileHasNot_isRefused(String key, String value) throws IOException {
        write(TIED);
        String text = Files.readString(configFile()).replaceFirst("\"" + key + "\" : \\d+,", "");
        Files.writeString(configFile(), text.replaceFirst("\\{", "{\"" + key + "\" : " + value + ","));
        assertThatThrownBy(() -> Decoder.read(folder).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(folder.toString());
    }

    @Test
    void read_longestSequence_mayBeAnyLength() throws IOException {
        configWith("\"max_position_embeddings\" : 77", "\"max_position_embeddings\" : 2147483647");
        try (Decoder decoder = Decoder.read(folder)) {
            assertThat(decoder.config().maxLength()).isEqualTo(Integer.MAX_VALUE);
        }
    }

    @Test
    void read_moreLayersThanTensors_saysHowManyThereAre() throws IOException {
        configWith("\"num_hidden_layers\" : 2", "\"num_hidden_layers\" : 2000000000");
        refused(weightsFile(), "\"num_hidden_layers\" is 2000000000, and the file has the tensors of 2");
    }

    @Test
    void read_untiedModelWithoutHead_missesIt() throws IOException {
        configWith("embeddings\" : true", "embeddings\" : false");
        refused(weightsFile(), "does not fit its config.json: lm_head.weight is missing");
    }

    @Test
    void read_otherType_namesTensorAndTypes() throws IOException {
        write((writer, name, shape, zeros) -> {
            if (name.equals("model.norm.weight")) {
                writer.add(name, new double[12], 12);
            } else {
                add(writer, name, zeros, shape);
            }
        });
        refused(weightsFile(), "model.norm.weight has the type F64, not F32, F16 or BF16");
    }

    @Test
    void read_truncatedAnywhere_isAnInputError() throws IOException {
        write(TIED);
        byte[] whole = Files.readAllBytes(weightsFile());
        for (int length = 0; length < whole.length; length += length < 20 || length > whole.length - 9 ? 1 : 97) {
            Files.write(weightsFile(), Arrays.copyOf(whole, length));
            refused(weightsFile(), "is not a sound safetensors file", "write it again");
        }
    }
}
