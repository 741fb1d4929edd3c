// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.quad.InputException;
import dev.quad.files.FileFailure;
import dev.quad.files.KnownContent;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A {@code tokenizer.json}, and what the {@code tokenizer_config.json} beside it names. Everything is checked before
 * the native library sees it, for which a wrong field may be the end of the process; and the library is given
 * {@linkplain #handedOn a text} that is written anew, with only what turns a text into ids.
 */
final class TokenizerFile {
    private static final long MOST_BYTES = 256L << 20;
    private static final int MOST_ADDED = 1 << 16;
    private static final int MOST_CONTENT = 1000;
    private static final int MOST_NORMALIZED = 1 << 20;
    private static final Set<String> DECODERS = Set.of(
            "BPEDecoder",
            "ByteLevel",
            "WordPiece",
            "Metaspace",
            "CTC",
            "Sequence",
            "Replace",
            "Fuse",
            "Strip",
            "ByteFallback");

    private final String name;
    private final Optional<Path> path;
    private final String json;
    private final Limits limits = new Limits();
    private final List<String> normalized = new ArrayList<>();
    private final Map<String, Integer> addedTokens = new HashMap<>();
    private final JsonObject written = new JsonObject();
    private final Vocabulary vocabulary;
    private final Template template;
    private final int size;

    private TokenizerFile(String name, Optional<Path> path, String json) {
        this.name = name;
        this.path = path;
        this.json = json;
        Part root = new Part(name, "", StrictJson.object(name, json));
        if (!root.has("model") || !root.required("model").has("vocab")) {
            throw new InputException(
                    name + " has no vocabulary (\"model\": {\"vocab\": …}); allowed is a tokenizer.json"
                            + " as the Hugging Face library saves it, not a vocab.json or tokenizer_config.json");
        }
        if (root.has("version") && !root.text("version").equals("1.0")) {
            throw root.wrong("version", "\"1.0\"");
        }
        root.object("truncation"); // of no effect, but an object
        root.object("padding");
        root.object("decoder").ifPresent(part -> {
            if (!DECODERS.contains(part.type())) {
                throw part.unknownType(
                        String.join(", ", DECODERS.stream().sorted().toList()));
            }
        });
        written.addProperty("version", "1.0");
        written.add(
                "normalizer",
                component(root.object("normalizer").map(part -> new Normalizers(limits).checked(part, 0))));
        double normalizedGrowth = limits.growth();
        written.add(
                "pre_tokenizer",
                component(root.object("pre_tokenizer").map(part -> new PreTokenizers(limits).checked(part, 0))));
        this.vocabulary = new Vocabulary(root.required("model"));
        written.add("model", vocabulary.written());
        written.add("added_tokens", added(root, normalizedGrowth));
        this.size = size();
        Set<Integer> known = new HashSet<>(vocabulary.ids().values());
        known.addAll(addedTokens.values());
        this.template = new Template(root.object("post_processor"), known);
    }

    static TokenizerFile read(Path given) {
        Path path = Files.isDirectory(given) ? given.resolve("tokenizer.json") : given;
        return new TokenizerFile(path.toString(), Optional.of(path), text(path));
    }

    static TokenizerFile parse(String json, String name) {
        return new TokenizerFile(name, Optional.empty(), json);
    }

    private static JsonElement component(Optional<JsonElement> checked) {
        return checked.orElse(JsonNull.INSTANCE);
    }

    private JsonArray added(Part root, double growth) {
        JsonArray result = new JsonArray();
        double characters = 0;
        for (Part token : root.has("added_tokens") ? root.objects("added_tokens", MOST_ADDED) : List.<Part>of()) {
            String content = token.text("content");
            if (content.length() > MOST_CONTENT) {
                throw token.wrong("content", "at most " + MOST_CONTENT + " characters");
            }
            int id = token.whole("id", 0, Integer.MAX_VALUE - 1);
            addedTokens.put(content, id);
            JsonObject copy = new JsonObject();
            copy.addProperty("id", id);
            copy.addProperty("content", content);
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
                copy.addProperty(flag, token.flag(flag));
            }
            result.add(copy);
            if (token.flag("normalized") && !content.isEmpty()) {
                normalized.add(content);
                characters += content.length() * growth;
            }
        }
        if (characters > MOST_NORMALIZED) {
            throw new InputException(name + ": \"added_tokens\" that are normalized can become " + (long) characters
                    + " characters; allowed are " + MOST_NORMALIZED);
        }
        return result;
    }

    /** One more than the largest id, of those that the file names and those that the library gives to added tokens. */
    private int size() {
        long largest = -1;
        for (int id : vocabulary.ids().values()) {
            largest = Math.max(largest, id);
        }
        int extra = 0;
        for (Map.Entry<String, Integer> token : addedTokens.entrySet()) {
            largest = Math.max(largest, token.getValue());
            extra += vocabulary.ids().containsKey(token.getKey()) ? 0 : 1;
        }
        if (extra > 0) {
            largest = Math.max(largest, (long) vocabulary.size() + extra - 1);
        }
        long entries = (long) vocabulary.size() + addedTokens.size();
        long most = 4 * entries + (1 << 16);
        if (largest >= most) {
            throw new InputException(name + " has the id " + largest + ", but only " + entries
                    + " tokens; allowed are ids" + " below " + most);
        }
        return (int) largest + 1;
    }

    /** The value of a field such as {@code bos_token} in the {@code tokenizer_config.json} beside the file. */
    Optional<String> configured(String field) {
        Path config = path.map(file -> file.resolveSibling("tokenizer_config.json"))
                .filter(Files::exists)
                .orElse(null);
        if (config == null) {
            return Optional.empty();
        }
        Part values = new Part(config.toString(), "", StrictJson.object(config.toString(), text(config)));
        JsonElement value = values.json().get(field);
        if (value != null && value.isJsonObject()) { // an added token with its flags
            return values.required(field).optionalText("content");
        }
        return values.optionalText(field);
    }

    int idOf(String token) {
        Integer id = addedTokens.get(token);
        if (id == null) {
            throw new InputException(
                    name + " has no special token \"" + StrictJson.shown(token) + "\"; it has " + shown());
        }
        return id;
    }

    /** The special tokens, in words. */
    String shown() {
        List<String> names = addedTokens.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(entry -> StrictJson.shown(entry.getKey()))
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
        return vocabulary.kind();
    }

    String json() {
        return json;
    }

    /**
     * A tokenizer that gives a token for each text that is not empty once it is normalized; and the texts that must not
     * be, since the library finds an added token of no letters everywhere, also within a character.
     */
    Optional<String> probe() {
        if (normalized.isEmpty() || written.get("normalizer").isJsonNull()) {
            return Optional.empty();
        }
        JsonObject model = new JsonObject();
        model.addProperty("type", "WordLevel");
        model.addProperty("unk_token", "?");
        JsonObject pieces = new JsonObject();
        pieces.addProperty("?", 0);
        model.add("vocab", pieces);
        JsonObject probe = new JsonObject();
        probe.addProperty("version", "1.0");
        probe.add("normalizer", written.get("normalizer"));
        probe.add("model", model);
        return Optional.of(probe.toString());
    }

    /** Added tokens that are looked for in the normalized text. */
    List<String> normalized() {
        return normalized;
    }

    /** What the library is given. */
    String handedOn() {
        return written.toString();
    }

    Template template() {
        return template;
    }

    Limits limits() {
        return limits;
    }

    int vocabularySize() {
        return size;
    }

    private static String text(Path path) {
        try {
            KnownContent.refuse(path);
            if (Files.size(path) > MOST_BYTES) {
                throw new InputException(path + " has " + Files.size(path) + " bytes; allowed are " + MOST_BYTES);
            }
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new InputException(
                    path + " does not exist; give a tokenizer.json, or a folder that has one (a tokenizer.model or"
                            + " vocab.json alone will not do: save it again with the Hugging Face library)",
                    e);
        } catch (CharacterCodingException e) {
            throw new InputException(path + " is not UTF-8 text, so it is not a tokenizer.json", e);
        } catch (IOException e) {
            throw new InputException(path + " cannot be read: " + FileFailure.reason(e), e);
        }
    }
}
