// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;

/** Checks a pre-tokenizer and writes it anew with the fields that the library reads. */
final class PreTokenizers {
    private static final String KNOWN =
            "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Metaspace, Whitespace, Sequence,"
                    + " Split, Punctuation, WhitespaceSplit, Digits, UnicodeScripts, FixedLength";
    private static final List<String> BEHAVIOURS =
            List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

    private final Limits limits;

    PreTokenizers(Limits limits) {
        this.limits = limits;
    }

    JsonElement checked(Part part, int depth) {
        String type = part.type();
        JsonObject result = new JsonObject();
        result.addProperty("type", type);
        switch (type) {
            case "BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts" -> {}
            case "ByteLevel" -> {
                boolean space = part.flag("add_prefix_space");
                result.addProperty("add_prefix_space", space);
                result.addProperty("trim_offsets", part.flag("trim_offsets"));
                result.addProperty("use_regex", part.flag("use_regex", true));
                limits.grow(part, space ? 3 : 2);
            }
            case "CharDelimiterSplit" -> result.addProperty("delimiter", part.character("delimiter"));
            case "Digits" -> result.addProperty("individual_digits", part.flag("individual_digits"));
            case "Punctuation" -> {
                if (part.has("behavior")) {
                    result.addProperty("behavior", part.oneOf("behavior", BEHAVIOURS));
                }
            }
            case "FixedLength" ->
                result.addProperty("length", part.has("length") ? part.whole("length", 1, 1_000_000) : 5);
            case "Split" -> {
                result.add("pattern", limits.pattern(part, ""));
                result.addProperty("behavior", part.oneOf("behavior", BEHAVIOURS));
                result.addProperty("invert", part.flag("invert"));
            }
            case "Metaspace" -> metaspace(part, result);
            case "Sequence" -> {
                JsonArray inner = new JsonArray();
                for (Part each : limits.sequence(part, "pretokenizers", depth)) {
                    inner.add(checked(each, depth + 1));
                }
                result.add("pretokenizers", inner);
            }
            default -> throw part.unknownType(KNOWN);
        }
        return result;
    }

    private void metaspace(Part part, JsonObject result) {
        result.addProperty("replacement", part.character("replacement"));
        if (part.has("add_prefix_space")) {
            result.addProperty("add_prefix_space", part.flag("add_prefix_space"));
        }
        if (part.has("prepend_scheme")) {
            result.addProperty("prepend_scheme", part.oneOf("prepend_scheme", List.of("first", "never", "always")));
        }
        if (part.has("split")) {
            result.addProperty("split", part.flag("split"));
        }
        limits.grow(part, 4);
    }
}
