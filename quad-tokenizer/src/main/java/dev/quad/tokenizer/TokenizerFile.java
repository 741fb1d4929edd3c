// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.quad.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a {@code tokenizer.json} says of its ids, and what the {@code tokenizer_config.json} beside it names. */
final class TokenizerFile {
    private final String name;
    private final Optional<Path> path;
    private final String json;
    private final Map<String, Integer> addedTokens = new HashMap<>();
    private String kind = "";
    private int largestId = -1;

    private TokenizerFile(String name, Optional<Path> path, String json) {
        this.name = name;
        this.path = path;
        this.json = json;
    }

    static TokenizerFile read(Path given) {
        Path path = Files.isDirectory(given) ? given.resolve("tokenizer.json") : given;
        return of(path.toString(), Optional.of(path), text(path));
    }

    static TokenizerFile parse(String json, String name) {
        return of(name, Optional.empty(), json);
    }

    private static TokenizerFile of(String name, Optional<Path> path, String json) {
        TokenizerFile file = new TokenizerFile(name, path, json);
        JsonObject root = object(name, json);
        try {
            file.add(root);
        } catch (ClassCastException | IllegalStateException | NumberFormatException | NullPointerException e) {
            throw new InputException(name + " is not a tokenizer.json: " + e.getMessage(), e);
        }
        if (file.largestId < 0) {
            throw new InputException(
                    path + " has no vocabulary (\"model\": {\"vocab\": …}); allowed is a tokenizer.json"
                            + " as the Hugging Face library saves it, not a vocab.json or tokenizer_config.json");
        }
        return file;
    }

    private void add(JsonObject root) {
        JsonElement model = root.get("model");
        JsonElement vocabulary = model == null || !model.isJsonObject()
                ? null
                : model.getAsJsonObject().get("vocab");
        JsonElement type = vocabulary == null ? null : model.getAsJsonObject().get("type");
        kind = type == null ? "tokenizer" : type.getAsString();
        if (vocabulary != null && vocabulary.isJsonObject()) {
            vocabulary.getAsJsonObject().asMap().values().forEach(id -> see(id.getAsInt()));
        } else if (vocabulary != null) {
            see(vocabulary.getAsJsonArray().size() - 1); // unigram: a list of pieces and scores
        }
        if (root.get("added_tokens") != null) {
            for (JsonElement element : root.getAsJsonArray("added_tokens")) {
                JsonObject token = element.getAsJsonObject();
                int id = token.get("id").getAsInt();
                addedTokens.put(token.get("content").getAsString(), id);
                see(id);
            }
        }
    }

    private void see(int id) {
        largestId = Math.max(largestId, id);
    }

    /** The value of a field such as {@code bos_token} in the {@code tokenizer_config.json} beside the file. */
    Optional<String> configured(String field) {
        Path config = path.map(file -> file.resolveSibling("tokenizer_config.json"))
                .filter(Files::exists)
                .orElse(null);
        if (config == null) {
            return Optional.empty();
        }
        JsonElement value = object(config.toString(), text(config)).get(field);
        if (value != null && value.isJsonObject()) { // an added token with its flags
            value = value.getAsJsonObject().get("content");
        }
        return value != null && value.isJsonPrimitive() ? Optional.of(value.getAsString()) : Optional.empty();
    }

    int idOf(String token) {
        Integer id = addedTokens.get(token);
        if (id == null) {
            throw new InputException(name + " has no special token \"" + token + "\"; it has " + shown());
        }
        return id;
    }

    /** The special tokens, in words. */
    String shown() {
        List<String> names = addedTokens.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
        return names.isEmpty()
                ? "none"
                : String.join(", ", names.subList(0, Math.min(20, names.size()))) + (names.size() > 20 ? ", …" : "");
    }

    String name() {
        return name;
    }

    /** BPE, Unigram, WordPiece or WordLevel. */
    String kind() {
        return kind;
    }

    String json() {
        return json;
    }

    int vocabularySize() {
        return largestId + 1;
    }

    private static JsonObject object(String name, String text) {
        try {
            JsonElement root = JsonParser.parseString(text);
            if (root.isJsonObject()) {
                return root.getAsJsonObject();
            }
            throw new InputException(name + " is not a JSON object");
        } catch (JsonParseException e) {
            throw new InputException(name + " is not JSON: " + e.getMessage() + "; get a whole copy of the file", e);
        }
    }

    private static String text(Path path) {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new InputException(
                    path + " does not exist; give a tokenizer.json, or a folder that has one (a tokenizer.model or"
                            + " vocab.json alone will not do: save it again with the Hugging Face library)",
                    e);
        } catch (CharacterCodingException e) {
            throw new InputException(path + " is not UTF-8 text, so it is not a tokenizer.json", e);
        } catch (IOException e) {
            throw new InputException(path + " cannot be read: " + e, e);
        }
    }
}
