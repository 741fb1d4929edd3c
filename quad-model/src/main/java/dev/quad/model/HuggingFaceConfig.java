// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.quad.InputException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code config.json} in the form of Hugging Face's transformers. Known are the model types whose computation is that
 * of {@link Decoder}: llama; mistral; qwen2, with biases on queries, keys and values; phi3, whose projections are
 * stored fused. A sliding window is respected by allowing no longer sequence.
 */
final class HuggingFaceConfig {
    static final String NAME = "config.json";
    /** With the value "bytes": token ids are bytes of UTF-8, and 256 starts a document. */
    static final String BYTES_MARK = "quad_tokenizer";

    private static final List<String> TYPES = List.of("llama", "mistral", "phi3", "qwen2");

    /** What transformers takes for mistral and qwen2 where the key is absent. */
    private static final int DEFAULT_WINDOW = 4096;

    /** Key and value heads, where the key is absent; null, and for the other types absence, stands for all heads. */
    private static final Map<String, Integer> DEFAULT_KEY_VALUE_HEADS = Map.of("mistral", 8, "qwen2", 32);

    private final Path file;
    private final Map<String, @Nullable Object> all;
    private final Map<String, String> values = new LinkedHashMap<>();

    /** Takes the scalars, those of the objects about rotary positions under both names; null counts as absent. */
    private HuggingFaceConfig(Path file, Map<String, @Nullable Object> all) {
        this.file = file;
        this.all = all;
        all.forEach((name, value) -> {
            if (value instanceof String text) {
                values.put(name, text);
            } else if (name.startsWith("rope_") && value instanceof Map<?, ?> object) {
                object.forEach((inner, each) -> {
                    if (each instanceof String text) {
                        values.put(name + "." + inner, text);
                    }
                });
            }
        });
    }

    static Path existing(Path file) {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new InputException(
                    file + " cannot be read; a model folder holds " + NAME + " and " + TensorFiles.SINGLE);
        }
        return file;
    }

    /** Reads a file; {@link #decoder} gives what it says. */
    static HuggingFaceConfig of(Path file) throws IOException {
        return new HuggingFaceConfig(file, ModelJson.read(existing(file)));
    }

    static DecoderConfig read(Path file) throws IOException {
        return of(file).decoder();
    }

    /** The model type. */
    String type() {
        return text("model_type", "none");
    }

    /** Whether Quad, or whoever knows it, wrote that token ids are bytes. */
    boolean marksBytes() {
        return text(BYTES_MARK, "").equals("bytes");
    }

    /** Keys of which it is not known whether they change the computation, with their values. */
    List<String> unjudged() {
        return ConfigKeys.unjudged(all);
    }

    DecoderConfig decoder() {
        ConfigKeys.single(file, all);
        String type = type();
        String activation = text("hidden_act", "silu");
        if (!TYPES.contains(type) || !activation.equals("silu")) {
            throw new InputException(file + " describes a model of type \"" + type + "\" with the activation \""
                    + activation + "\"; known here are the types " + String.join(", ", TYPES) + " with \"silu\"");
        }
        int heads = whole("num_attention_heads", null);
        int width = whole("hidden_size", null);
        int longest = whole("max_position_embeddings", null);
        int headWidth = whole("head_dim", DecoderConfig.shared(width, heads));
        Optional<RopeScaling> scaling = scaling();
        ConfigKeys.check(file, all, headWidth);
        if (!type.equals("qwen2") || flag("use_sliding_window", false) || ConfigKeys.slides(all)) {
            longest = Math.min(longest, window(type, longest));
        }
        try {
            return DecoderConfig.builder(whole("vocab_size", null))
                    .width(width)
                    .layers(whole("num_hidden_layers", null))
                    .heads(heads)
                    .keyValueHeads(whole("num_key_value_heads", keyValueHeads(type, heads)))
                    .headWidth(headWidth)
                    .mlpWidth(whole("intermediate_size", null))
                    .maxLength(longest)
                    .ropeTheta(number(theta(), 10000))
                    .ropeScaling(scaling)
                    .normEpsilon(number("rms_norm_eps", type.equals("phi3") ? 1e-5 : 1e-6))
                    .tiedHead(flag("tie_word_embeddings", false))
                    .biases(biases(type))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    private int keyValueHeads(String type, int heads) {
        return all.containsKey("num_key_value_heads") ? heads : DEFAULT_KEY_VALUE_HEADS.getOrDefault(type, heads);
    }

    /** The sliding window; where the key is absent, and not null, the default of transformers for the type. */
    private int window(String type, int longest) {
        if (values.containsKey("sliding_window")) {
            int window = whole("sliding_window", null);
            if (window < 2) {
                throw new InputException(file + " has \"sliding_window\" " + window + ", where no token is seen by the"
                        + " next; allowed is 2 or more, or null for none");
            }
            return window;
        }
        if (ConfigKeys.slides(all)) {
            throw new InputException(file + " has \"sliding_attention\" among its \"layer_types\", and no"
                    + " \"sliding_window\"; write there how many tokens the model attends to");
        }
        boolean windowed = type.equals("mistral") || type.equals("qwen2");
        return windowed && !all.containsKey("sliding_window") ? DEFAULT_WINDOW : longest;
    }

    /** The key that has the base of the rotary positions; where several have one, they agree. */
    private String theta() {
        String found = "rope_theta";
        for (String other : List.of("rope_parameters.rope_theta", "rope_scaling.rope_theta")) {
            if (values.containsKey(other)) {
                if (values.containsKey(found) && number(found, 0) != number(other, 0)) {
                    throw new InputException(file + " has \"" + found + "\" " + values.get(found) + " and \"" + other
                            + "\" " + values.get(other) + "; keep the one that the model was trained with");
                }
                found = other;
            }
        }
        return found;
    }

    private Biases biases(String type) {
        if (type.equals("qwen2")) {
            return Biases.QUERY_KEY_VALUE;
        }
        boolean attention = flag("attention_bias", false);
        boolean mlp = flag("mlp_bias", false);
        return attention ? mlp ? Biases.ALL : Biases.ATTENTION : mlp ? Biases.MLP : Biases.NONE;
    }

    private Optional<RopeScaling> scaling() {
        boolean llama3 = false;
        String prefix = "";
        for (Map.Entry<String, String> entry : values.entrySet()) {
            String name = entry.getKey();
            if (name.matches("rope_.*[._]type") && !entry.getValue().equals("default")) {
                String object = name.substring(0, name.lastIndexOf('.') + 1);
                if (!values.getOrDefault(object + "rope_type", entry.getValue()).equals(entry.getValue())) {
                    throw new InputException(file + " has \"" + name + "\" \"" + entry.getValue() + "\" and \"" + object
                            + "rope_type\" \"" + values.get(object + "rope_type")
                            + "\"; keep the one that the model was trained with");
                }
                if (entry.getValue().equals("linear") && number(object + "factor", Double.NaN) == 1) {
                    continue; // positions as they are
                }
                if (!entry.getValue().equals("llama3")) {
                    throw new InputException(file + " has \"" + name + "\" \"" + entry.getValue()
                            + "\", which changes the rotary positions; only \"default\" and \"llama3\" are known here");
                }
                llama3 = true;
                prefix = object;
            }
        }
        if (!llama3) {
            return Optional.empty();
        }
        double factor = number(prefix + "factor", Double.NaN);
        double low = number(prefix + "low_freq_factor", Double.NaN);
        double high = number(prefix + "high_freq_factor", Double.NaN);
        try {
            return Optional.of(
                    new RopeScaling(factor, low, high, whole(prefix + "original_max_position_embeddings", null)));
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    private String text(String key, String absent) {
        return values.getOrDefault(key, absent);
    }

    private boolean flag(String key, boolean absent) {
        String text = text(key, Boolean.toString(absent));
        if (!text.equals("true") && !text.equals("false")) {
            throw new InputException(
                    file + " needs true or false for \"" + key + "\"; found " + ConfigKeys.shown(text));
        }
        return text.equals("true");
    }

    private int whole(String key, @Nullable Integer absent) {
        String text = values.get(key);
        if (text == null && absent != null) {
            return absent;
        }
        try {
            return Integer.parseInt(String.valueOf(text));
        } catch (NumberFormatException e) {
            throw new InputException(
                    file + " needs a whole number \"" + key + "\"; "
                            + (text == null ? "it is missing" : "found " + ConfigKeys.shown(text)),
                    e);
        }
    }

    private double number(String key, double absent) {
        String text = values.get(key);
        try {
            double value = text == null ? absent : Double.parseDouble(text);
            if (text == null || Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new InputException(file + " needs a number \"" + key + "\"; found " + ConfigKeys.shown(text), e);
        }
        throw new InputException(file + " needs a number \"" + key + "\"; found " + ConfigKeys.shown(text));
    }

    /** The text of a file that {@link #read} and transformers take for these sizes. */
    static String text(DecoderConfig c) throws IOException {
        boolean qwen = c.biases() == Biases.QUERY_KEY_VALUE;
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeFieldName("architectures");
            json.writeArray(new String[] {qwen ? "Qwen2ForCausalLM" : "LlamaForCausalLM"}, 0, 1);
            json.writeStringField("model_type", qwen ? "qwen2" : "llama");
            json.writeNumberField("vocab_size", c.vocabulary());
            json.writeNumberField("hidden_size", c.width());
            json.writeNumberField("num_hidden_layers", c.layers());
            json.writeNumberField("num_attention_heads", c.heads());
            json.writeNumberField("num_key_value_heads", c.keyValueHeads());
            if (c.headWidth() != DecoderConfig.shared(c.width(), c.heads())) {
                json.writeNumberField("head_dim", c.headWidth());
            }
            json.writeNumberField("intermediate_size", c.mlpWidth());
            json.writeNumberField("max_position_embeddings", c.maxLength());
            json.writeNumberField("rope_theta", c.ropeTheta());
            if (c.ropeScaling().isPresent()) {
                write(json, c.ropeScaling().get());
            }
            json.writeNumberField("rms_norm_eps", c.normEpsilon());
            json.writeStringField("hidden_act", "silu");
            if (!qwen) {
                json.writeBooleanField("attention_bias", c.biases().qkv());
                json.writeBooleanField("mlp_bias", c.biases().mlp());
            }
            json.writeBooleanField("tie_word_embeddings", c.tiedHead());
            json.writeStringField("torch_dtype", "float32");
            json.writeEndObject();
        }
        return text + "\n";
    }

    private static void write(JsonGenerator json, RopeScaling scaling) throws IOException {
        json.writeObjectFieldStart("rope_scaling");
        json.writeStringField("rope_type", "llama3");
        json.writeNumberField("factor", scaling.factor());
        json.writeNumberField("low_freq_factor", scaling.low());
        json.writeNumberField("high_freq_factor", scaling.high());
        json.writeNumberField("original_max_position_embeddings", scaling.originalLength());
        json.writeEndObject();
    }
}
