// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.quad.InputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a file's post-processor puts before and after a text. Read here and not by the library, for which one that names
 * a token that is not there ends the process.
 */
final class Template {
    private static final int MOST_PIECES = 256;
    private static final String KNOWN = "TemplateProcessing, ByteLevel, BertProcessing, RobertaProcessing, Sequence";

    private final Set<Integer> known;
    private final List<Integer> before = new ArrayList<>();
    private final List<Integer> after = new ArrayList<>();

    /** @param known the ids of the file */
    Template(Optional<Part> processor, Set<Integer> known) {
        this.known = known;
        processor.ifPresent(part -> add(part, 0));
    }

    int[] before() {
        return before.stream().mapToInt(Integer::intValue).toArray();
    }

    int[] after() {
        return after.stream().mapToInt(Integer::intValue).toArray();
    }

    private void add(Part part, int depth) {
        switch (part.type()) {
            case "ByteLevel" -> {} // is about offsets only
            case "BertProcessing", "RobertaProcessing" -> {
                before.add(0, end(part, "cls"));
                after.add(end(part, "sep"));
            }
            case "TemplateProcessing" -> template(part);
            case "Sequence" -> {
                if (depth > 4) {
                    throw new InputException(part.file() + ": \"" + part.at() + "\" is nested too deep");
                }
                part.objects("processors", 64).forEach(each -> add(each, depth + 1));
            }
            default -> throw part.unknownType(KNOWN);
        }
    }

    /** A token and its id. */
    private int end(Part part, String field) {
        JsonArray pair = part.array(field);
        return id(pair.size() == 2 ? pair.get(1) : pair)
                .orElseThrow(() -> part.wrong(field, "a token and its id, which the file has"));
    }

    private Optional<Integer> id(JsonElement value) {
        return Part.whole(value, 0, Integer.MAX_VALUE).filter(known::contains);
    }

    private void template(Part part) {
        Map<String, List<Integer>> special = new HashMap<>();
        Part tokens = part.required("special_tokens");
        for (String name : tokens.json().keySet()) {
            Part token = tokens.required(name);
            List<Integer> ids = new ArrayList<>();
            for (JsonElement each : token.array("ids")) {
                ids.add(id(each).orElseThrow(() -> token.wrong("ids", "a list of ids that the file has")));
            }
            if (ids.size() > MOST_PIECES) {
                throw token.wrong("ids", "at most " + MOST_PIECES + " ids");
            }
            special.put(name, ids);
        }
        List<Integer> first = new ArrayList<>();
        List<Integer> last = new ArrayList<>();
        boolean text = false;
        for (Part piece : part.objects("single", MOST_PIECES)) {
            if (piece.has("Sequence")) {
                if (text || !piece.required("Sequence").text("id").equals("A")) {
                    throw part.wrong("single", "one text, \"A\", and special tokens around it");
                }
                text = true;
            } else {
                (text ? last : first).addAll(special(piece, special));
            }
        }
        if (!text) {
            throw part.wrong("single", "one text, \"A\", and special tokens around it");
        }
        for (Part piece : part.has("pair") ? part.objects("pair", MOST_PIECES) : List.<Part>of()) {
            if (!piece.has("Sequence")) {
                special(piece, special);
            }
        }
        before.addAll(0, first);
        after.addAll(last);
    }

    private static List<Integer> special(Part piece, Map<String, List<Integer>> special) {
        Part token = piece.required("SpecialToken");
        List<Integer> ids = special.get(token.text("id"));
        if (ids == null) {
            throw token.wrong(
                    "id",
                    special.isEmpty()
                            ? "one of \"special_tokens\", which has none: write the token and its ids there"
                            : "one of \"special_tokens\": " + StrictJson.shown(String.join(", ", special.keySet())));
        }
        return ids;
    }
}
