// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a {@code config.json} may have which values, since one that changes the computation and is skipped
 * makes every score wrong without a word. A key that {@link HuggingFaceConfig} reads, or that is known to change
 * nothing, may have any value. Another may be neutral: null, false, empty. Beyond that, one that is known to change the
 * computation, or whose name tells of attention, positions, a norm, a scale, a limit, experts, quantisation or the like
 * is refused; the rest is told to the user, since transformers passes over it for these model types too.
 */
final class ConfigKeys {
    /** Read by {@link HuggingFaceConfig}. */
    private static final Set<String> READ = Set.of(
            "model_type",
            "hidden_act",
            "num_attention_heads",
            "hidden_size",
            "max_position_embeddings",
            "vocab_size",
            "num_hidden_layers",
            "num_key_value_heads",
            "head_dim",
            "intermediate_size",
            "rope_theta",
            "rope_scaling",
            "rope_parameters",
            "rms_norm_eps",
            "tie_word_embeddings",
            "attention_bias",
            "mlp_bias",
            "use_sliding_window",
            "sliding_window",
            "layer_types",
            "architectures",
            HuggingFaceConfig.BYTES_MARK);

    /** Those that are read and may be a list or an object. */
    private static final Set<String> COMPOUND =
            Set.of("rope_scaling", "rope_parameters", "layer_types", "architectures");

    /** Those whose computation is known, and the same without a head: then the tensors tell what is missing. */
    private static final Pattern ARCHITECTURE =
            Pattern.compile("(?i:Llama)(ForCausalLM|Model)|(Mistral|Phi3|Qwen2)(ForCausalLM|Model)");

    /** For training, generation, or other programs; and what restates other keys. */
    private static final Set<String> HARMLESS = Set.of(
            "transformers_version",
            "torch_dtype",
            "dtype",
            "use_cache",
            "initializer_range",
            "attention_dropout",
            "attn_pdrop",
            "embd_pdrop",
            "resid_pdrop",
            "hidden_dropout",
            "dropout",
            "pretraining_tp",
            "max_window_layers",
            "original_max_position_embeddings",
            "max_sequence_length",
            "model_max_length",
            "max_seq_len",
            "seq_length",
            "bos_token_id",
            "eos_token_id",
            "pad_token_id",
            "unk_token_id",
            "sep_token_id",
            "decoder_start_token_id",
            "torchscript",
            "return_dict",
            "output_attentions",
            "output_hidden_states",
            "chunk_size_feed_forward",
            "id2label",
            "label2id",
            "num_labels",
            "problem_type",
            "task_specific_params",
            "tokenizer_class",
            "prefix",
            "finetuning_task",
            "gradient_checkpointing",
            "max_length",
            "min_length",
            "max_new_tokens",
            "do_sample",
            "early_stopping",
            "num_beams",
            "num_beam_groups",
            "diversity_penalty",
            "temperature",
            "top_k",
            "top_p",
            "typical_p",
            "repetition_penalty",
            "length_penalty",
            "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size",
            "bad_words_ids",
            "num_return_sequences",
            "output_scores",
            "return_dict_in_generate",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "remove_invalid_values",
            "exponential_decay_length_penalty",
            "suppress_tokens",
            "begin_suppress_tokens",
            "num_logits_to_keep",
            "logits_to_keep",
            "is_decoder",
            "attn_implementation",
            "name_or_path",
            "unsloth_version",
            "unsloth_fixed",
            "model_name",
            "n_ctx",
            "n_positions",
            "cross_attention_hidden_size");

    private static final Set<String> ROPE = Set.of(
            "type",
            "rope_type",
            "rope_theta",
            "factor",
            "low_freq_factor",
            "high_freq_factor",
            "original_max_position_embeddings");

    /** Numbers at which a key of that name changes nothing. */
    private static final Map<String, Double> NEUTRAL = Map.ofEntries(
            Map.entry("partial_rotary_factor", 1.0),
            Map.entry("rotary_pct", 1.0),
            Map.entry("rope_pct", 1.0),
            Map.entry("rope_ratio", 1.0),
            Map.entry("attention_factor", 1.0),
            Map.entry("mscale", 1.0),
            Map.entry("logits_scaling", 1.0),
            Map.entry("logit_scale", 1.0),
            Map.entry("residual_multiplier", 1.0),
            Map.entry("embedding_multiplier", 1.0),
            Map.entry("lm_head_multiplier", 1.0),
            Map.entry("scale_emb", 1.0),
            Map.entry("full_attn_mod", 1.0),
            Map.entry("num_experts", 1.0),
            Map.entry("num_local_experts", 1.0),
            Map.entry("n_routed_experts", 1.0));

    private static final Set<String> CHANGING = Set.of(
            "query_pre_attn_scalar",
            "parallel_block",
            "dim_model_base",
            "prefix_lm",
            "multi_query",
            "new_decoder_architecture",
            "block_types",
            "layers_block_type",
            "mixer_types",
            "mlp_type",
            "ffn_type",
            "add_cross_attention",
            "is_encoder_decoder",
            "pruned_heads",
            "zero_centered_gamma",
            "compression_config",
            "mlp_only_layers");

    private static final Pattern CHANGING_NAME = Pattern.compile(
            ".*(rope|rotary|ntk|yarn|logn|positional|position_emb|pos_emb|softcap|soft_cap|multiplier|logit|alibi|scal|mup"
                    + "|expert|moe_|quant|clip_|attn|attention|causal|bidirectional|residual|activation|swiglu|gegelu"
                    + "|softmax|window|spars|recurren|loop|shared|sink|hybrid).*|(.*_)?act(_.*)?");

    /** For training, or about how the same is computed. */
    private static final Pattern HARMLESS_NAME =
            Pattern.compile(".*(dropout|pdrop|aux_loss|jitter|flash|sdpa|implementation|_fp32).*");

    private static final Set<String> SILU = Set.of("silu", "swish");

    /** Values other than numbers that leave the computation as it is. */
    private static final Map<String, Set<String>> AS_IT_IS = Map.of(
            "rope_type", Set.of("default"),
            "position_embedding_type", Set.of("rope", "rotary"),
            "norm_type", Set.of("rms", "rmsnorm", "rms_norm", "RMSNorm"));

    private static final Set<String> ATTENTION = Set.of("full_attention", "sliding_attention");

    private ConfigKeys() {}

    /** Fails where a key that is read has several values and should have one. */
    static void single(Path file, Map<String, @Nullable Object> all) {
        all.forEach((name, value) -> {
            boolean list = value instanceof List;
            if (READ.contains(name) && !COMPOUND.contains(name) && (list || value instanceof Map)) {
                throw new InputException(
                        file + " needs a single value for \"" + name + "\"; found " + (list ? "a list" : "an object"));
            }
        });
    }

    /** Fails where a key changes what {@link Decoder} would compute. */
    static void check(Path file, Map<String, @Nullable Object> all, int headWidth) {
        List<String> problems = new ArrayList<>();
        all.forEach((name, value) -> {
            if (name.equals("quantization_config") || name.equals("quantization")) {
                quantised(file, value);
            }
            if (name.equals("layer_types")
                    && value != null
                    && !(value instanceof List<?> list && ATTENTION.containsAll(list))) {
                problems.add("\"layer_types\" " + shown(value));
            }
            if (name.equals("architectures")) {
                architectures(value, problems);
            }
            if (name.equals("rope_scaling") || name.equals("rope_parameters")) {
                rotary(name, value, problems);
            } else if (!known(name) && !neutral(name, value, headWidth) && changes(name, value)) {
                problems.add("\"" + name + "\" " + shown(value));
            }
        });
        if (all.get("rope_scaling") instanceof Map<?, ?> one
                && all.get("rope_parameters") instanceof Map<?, ?> other
                && !one.isEmpty()
                && !other.isEmpty()
                && !one.equals(other)) {
            problems.add("both \"rope_scaling\" and \"rope_parameters\", which differ");
        }
        if (!problems.isEmpty()) {
            throw new InputException(file + " has " + Problems.joined(problems)
                    + ": that changes what the model computes, and is not known here (take out a key that the model was"
                    + " trained without)");
        }
    }

    private static void architectures(@Nullable Object value, List<String> problems) {
        List<?> names = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
        for (Object name : names) {
            if (!ARCHITECTURE.matcher(String.valueOf(name)).matches()) {
                problems.add("\"architectures\" " + shown(name));
            }
        }
    }

    private static void quantised(Path file, @Nullable Object value) {
        if (value instanceof Map<?, ?> object && !object.isEmpty()) {
            Object method = object.get("quant_method");
            throw new InputException(file + " describes a quantised model"
                    + (method == null ? "" : " (" + shown(method) + ")")
                    + "; take the model as it was before, in F32, F16 or BF16");
        }
    }

    private static void rotary(String name, @Nullable Object value, List<String> problems) {
        if (value instanceof Map<?, ?> object) {
            object.forEach((key, each) -> {
                String inner = String.valueOf(key);
                if (!(ROPE.contains(inner) && !(each instanceof Map) && !(each instanceof List))
                        && !neutral(inner, each, -1)) {
                    problems.add("\"" + name + "." + inner + "\" " + shown(each));
                }
            });
        } else if (!neutral(name, value, -1)) {
            problems.add("\"" + name + "\" " + shown(value));
        }
    }

    /** Keys that are neither known nor neutral, and that {@link #check} let pass. */
    static List<String> unjudged(Map<String, @Nullable Object> all) {
        Map<String, String> found = new TreeMap<>();
        all.forEach((name, value) -> {
            if (!known(name) && !neutral(name, value, -1) && !changes(name, value)) {
                found.put(name, "\"" + name + "\" " + shown(value));
            }
        });
        return List.copyOf(found.values());
    }

    /** Whether a layer attends to a window only. */
    static boolean slides(Map<String, @Nullable Object> all) {
        return all.get("layer_types") instanceof List<?> list && list.contains("sliding_attention");
    }

    private static boolean known(String name) {
        return READ.contains(name)
                || HARMLESS.contains(name)
                || HARMLESS_NAME.matcher(name).matches()
                || name.startsWith("_")
                || name.startsWith("quad_");
    }

    private static boolean changes(String name, @Nullable Object value) {
        return CHANGING.contains(name)
                || NEUTRAL.containsKey(name)
                || CHANGING_NAME.matcher(name).matches()
                || (name.contains("norm") && !isNumber(value));
    }

    private static boolean isNumber(@Nullable Object value) {
        try {
            return value instanceof String text && Double.isFinite(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static boolean neutral(String name, @Nullable Object value, int headWidth) {
        if (!(value instanceof String text)) {
            return value == null
                    || (value instanceof Map<?, ?> map && map.isEmpty())
                    || (value instanceof List<?> list && list.isEmpty());
        }
        if (name.contains("causal")) {
            return text.equals("true");
        }
        if (text.isEmpty()
                || text.equals("false")
                || SILU.contains(text)
                || AS_IT_IS.getOrDefault(name, Set.of()).contains(text)) {
            return true;
        }
        double number;
        try {
            number = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return false;
        }
        if (name.equals("attention_multiplier") || name.equals("attention_scale") || name.equals("softmax_scale")) {
            return Math.abs(number * Math.sqrt(headWidth) - 1) < 1e-6;
        }
        if (name.equals("query_pre_attn_scalar")) {
            return number == headWidth;
        }
        Double neutral = NEUTRAL.get(name);
        return neutral == null
                ? number == 0 && !name.contains("multiplier") && !name.contains("scal")
                : number == neutral || (number == 0 && name.contains("expert"));
    }

    /** The start of a value that may be long. */
    static String shown(@Nullable Object value) {
        String text = value instanceof Map ? "{…}" : value instanceof List ? "[…]" : String.valueOf(value);
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
