// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.InputException;
import dev.quad.influence.Safetensors;
import dev.quad.influence.SafetensorsWriter;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Llama checkpoints in the Hugging Face layout: {@code config.json} beside one {@code model.safetensors} in F32. */
final class CheckpointFolder {
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";

    /** A tensor of the file: its shape, and where it lies in the flat parameters. */
    record Slot(int position, List<Integer> shape) {
        Slot(int position, Integer... shape) {
            this(position, List.of(shape));
        }

        int[] sizes() {
            return shape.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private CheckpointFolder() {}

    static Decoder read(Path folder) throws IOException {
        DecoderConfig config = readConfig(folder.resolve(CONFIG));
        Layout layout = new Layout(config);
        Safetensors file = Safetensors.open(existing(folder.resolve(WEIGHTS)));
        Map<String, Slot> slots = slots(config, layout);
        check(folder.resolve(WEIGHTS), file, slots);
        Floats parameters = Floats.allocate(layout.size);
        boolean done = false;
        try {
            for (Map.Entry<String, Slot> slot : slots.entrySet()) {
                file.floats(slot.getKey(), parameters, slot.getValue().position());
            }
            done = true;
            return new Decoder(config, parameters);
        } finally {
            if (!done) {
                parameters.close();
            }
        }
    }

    private static Path existing(Path file) {
        if (!Files.isReadable(file)) {
            throw new InputException(file + " cannot be read; a model folder holds " + CONFIG + " and " + WEIGHTS);
        }
        return file;
    }

    private static void check(Path path, Safetensors file, Map<String, Slot> slots) {
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, Slot> slot : slots.entrySet()) {
            if (!file.names().contains(slot.getKey())) {
                problems.add(slot.getKey() + " is missing");
            } else if (!Arrays.equals(file.shape(slot.getKey()), slot.getValue().sizes())) {
                problems.add(slot.getKey() + " has the shape " + Arrays.toString(file.shape(slot.getKey())) + ", not "
                        + slot.getValue().shape());
            }
        }
        TreeSet<String> extra = new TreeSet<>(file.names());
        extra.removeAll(slots.keySet());
        extra.forEach(name -> problems.add(name + " is not part of the model"));
        if (!problems.isEmpty()) {
            throw new InputException(path + " does not fit its " + CONFIG + ": " + String.join("; ", problems)
                    + "; take both files from the same model");
        }
    }

    static Map<String, Slot> slots(DecoderConfig c, Layout at) {
        int d = c.width();
        int keyRows = c.keyValueHeads() * c.headWidth();
        Map<String, Slot> slots = new LinkedHashMap<>();
        slots.put("model.embed_tokens.weight", new Slot(at.embedding, c.vocabulary(), d));
        for (int l = 0; l < c.layers(); l++) {
            String block = "model.layers." + l + ".";
            slots.put(block + "input_layernorm.weight", new Slot(at.attentionNorm(l), d));
            slots.put(block + "self_attn.q_proj.weight", new Slot(at.qkv(l), d, d));
            slots.put(block + "self_attn.k_proj.weight", new Slot(at.qkv(l) + d * d, keyRows, d));
            slots.put(block + "self_attn.v_proj.weight", new Slot(at.qkv(l) + (d + keyRows) * d, keyRows, d));
            slots.put(block + "self_attn.o_proj.weight", new Slot(at.output(l), d, d));
            slots.put(block + "post_attention_layernorm.weight", new Slot(at.mlpNorm(l), d));
            int f = c.mlpWidth();
            slots.put(block + "mlp.gate_proj.weight", new Slot(at.gateUp(l), f, d));
            slots.put(block + "mlp.up_proj.weight", new Slot(at.gateUp(l) + f * d, f, d));
            slots.put(block + "mlp.down_proj.weight", new Slot(at.down(l), d, f));
        }
        slots.put("model.norm.weight", new Slot(at.finalNorm, d));
        if (!c.tiedHead()) {
            slots.put("lm_head.weight", new Slot(at.head, c.vocabulary(), d));
        }
        return slots;
    }

    static void write(Decoder decoder, Path folder) throws IOException {
        Files.createDirectories(folder);
        SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
        slots(decoder.config(), decoder.layout())
                .forEach((name, slot) -> writer.add(name, decoder.parameters(), slot.position(), slot.sizes()));
        writer.write(folder.resolve(WEIGHTS));
        Path unfinished = folder.resolve("." + CONFIG + ".tmp");
        Files.writeString(unfinished, config(decoder.config()));
        Files.move(
                unfinished,
                folder.resolve(CONFIG),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static String config(DecoderConfig c) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeFieldName("architectures");
            json.writeArray(new String[] {"LlamaForCausalLM"}, 0, 1);
            json.writeStringField("model_type", "llama");
            json.writeNumberField("vocab_size", c.vocabulary());
            json.writeNumberField("hidden_size", c.width());
            json.writeNumberField("num_hidden_layers", c.layers());
            json.writeNumberField("num_attention_heads", c.heads());
            json.writeNumberField("num_key_value_heads", c.keyValueHeads());
            json.writeNumberField("intermediate_size", c.mlpWidth());
            json.writeNumberField("max_position_embeddings", c.maxLength());
            json.writeNumberField("rope_theta", c.ropeTheta());
            json.writeNumberField("rms_norm_eps", c.normEpsilon());
            json.writeStringField("hidden_act", "silu");
            json.writeBooleanField("tie_word_embeddings", c.tiedHead());
            json.writeStringField("torch_dtype", "float32");
            json.writeEndObject();
        }
        return text + "\n";
    }

    private static DecoderConfig readConfig(Path file) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(existing(file).toFile())) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                if (name.startsWith("rope_") && json.currentToken() == JsonToken.START_OBJECT) {
                    while (json.nextToken() == JsonToken.FIELD_NAME) {
                        String inner = name + "." + json.currentName();
                        json.nextToken();
                        scalar(json, inner, values);
                    }
                } else {
                    scalar(json, name, values);
                }
            }
        } catch (JsonProcessingException e) {
            throw new InputException(file + " is not JSON: " + e.getMessage(), e);
        }
        String type = values.getOrDefault("model_type", "none");
        String activation = values.getOrDefault("hidden_act", "silu");
        if (!type.equals("llama") || !activation.equals("silu")) {
            throw new InputException(file + " describes a model of type \"" + type + "\" with the activation \""
                    + activation + "\"; type \"llama\" with \"silu\" is known here");
        }
        values.forEach((name, value) -> {
            if (name.matches("rope_.*[._]type") && !value.equals("default")) {
                throw new InputException(file + " has \"" + name + "\" \"" + value
                        + "\", which changes the rotary positions; only \"default\" is known here");
            }
        });
        int heads = whole(file, values, "num_attention_heads", null);
        try {
            return new DecoderConfig(
                    whole(file, values, "vocab_size", null),
                    whole(file, values, "hidden_size", null),
                    whole(file, values, "num_hidden_layers", null),
                    heads,
                    whole(file, values, "num_key_value_heads", heads),
                    whole(file, values, "intermediate_size", null),
                    whole(file, values, "max_position_embeddings", null),
                    number(file, values, "rope_theta", number(file, values, "rope_parameters.rope_theta", 10000)),
                    number(file, values, "rms_norm_eps", 1e-6),
                    Boolean.parseBoolean(values.getOrDefault("tie_word_embeddings", "false")));
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    /** Keeps the value at the current token if it is one; null counts as absent. */
    private static void scalar(JsonParser json, String name, Map<String, String> values) throws IOException {
        if (!json.currentToken().isScalarValue()) {
            json.skipChildren();
        } else if (json.currentToken() != JsonToken.VALUE_NULL) {
            values.put(name, json.getText());
        }
    }

    private static int whole(
            Path file, Map<String, String> values, String key, @org.jspecify.annotations.Nullable Integer absent) {
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

    private static double number(Path file, Map<String, String> values, String key, double absent) {
        String text = values.get(key);
        try {
            return text == null ? absent : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new InputException(file + " needs a number \"" + key + "\"; found " + text, e);
        }
    }
}
