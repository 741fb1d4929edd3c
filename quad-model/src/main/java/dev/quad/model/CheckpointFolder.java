// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.InputException;
import dev.quad.files.AtomicFile;
import dev.quad.files.SafetensorsWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checkpoints in the Hugging Face layout: {@code config.json} beside safetensors files. */
final class CheckpointFolder {
    /** A tensor of the file: its shape, and where it lies among the parameters. */
    record Slot(int part, long place, List<Integer> shape) {
        int[] sizes() {
            return shape.stream().mapToInt(Integer::intValue).toArray();
        }

        int size() {
            return shape.stream().reduce(1, Math::multiplyExact);
        }

        /** Where it lies if all parameters are one array. */
        int position() {
            return Math.toIntExact(place);
        }

        boolean isMatrix() {
            return shape.size() == 2;
        }
    }

    private CheckpointFolder() {}

    static Decoder read(Path folder) throws IOException {
        try (Decoder mapped = map(folder, true)) {
            return mapped.copy();
        }
    }

    static Decoder read(Path folder, DecoderConfig written) throws IOException {
        Path config = folder.resolve(HuggingFaceConfig.NAME);
        if (!Arrays.equals(
                Files.readAllBytes(config), HuggingFaceConfig.text(written).getBytes(StandardCharsets.UTF_8))) {
            throw new InputException(
                    config + " is not what is written there: it was damaged, or is somebody else's; move"
                            + " it away and go on with the run, which makes it again");
        }
        return read(folder);
    }

    static Decoder map(Path folder) throws IOException {
        return map(folder, false);
    }

    /** With {@code all} the bytes of what was written here are compared with their checksum, which reads them all. */
    private static Decoder map(Path folder, boolean all) throws IOException {
        ModelFolder model = ModelFolder.read(folder);
        DecoderConfig c = model.config();
        Layout layout = model.layout();
        TensorFiles files = model.tensors();
        if (all) {
            files.verify();
        }
        Map<Integer, List<MappedWeights.Source>> sources = new HashMap<>();
        for (Map.Entry<String, Slot> entry : slots(c, layout, files.names()).entrySet()) {
            Slot slot = entry.getValue();
            sources.computeIfAbsent(slot.part(), part -> new ArrayList<>())
                    .add(new MappedWeights.Source(
                            files.map(entry.getKey()), (int) (slot.place() - layout.start(slot.part()))));
        }
        return new Decoder(c, layout, new MappedWeights(c, layout, sources));
    }

    /** The tensors as they are written: queries, keys and values each on its own, as gates and ups. */
    static Map<String, Slot> slots(DecoderConfig c, Layout at) {
        return slots(c, at, Set.of());
    }

    /** The tensors, with those fused that a file with these names has fused. */
    static Map<String, Slot> slots(DecoderConfig c, Layout at, Set<String> names) {
        boolean fusedQkv = names.contains("model.layers.0.self_attn.qkv_proj.weight");
        boolean fusedMlp = names.contains("model.layers.0.mlp.gate_up_proj.weight");
        Slots slots = new Slots(at);
        int d = c.width();
        int f = c.mlpWidth();
        int queries = c.attentionWidth();
        int keys = c.keyValueHeads() * c.headWidth();
        Biases b = c.biases();
        slots.in(Layout.EMBEDDING).add("model.embed_tokens.weight", 0, c.vocabulary(), d);
        for (int l = 0; l < c.layers(); l++) {
            String block = "model.layers." + l + ".";
            slots.in(at.block(l)).add(block + "input_layernorm.weight", at.attentionNorm, d);
            if (fusedQkv) {
                slots.linear(block + "self_attn.qkv_proj", at.qkv, at.qkvBias, b.qkv(), d, c.qkvWidth());
            } else {
                slots.linear(block + "self_attn.q_proj", at.qkv, at.qkvBias, b.qkv(), d, queries)
                        .linear(block + "self_attn.k_proj", b.qkv(), d, keys)
                        .linear(block + "self_attn.v_proj", b.qkv(), d, keys);
            }
            slots.linear(block + "self_attn.o_proj", at.output, at.outputBias, b.output(), queries, d)
                    .add(block + "post_attention_layernorm.weight", at.mlpNorm, d);
            if (fusedMlp) {
                slots.linear(block + "mlp.gate_up_proj", at.gateUp, at.gateUpBias, b.mlp(), d, 2 * f);
            } else {
                slots.linear(block + "mlp.gate_proj", at.gateUp, at.gateUpBias, b.mlp(), d, f)
                        .linear(block + "mlp.up_proj", b.mlp(), d, f);
            }
            slots.linear(block + "mlp.down_proj", at.down, at.downBias, b.mlp(), f, d);
        }
        slots.in(at.finalNorm).add("model.norm.weight", 0, d);
        if (!c.tiedHead()) {
            slots.in(at.head).add(TensorCheck.HEAD, 0, c.vocabulary(), d);
        }
        return slots.all;
    }

    /** Collects slots; a linear layer without places follows the one before it. */
    private static final class Slots {
        final Map<String, Slot> all = new LinkedHashMap<>();
        private final Layout layout;
        private int part;
        private int weightEnd;
        private int biasEnd;

        Slots(Layout layout) {
            this.layout = layout;
        }

        Slots in(int index) {
            part = index;
            return this;
        }

        Slots add(String name, int offset, Integer... shape) {
            all.put(name, new Slot(part, layout.start(part) + offset, List.of(shape)));
            return this;
        }

        Slots linear(String name, boolean hasBias, int in, int out) {
            return linear(name, weightEnd, biasEnd, hasBias, in, out);
        }

        Slots linear(String name, int weight, int bias, boolean hasBias, int in, int out) {
            add(name + ".weight", weight, out, in);
            weightEnd = weight + out * in;
            if (hasBias) {
                add(name + ".bias", bias, out);
                biasEnd = bias + out;
            }
            return this;
        }
    }

    static void write(Decoder decoder, Path folder) throws IOException {
        Files.createDirectories(folder);
        SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
        slots(decoder.config(), decoder.layout())
                .forEach((name, slot) ->
                        writer.add(name, decoder.parameters().slice(slot.position(), slot.size()), slot.sizes()));
        writer.write(folder.resolve(TensorFiles.SINGLE));
        AtomicFile.replace(folder.resolve(HuggingFaceConfig.NAME), HuggingFaceConfig.text(decoder.config()));
    }
}
