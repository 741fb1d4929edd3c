// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.InputException;
import dev.quad.files.MappedTensor;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the tensors of a folder are those that its configuration speaks of. */
final class TensorCheck {
    static final String HEAD = "lm_head.weight";

    private static final Set<String> TYPES = Set.of("F32", "F16", "BF16");
    private static final Pattern LAYER = Pattern.compile("(?:.*\\.)?(?:layers|h|blocks)\\.(\\d+)\\..*");
    private static final Pattern PREFIX = Pattern.compile("(|.*?\\.)(?:model\\.)?embed_tokens\\.weight");
    private static final Pattern QUANTISED = Pattern.compile(
            ".*\\.(qweight|qzeros|scales|g_idx|weight_scale|weight_scale_inv|weight_packed|input_scale|SCB|weight_format"
                    + "|absmax|quant_map|nested_absmax|nested_quant_map|quant_state\\..*|biases)");

    private TensorCheck() {}

    /** Fails if there cannot be as many blocks as the configuration says, before anything is made that large. */
    static void sizes(TensorFiles files, DecoderConfig config) {
        if (config.layers() > files.names().size()) {
            Set<String> found = new TreeSet<>();
            files.names().forEach(name -> {
                Matcher layer = LAYER.matcher(name);
                if (layer.matches()) {
                    found.add(layer.group(1));
                }
            });
            throw new InputException(files.path() + " does not fit its " + HuggingFaceConfig.NAME
                    + ": \"num_hidden_layers\" is " + config.layers() + ", and the file has the tensors of "
                    + found.size()
                    + "; take all files from the same model");
        }
    }

    /**
     * Fails unless each slot has its tensor and each tensor its slot; tells the first problems and what is likely
     * behind them.
     */
    static void all(TensorFiles files, Map<String, CheckpointFolder.Slot> slots, DecoderConfig config)
            throws IOException {
        List<String> problems = new ArrayList<>();
        slots.forEach((name, slot) -> {
            if (!files.names().contains(name)) {
                problems.add(name + " is missing");
                return;
            }
            check(files, name, slot.sizes(), problems);
        });
        TreeSet<String> extra = new TreeSet<>(files.names());
        extra.removeAll(slots.keySet());
        extra.removeIf(name -> name.endsWith(".rotary_emb.inv_freq")); // old files hold what the configuration says
        if (config.tiedHead() && extra.remove(HEAD)) {
            check(files, HEAD, new int[] {config.vocabulary(), config.width()}, problems);
        }
        extra.forEach(name -> problems.add(name + " is not part of the model"));
        if (!problems.isEmpty()) {
            throw new InputException(files.path() + " does not fit its " + HuggingFaceConfig.NAME + ": "
                    + hint(files, slots, extra).map(hint -> hint + ": ").orElse("") + Problems.joined(problems)
                    + "; take all files from the same model");
        }
        if (config.tiedHead() && files.names().contains(HEAD)) {
            sameHead(files, config);
        }
    }

    private static void check(TensorFiles files, String name, int[] shape, List<String> problems) {
        if (!Arrays.equals(files.shape(name), shape)) {
            problems.add(
                    name + " has the shape " + Arrays.toString(files.shape(name)) + ", not " + Arrays.toString(shape));
        }
        if (!TYPES.contains(files.type(name))) {
            problems.add(name + " has the type " + files.type(name) + ", not F32, F16 or BF16");
        }
    }

    private static Optional<String> hint(
            TensorFiles files, Map<String, CheckpointFolder.Slot> slots, Set<String> extra) {
        for (String name : extra) {
            if (QUANTISED.matcher(name).matches()) {
                return Optional.of("its tensors are quantised, as \"" + name + "\" tells (take the model as it was"
                        + " before, in F32, F16 or BF16)");
            }
            if (name.contains(".lora_")) {
                return Optional.of("it is an adapter (merge it into its model first)");
            }
        }
        if (!files.names().contains("model.embed_tokens.weight")) {
            for (String name : extra) {
                Matcher prefix = PREFIX.matcher(name);
                if (prefix.matches()) {
                    return Optional.of(
                            prefix.group(1).isEmpty()
                                    ? "its names lack \"model.\" in front (save the whole model, with its head)"
                                    : "its names have \"" + prefix.group(1)
                                            + "\" in front (save the language model alone)");
                }
            }
        }
        if (!extra.isEmpty()
                && extra.stream().allMatch(name -> name.endsWith("_proj.bias"))
                && slots.keySet().stream().allMatch(files.names()::contains)) {
            return Optional.of("it has biases of which the configuration says nothing (is \"attention_bias\": true,"
                    + " \"mlp_bias\": true or \"model_type\": \"qwen2\" missing there?)");
        }
        return Optional.empty();
    }

    /**
     * A tied head that is stored all the same does no harm where it is the embedding. Where it is not, some versions of
     * transformers take it and others the embedding.
     */
    private static void sameHead(TensorFiles files, DecoderConfig config) throws IOException {
        MappedTensor head = files.map(HEAD);
        MappedTensor embedding = files.map("model.embed_tokens.weight");
        int width = config.width();
        try (Floats row = Floats.allocate(2 * width)) {
            for (int token = 0; token < config.vocabulary(); token++) {
                head.read((long) token * width, row.slice(0, width));
                embedding.read((long) token * width, row.slice(width, width));
                if (row.buffer().slice(0, width).mismatch(row.buffer().slice(width, width)) >= 0) {
                    throw new InputException(
                            files.path() + " holds a " + HEAD + " that differs from the embedding (row "
                                    + token + "), while \"tie_word_embeddings\" in " + HuggingFaceConfig.NAME
                                    + " says that they are one: write false there to use the head, or remove the tensor");
                }
            }
        }
    }
}
