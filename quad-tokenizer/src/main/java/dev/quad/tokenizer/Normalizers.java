// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.quad.InputException;
import java.nio.charset.StandardCharsets;

/** Checks a normalizer and writes it anew with the fields that the library reads. */
final class Normalizers {
    private static final String KNOWN =
            "BertNormalizer, Strip, StripAccents, NFC, NFD, NFKC, NFKD, Sequence, Lowercase,"
                    + " Nmt, Precompiled, Replace, Prepend, ByteLevel";

    private final Limits limits;

    Normalizers(Limits limits) {
        this.limits = limits;
    }

    JsonElement checked(Part part, int depth) {
        String type = part.type();
        JsonObject result = new JsonObject();
        result.addProperty("type", type);
        switch (type) {
            case "BertNormalizer" -> {
                result.addProperty("clean_text", part.flag("clean_text"));
                result.addProperty("handle_chinese_chars", part.flag("handle_chinese_chars"));
                result.add(
                        "strip_accents",
                        part.has("strip_accents") ? new JsonPrimitive(part.flag("strip_accents")) : JsonNull.INSTANCE);
                result.addProperty("lowercase", part.flag("lowercase"));
                limits.grow(part, 3);
            }
            case "Strip" -> {
                result.addProperty("strip_left", part.flag("strip_left"));
                result.addProperty("strip_right", part.flag("strip_right"));
            }
            case "NFD" -> limits.grow(part, 3);
            case "NFKC", "NFKD" -> limits.grow(part, 12);
            case "StripAccents", "NFC", "Lowercase", "Nmt" -> {}
            case "ByteLevel" -> limits.grow(part, 2);
            case "Precompiled" -> {
                try {
                    CharsMap.Checked map = CharsMap.check(part.text("precompiled_charsmap"));
                    limits.grow(part, map.growth());
                    result.addProperty("precompiled_charsmap", map.base64());
                } catch (IllegalArgumentException e) {
                    throw new InputException(
                            part.file() + ": \"" + part.name("precompiled_charsmap") + "\" is damaged: "
                                    + e.getMessage() + "; get a whole copy of the file",
                            e);
                }
            }
            case "Replace" -> {
                String content = part.text("content");
                result.add("pattern", limits.pattern(part, content));
                result.addProperty("content", content);
            }
            case "Prepend" -> {
                String prepend = part.text("prepend");
                if (prepend.isEmpty()) {
                    throw part.wrong("prepend", "one character or more");
                }
                limits.grow(part, 1 + prepend.getBytes(StandardCharsets.UTF_8).length);
                result.addProperty("prepend", prepend);
            }
            case "Sequence" -> {
                JsonArray inner = new JsonArray();
                for (Part each : limits.sequence(part, "normalizers", depth)) {
                    inner.add(checked(each, depth + 1));
                }
                result.add("normalizers", inner);
            }
            default -> throw part.unknownType(KNOWN);
        }
        return result;
    }
}
