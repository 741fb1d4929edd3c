// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigKeysTest {
    @TempDir
    private Path folder;

    private HuggingFaceConfig config(String more) throws IOException {
        return HuggingFaceConfig.of(Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\":\"llama\",\"vocab_size\":9,\"hidden_size\":8,\"num_hidden_layers\":1,"
                        + "\"num_attention_heads\":2,\"intermediate_size\":3,\"max_position_embeddings\":64"
                        + (more.isEmpty() ? "" : ",") + more + "}"));
    }

    /** What transformers 4 and 5 write for models of these types, in whole. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"architectures\":[\"LlamaForCausalLM\"],\"attention_bias\":false,\"attention_dropout\":0.0,\"bos_token_id\":1,"
                        + "\"eos_token_id\":[2,3],\"hidden_act\":\"silu\",\"initializer_range\":0.02,\"pretraining_tp\":2,"
                        + "\"rope_scaling\":null,\"torch_dtype\":\"bfloat16\",\"transformers_version\":\"4.43.0\",\"use_cache\":true,"
                        + "\"_name_or_path\":\"x\",\"head_dim\":4,\"pad_token_id\":null,\"mlp_bias\":false",
                "\"model_type\":\"qwen2\",\"max_window_layers\":28,\"use_sliding_window\":false,\"sliding_window\":32,"
                        + "\"use_mrope\":false,\"layer_types\":[\"full_attention\"],\"dtype\":\"float32\"",
                "\"model_type\":\"phi3\",\"embd_pdrop\":0.0,\"resid_pdrop\":0.1,\"original_max_position_embeddings\":32,"
                        + "\"partial_rotary_factor\":1.0,\"rope_scaling\":{}",
                "\"rope_parameters\":{\"rope_theta\":1e6,\"rope_type\":\"default\",\"partial_rotary_factor\":1.0}",
                "\"rope_scaling\":{\"type\":\"linear\",\"factor\":1.0}",
                "\"logits_scaling\":1.0,\"residual_multiplier\":1,\"attention_multiplier\":0.5,\"embedding_multiplier\":1.0",
                "\"query_pre_attn_scalar\":4,\"attn_logit_softcapping\":null,\"final_logit_softcapping\":null,\"clip_qkv\":null",
                "\"quantization_config\":null,\"num_local_experts\":0,\"is_causal\":true",
                "\"architectures\":null,\"attn_temperature_tuning\":false,\"hidden_activation\":\"silu\",\"causal\":true",
                "\"architectures\":[\"LLaMAForCausalLM\",\"LlamaModel\"],\"use_flash_attn\":true,\"attention_sink_size\":0",
                "\"activation_dropout\":0.1,\"router_aux_loss_coef\":0.001,\"norm_type\":\"rmsnorm\",\"full_attn_mod\":1",
            })
    void harmlessKeys_areTaken_withoutAWord(String more) throws IOException {
        String text = more.contains("model_type") ? more.replaceFirst("\"model_type\":\"\\w+\",?", "") : more;
        HuggingFaceConfig config = config(text);
        assertThat(config.decoder().width()).isEqualTo(8);
        assertThat(config.unjudged()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"partial_rotary_factor\":0.5",
                "\"rotary_pct\":0.25",
                "\"rope_interleaved\":true",
                "\"rope_type\":\"yarn\"",
                "\"rope_local_base_freq\":10000",
                "\"logits_scaling\":16",
                "\"residual_multiplier\":0.22",
                "\"attention_multiplier\":0.0078125",
                "\"embedding_multiplier\":12",
                "\"query_pre_attn_scalar\":256",
                "\"final_logit_softcapping\":30.0",
                "\"attn_logit_softcapping\":50.0",
                "\"clip_qkv\":8",
                "\"qk_norm\":true",
                "\"use_qk_norm\":true",
                "\"alibi\":true",
                "\"num_local_experts\":8",
                "\"is_causal\":false",
                "\"layer_types\":[\"linear_attention\"]",
                "\"scale_depth\":1.4",
                "\"attn_temperature_tuning\":true",
                "\"attention_sink_size\":4",
                "\"use_logn_attn\":true",
                "\"causal\":false",
                "\"use_bidirectional_attention\":true",
                "\"sandwich_norm\":true",
                "\"norm_type\":\"layernorm\"",
                "\"mlp_hidden_act\":\"relu2\"",
                "\"activation_sparsity_pattern\":[0.95]",
                "\"swiglu_limit\":7.0",
                "\"sliding_window_pattern\":6",
                "\"num_kv_shared_layers\":2",
                "\"dim_model_base\":256",
                "\"use_parallel_residual\":true",
                "\"no_rope_layers\":[0]",
                "\"architectures\":[\"LlamaForSequenceClassification\"]",
                "\"architectures\":[\"LlamaForCausalLM\",\"LlamaBidirectionalModel\"]",
                "\"architectures\":\"Phi3SmallForCausalLM\"",
            })
    void keyThatChangesTheComputation_isRefusedByName(String key) throws IOException {
        assertThatThrownBy(() -> config(key).decoder())
                .isInstanceOf(InputException.class)
                .hasMessageContaining(" has " + key.substring(0, key.indexOf(':')))
                .hasMessageContaining("changes what the model computes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "partial_rotary_factor\":0.5",
                "attention_factor\":1.2",
                "new_key\":3",
                "inner\":{\"a\":1}",
                "long_factor\":[1,2]"
            })
    void keyAboutRotaryPositions_isRefusedByName(String key) {
        for (String object : new String[] {"rope_parameters", "rope_scaling"}) {
            String name = key.substring(0, key.indexOf('"'));
            assertThatThrownBy(() -> config("\"" + object + "\":{\"rope_type\":\"default\",\"" + key + "}")
                            .decoder())
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("\"" + object + "." + name + "\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"num_key_value_heads", "rms_norm_eps", "tie_word_embeddings", "head_dim", "hidden_act"})
    void listOrObjectInPlaceOfAValue_isRefused(String key) {
        assertThatThrownBy(() -> config("\"" + key + "\":[2]").decoder())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("needs a single value for \"" + key + "\"; found a list");
        assertThatThrownBy(() -> config("\"" + key + "\":{\"a\":2}").decoder())
                .hasMessageContaining("needs a single value for \"" + key + "\"; found an object");
    }

    @Test
    void slidingLayers_needAWindow() throws IOException {
        assertThatThrownBy(
                        () -> config("\"layer_types\":[\"sliding_attention\"]").decoder())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"sliding_attention\" among its \"layer_types\", and no \"sliding_window\"");
        assertThat(config("\"layer_types\":[\"sliding_attention\"],\"sliding_window\":4")
                        .decoder()
                        .maxLength())
                .isEqualTo(4);
    }

    @Test
    void absentKeys_haveTheDefaultsOfTheirType() throws IOException {
        assertThat(longest("mistral", "")).isEqualTo(4096);
        assertThat(longest("mistral", ",\"sliding_window\":null")).isEqualTo(9999);
        assertThat(longest("qwen2", "")).isEqualTo(9999);
        assertThat(longest("qwen2", ",\"use_sliding_window\":true")).isEqualTo(4096);
        assertThat(longest("llama", "")).isEqualTo(9999);
        assertThat(of("phi3", "").normEpsilon()).isEqualTo(1e-5);
        assertThat(of("llama", "").normEpsilon()).isEqualTo(1e-6);
    }

    @Test
    void keyValueHeads_absentAreThoseOfTheType_andNullAreAllHeads() throws IOException {
        assertThat(of("mistral", "").keyValueHeads()).isEqualTo(8);
        assertThat(of("mistral", ",\"num_key_value_heads\":null").keyValueHeads())
                .isEqualTo(32);
        assertThat(of("qwen2", "").keyValueHeads()).isEqualTo(32);
        assertThat(of("llama", "").keyValueHeads()).isEqualTo(32);
        assertThat(of("phi3", "").keyValueHeads()).isEqualTo(32);
    }

    @Test
    void sequenceOfOneToken_isRefused() {
        assertThatThrownBy(() -> of("llama", 1, ""))
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("the longest sequence is 1, allowed is 2 or more");
        assertThatThrownBy(() -> of("mistral", ",\"sliding_window\":1"))
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("has \"sliding_window\" 1, where no token is seen by the next; allowed is 2 or"
                        + " more, or null for none");
    }

    private int longest(String type, String more) throws IOException {
        return of(type, more).maxLength();
    }

    private DecoderConfig of(String type, String more) throws IOException {
        return of(type, 9999, more);
    }

    private DecoderConfig of(String type, int longest, String more) throws IOException {
        return HuggingFaceConfig.read(Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\":\"" + type + "\",\"vocab_size\":9,\"hidden_size\":64,\"num_hidden_layers\":1,"
                        + "\"num_attention_heads\":32,\"intermediate_size\":3,\"max_position_embeddings\":" + longest
                        + more + "}"));
    }

    @Test
    void twoThatDisagree_areRefused() {
        assertThatThrownBy(() -> config("\"rope_theta\":1e4,\"rope_parameters\":{\"rope_theta\":1e6}")
                        .decoder())
                .hasMessageContaining("\"rope_theta\" 1e4 and \"rope_parameters.rope_theta\" 1e6");
        assertThatThrownBy(() -> config("\"vocab_size\":10").decoder())
                .hasMessageContaining("has a name twice (line 1");
    }

    @Test
    void quantisedModel_isNamedSo() {
        assertThatThrownBy(() -> config("\"quantization_config\":{\"quant_method\":\"awq\",\"bits\":4}")
                        .decoder())
                .hasMessageContaining("describes a quantised model (awq)");
    }

    @Test
    void keyThatNobodyKnows_isTold() throws IOException {
        HuggingFaceConfig config = config("\"frobnicate\":3,\"other\":null");
        assertThat(config.decoder().width()).isEqualTo(8);
        assertThat(config.unjudged()).containsExactly("\"frobnicate\" 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"rms_norm_eps\":1e999", "\"rope_theta\":NaN", "\"rope_theta\":1e999"})
    void numberThatIsNone_isRefused(String key) {
        assertThatThrownBy(() -> config(key).decoder())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("needs a number");
    }

    @Test
    void deepOrEndlessJson_isRefusedInOneLine() {
        assertThatThrownBy(() -> config("\"a\":" + "[".repeat(100_000)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is nested more than 32 levels deep")
                .hasMessageNotContaining("StreamReadConstraints");
        assertThatThrownBy(() -> config("\"hidden_size\":" + "1".repeat(1_000_000)))
                .isInstanceOf(InputException.class)
                .hasMessageNotContaining("StreamReadConstraints");
    }
}
