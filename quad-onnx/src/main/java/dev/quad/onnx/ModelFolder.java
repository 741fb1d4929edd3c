// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.quad.InputException;
import dev.quad.files.KnownContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder as sentence-transformers lays it out: the model, its tokenizer, and how to pool and how long a text may be.
 */
record ModelFolder(Path model, Path tokenizer, Pooling pooling, int maxTokens, List<Path> configs) {

    static ModelFolder read(Path folder) {
        Objects.requireNonNull(folder, "the folder is null");
        if (!Files.isDirectory(folder)) {
            throw new InputException(folder + " is not a folder; give one with model.onnx (or onnx/model.onnx),"
                    + " tokenizer.json and 1_Pooling/config.json");
        }
        Path model = List.of("model.onnx", "onnx/model.onnx").stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new InputException(folder + " has neither model.onnx nor onnx/model.onnx; export the"
                        + " model to ONNX (optimum-cli export onnx --task feature-extraction)"));
        int maxTokens = OnnxOptions.DEFAULT_MAX_TOKENS;
        Path limits = folder.resolve("sentence_bert_config.json");
        if (Files.isRegularFile(limits)) {
            maxTokens = maxTokens(limits);
        }
        List<Path> configs =
                Files.isRegularFile(limits) ? List.of(poolingFile(folder), limits) : List.of(poolingFile(folder));
        return new ModelFolder(model, folder.resolve("tokenizer.json"), pooling(folder), maxTokens, configs);
    }

    private static int maxTokens(Path limits) {
        JsonElement length = object(limits).get("max_seq_length");
        if (length == null || length.isJsonNull()) {
            return OnnxOptions.DEFAULT_MAX_TOKENS;
        }
        try {
            int tokens = length.getAsInt();
            if (OnnxOptions.isLength(tokens)) {
                return tokens;
            }
        } catch (NumberFormatException | IllegalStateException | UnsupportedOperationException e) {
            // refused below
        }
        throw new InputException(
                limits + " has the max_seq_length " + excerpt(length) + "; allowed is " + OnnxOptions.ALLOWED_LENGTHS);
    }

    /** What a row depends on. */
    List<Path> files() {
        return Stream.of(List.of(model), OnnxModel.read(model).data().values(), List.of(tokenizer), configs)
                .flatMap(Collection::stream)
                .toList();
    }

    private static Path poolingFile(Path folder) {
        return folder.resolve("1_Pooling").resolve("config.json");
    }

    private static Pooling pooling(Path folder) {
        Path file = poolingFile(folder);
        if (!Files.isRegularFile(file)) {
            throw new InputException(
                    folder + " has no 1_Pooling/config.json, so that it does not say how to pool; write there what the"
                            + " model was trained with: {\"pooling_mode_mean_tokens\": true} or"
                            + " {\"pooling_mode_cls_token\": true}");
        }
        JsonObject modes = object(file);
        if (isOn(modes, "pooling_mode_cls_token")) {
            return Pooling.CLS;
        }
        if (isOn(modes, "pooling_mode_mean_tokens")) {
            return Pooling.MEAN;
        }
        throw new InputException(file + " asks for a pooling that is not known: " + excerpt(modes) + "; known are"
                + " pooling_mode_cls_token and pooling_mode_mean_tokens");
    }

    private static boolean isOn(JsonObject modes, String name) {
        JsonElement mode = modes.get(name);
        return mode != null && mode.isJsonPrimitive() && mode.getAsBoolean();
    }

    private static String excerpt(JsonElement element) {
        String text = element.toString();
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    private static JsonObject object(Path file) {
        try {
            KnownContent.refuse(file);
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw new InputException(file + " cannot be read as a JSON object: " + e.getMessage(), e);
        }
    }
}
