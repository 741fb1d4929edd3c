// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.quad.InputException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The model of a file, which cuts words into pieces and gives them ids: checked, and written anew with the fields that
 * the library reads. Dropout is left out, since with it the same text has other ids each time.
 */
final class Vocabulary {
    /** A piece of Unigram is a path of nodes, which the library frees by calling itself for each. */
    private static final int MOST_PIECE_BYTES = 1024;

    private static final int MOST_WORD = 2000;
    private static final int MOST_ID = Integer.MAX_VALUE - 1;

    private final Part part;
    private final Map<String, Integer> ids = new HashMap<>();
    private final JsonObject written = new JsonObject();
    private final String kind;

    Vocabulary(Part part) {
        this.part = part;
        this.kind = part.has("type") ? part.type() : guessed(part);
        written.addProperty("type", kind);
        switch (kind) {
            case "BPE" -> pairs();
            case "WordPiece" -> {
                pieces();
                text("unk_token");
                text("continuing_subword_prefix");
                written.addProperty("max_input_chars_per_word", part.whole("max_input_chars_per_word", 0, MOST_WORD));
            }
            case "WordLevel" -> {
                pieces();
                text("unk_token");
            }
            case "Unigram" -> unigram();
            default -> throw part.unknownType("BPE, WordPiece, WordLevel, Unigram");
        }
        if (ids.isEmpty()) {
            throw part.wrong("vocab", "a vocabulary that is not empty");
        }
    }

    /** Files of old versions do not name the type. */
    private static String guessed(Part part) {
        if (part.json().get("vocab") instanceof JsonArray) {
            return "Unigram";
        }
        return part.has("merges") ? "BPE" : part.has("max_input_chars_per_word") ? "WordPiece" : "WordLevel";
    }

    private void text(String field) {
        written.addProperty(field, part.text(field));
    }

    private void pieces() {
        Part vocabulary = part.required("vocab");
        for (Map.Entry<String, JsonElement> entry : vocabulary.json().entrySet()) {
            Optional<Integer> id = Part.whole(entry.getValue(), 0, MOST_ID);
            ids.put(entry.getKey(), id.orElseThrow(() -> vocabulary.wrong(entry.getKey(), "an id, 0 to " + MOST_ID)));
        }
        written.add("vocab", vocabulary.json());
    }

    private void pairs() {
        pieces();
        Optional<String> prefix = part.optionalText("continuing_subword_prefix");
        Optional<String> suffix = part.optionalText("end_of_word_suffix");
        written.add("dropout", JsonNull.INSTANCE);
        written.add("unk_token", Part.orNull(part.optionalText("unk_token")));
        written.add("continuing_subword_prefix", Part.orNull(prefix));
        written.add("end_of_word_suffix", Part.orNull(suffix));
        for (String flag : new String[] {"fuse_unk", "byte_fallback", "ignore_merges"}) {
            written.addProperty(flag, part.flag(flag, false));
        }
        if (prefix.orElse("").length() > MOST_PIECE_BYTES || suffix.orElse("").length() > MOST_PIECE_BYTES) {
            throw part.wrong("continuing_subword_prefix", "a prefix and a suffix of at most " + MOST_PIECE_BYTES);
        }
        JsonArray merges = part.array("merges");
        boolean texts = merges.isEmpty() || merges.get(0).isJsonPrimitive();
        for (int i = 0; i < merges.size(); i++) {
            merge(merges.get(i), i, texts, prefix.orElse(""));
        }
        written.add("merges", merges);
    }

    private void merge(JsonElement merge, int index, boolean texts, String prefix) {
        String[] two = new String[0];
        if (texts && merge.isJsonPrimitive() && merge.getAsJsonPrimitive().isString()) {
            if (merge.getAsString().startsWith("#version")) {
                return;
            }
            String text = merge.getAsString();
            int space = text.indexOf(' ');
            if (space >= 0 && text.indexOf(' ', space + 1) < 0) {
                two = new String[] {text.substring(0, space), text.substring(space + 1)};
            }
        } else if (!texts
                && merge instanceof JsonArray pair
                && pair.size() == 2
                && isText(pair.get(0))
                && isText(pair.get(1))) {
            two = new String[] {pair.get(0).getAsString(), pair.get(1).getAsString()};
        }
        boolean known = two.length == 2 && ids.containsKey(two[0]) && ids.containsKey(two[1]);
        if (known && prefix.isEmpty()) {
            known = ids.containsKey(two[0] + two[1]);
        } else if (known) {
            Optional<String> rest = cut(two[1], prefix);
            known = rest.isPresent() && ids.containsKey(two[0] + rest.get());
        }
        if (!known) {
            throw new InputException(
                    part.file() + ": \"" + part.name("merges") + "[" + index + "]\" is "
                            + StrictJson.shown(merge.toString())
                            + "; allowed is two pieces of the vocabulary, with a space between or in a list, whose union is one too");
        }
    }

    /** A piece without as many bytes as the prefix has, where that is at the border of a character. */
    private static Optional<String> cut(String piece, String prefix) {
        int bytes = prefix.getBytes(StandardCharsets.UTF_8).length;
        int at = 0;
        while (at < piece.length() && bytes > 0) {
            int point = piece.codePointAt(at);
            bytes -= Character.toString(point).getBytes(StandardCharsets.UTF_8).length;
            at += Character.charCount(point);
        }
        return bytes == 0 ? Optional.of(piece.substring(at)) : Optional.empty();
    }

    private static boolean isText(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    }

    private void unigram() {
        JsonArray vocabulary = part.array("vocab");
        for (int i = 0; i < vocabulary.size(); i++) {
            if (!(vocabulary.get(i) instanceof JsonArray pair
                    && pair.size() == 2
                    && isText(pair.get(0))
                    && Part.isFinite(pair.get(1))
                    && pair.get(0).getAsString().getBytes(StandardCharsets.UTF_8).length <= MOST_PIECE_BYTES)) {
                throw new InputException(part.file() + ": \"" + part.name("vocab") + "[" + i + "]\" is "
                        + StrictJson.shown(vocabulary.get(i).toString()) + "; allowed is a piece of at most "
                        + MOST_PIECE_BYTES + " bytes and its score");
            }
            ids.put(pair.get(0).getAsString(), i);
        }
        written.add("vocab", vocabulary);
        if (part.has("unk_id")) {
            written.addProperty("unk_id", part.whole("unk_id", 0, Math.max(0, vocabulary.size() - 1)));
        }
        written.addProperty("byte_fallback", part.flag("byte_fallback", false));
    }

    String kind() {
        return kind;
    }

    Map<String, Integer> ids() {
        return ids;
    }

    /** The entries, those with the same id or text included, as the library counts them. */
    int size() {
        return kind.equals("Unigram") ? part.array("vocab").size() : ids.size();
    }

    JsonObject written() {
        return written;
    }
}
