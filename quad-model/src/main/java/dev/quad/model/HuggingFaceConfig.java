// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
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
 * {@code config.json} in the form of Hugging Face's transformers. Known are the model types whose computation is that of
 * {@link Decoder}: llama; mistral; qwen2, with biases on queries, keys and values; phi3, whose projections are stored
 * fused. A sliding window is respected by allowing no longer sequence.
 */
final class HuggingFaceConfig {
    static final String NAME = "config.json";
    private static final List<String> TYPES = List.of("llama", "mistral", "phi3", "qwen2");

    private final Path file;
    private final Map<String, String> values = new LinkedHashMap<>();

    private HuggingFaceConfig(Path file) {
        this.file = file;
    }

    static Path existing(Path file) {
        if (!Files.isReadable(file)) {
            throw new InputException(
                    file + " cannot be read; a model folder holds " + NAME + " and " + TensorFiles.SINGLE);
        }
        return file;
    }

    static DecoderConfig read(Path file) throws IOException {
        HuggingFaceConfig config = new HuggingFaceConfig(file);
        try (JsonParser json = new JsonFactory().createParser(existing(file).toFile())) {
            json.nextToken();
            config.fields(json, "");
        } catch (JsonProcessingException e) {
            throw new InputException(file + " is not JSON: " + e.getMessage(), e);
        }
        return config.decoder();
    }

    /** Keeps the scalars, those of the objects about rotary positions under both names; null counts as absent. */
    private void fields(JsonParser json, String prefix) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = prefix + json.currentName();
            json.nextToken();
            if (prefix.isEmpty() && name.startsWith("rope_") && json.currentToken() == JsonToken.START_OBJECT) {
                fields(json, name + ".");
            } else if (!json.currentToken().isScalarValue()) {
                json.skipChildren();
            } else if (json.currentToken() != JsonToken.VALUE_NULL) {
                values.put(name, json.getText());
            }
        }
    }

    private DecoderConfig decoder() {
        String type = text("model_type", "none");
        String activation = text("hidden_act", "silu");
        if (!TYPES.contains(type) || !activation.equals("silu")) {
            throw new InputException(file + " describes a model of type \"" + type + "\" with the activation \""
                    + activation + "\"; known here are the types " + String.join(", ", TYPES) + " with \"silu\"");
        }
        if (number("partial_rotary_factor", 1) != 1) {
            throw new InputException(file + " has \"partial_rotary_factor\" " + text("partial_rotary_factor", "")
                    + "; only whole heads can be turned here, which is 1");
        }
        int heads = whole("num_attention_heads", null);
        int width = whole("hidden_size", null);
        int longest = whole("max_position_embeddings", null);
        if (!type.equals("qwen2") || flag("use_sliding_window", false)) {
            longest = Math.min(longest, whole("sliding_window", longest));
        }
        try {
            return new DecoderConfig(
                    whole("vocab_size", null),
                    width,
                    whole("num_hidden_layers", null),
                    heads,
                    whole("num_key_value_heads", heads),
                    whole("head_dim", DecoderConfig.shared(width, heads)),
                    whole("intermediate_size", null),
                    longest,
                    number("rope_theta", number("rope_parameters.rope_theta", 10000)),
                    scaling(),
                    number("rms_norm_eps", 1e-6),
                    flag("tie_word_embeddings", false),
                    biases(type));
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
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
                if (!entry.getValue().equals("llama3")) {
                    throw new InputException(file + " has \"" + name + "\" \"" + entry.getValue()
                            + "\", which changes the rotary positions; only \"default\" and \"llama3\" are known here");
                }
                llama3 = true;
                prefix = name.substring(0, name.lastIndexOf('.') + 1);
            }
        }
        if (!llama3) {
            return Optional.empty();
        }
        return Optional.of(new RopeScaling(
                number(prefix + "factor", Double.NaN),
                number(prefix + "low_freq_factor", Double.NaN),
                number(prefix + "high_freq_factor", Double.NaN),
                whole(prefix + "original_max_position_embeddings", null)));
    }

    private String text(String key, String absent) {
        return values.getOrDefault(key, absent);
    }

    private boolean flag(String key, boolean absent) {
        String text = text(key, Boolean.toString(absent));
        if (!text.equals("true") && !text.equals("false")) {
            throw new InputException(file + " needs true or false for \"" + key + "\"; found " + text);
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
                            + (text == null ? "it is missing" : "found " + text),
                    e);
        }
    }

    private double number(String key, double absent) {
        String text = values.get(key);
        try {
            return text == null ? absent : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new InputException(file + " needs a number \"" + key + "\"; found " + text, e);
        }
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
