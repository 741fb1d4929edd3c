// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Damages a {@code tokenizer.json}: bytes, or nodes of its tree. */
final class Mutations {
    private static final List<JsonElement> EXTREMES = List.of(
            JsonNull.INSTANCE,
            new JsonPrimitive(0),
            new JsonPrimitive(-1),
            new JsonPrimitive(1),
            new JsonPrimitive(2147483647),
            new JsonPrimitive(4294967295L),
            new JsonPrimitive(1 << 30),
            new JsonPrimitive(new BigDecimal("1e300")),
            new JsonPrimitive(0.5),
            new JsonPrimitive(true),
            new JsonPrimitive(false),
            new JsonPrimitive(""),
            new JsonPrimitive(" "),
            new JsonPrimitive("a"),
            new JsonPrimitive("\u0000"),
            new JsonPrimitive("▁"),
            new JsonPrimitive("é\u0301"),
            new JsonPrimitive("\uFDFA".repeat(20)),
            new JsonPrimitive("a".repeat(3000)),
            new JsonPrimitive("(a+)+b"),
            new JsonPrimitive("[^x]+y|"),
            new JsonPrimitive(".*"),
            new JsonPrimitive("AAAA"),
            new JsonArray(),
            new JsonObject());
    private static final List<String> PARTS = List.of(
            "{\"type\":\"FixedLength\",\"length\":3}",
            "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}",
            "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\"},\"content\":\"x\"}",
            "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\".*\"},\"content\":\"\"}",
            "{\"type\":\"Replace\",\"pattern\":{\"String\":\"e\"},\"content\":\"\"}",
            "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"x*\"},\"content\":\"é\"}",
            "{\"type\":\"StripAccents\"}",
            "{\"type\":\"NFKD\"}",
            "{\"type\":\"Nmt\"}",
            "{\"type\":\"ByteLevel\"}",
            "{\"type\":\"Prepend\",\"prepend\":\"\"}",
            "{\"type\":\"Lowercase\"}",
            "{\"type\":\"UnicodeScripts\"}",
            "{\"type\":\"Digits\",\"individual_digits\":true}",
            "{\"type\":\"Punctuation\",\"behavior\":\"MergedWithNext\"}",
            "{\"type\":\"Metaspace\",\"replacement\":\"a\",\"prepend_scheme\":\"first\",\"split\":true}",
            "{\"type\":\"CharDelimiterSplit\",\"delimiter\":\"e\"}",
            "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a*\"},\"behavior\":\"Contiguous\",\"invert\":true}",
            "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s*x|\"},\"behavior\":\"MergedWithPrevious\",\"invert\":false}",
            "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
            "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":true,\"lowercase\":true}");

    private record Place(JsonElement parent, String member, int index) {
        JsonElement value() {
            return parent instanceof JsonObject object
                    ? object.get(member)
                    : parent.getAsJsonArray().get(index);
        }

        void set(JsonElement value) {
            if (parent instanceof JsonObject object) {
                object.add(member, value);
            } else {
                parent.getAsJsonArray().set(index, value);
            }
        }
    }

    private Mutations() {}

    static String of(String json, Random random) {
        if (random.nextInt(4) == 0) {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                bytes[random.nextInt(Math.min(bytes.length, 3000))] =
                        (byte) (random.nextBoolean() ? random.nextInt(256) : 32 + random.nextInt(95));
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
        JsonObject root = JsonParser.parseString(json).getAsJsonObject();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            change(root, random);
        }
        return root.toString();
    }

    private static void change(JsonObject root, Random random) {
        if (random.nextInt(3) == 0) {
            JsonElement part = JsonParser.parseString(PARTS.get(random.nextInt(PARTS.size())));
            String place = random.nextBoolean() ? "normalizer" : "pre_tokenizer";
            JsonElement before = root.get(place);
            if (before != null && before.isJsonObject() && random.nextBoolean()) {
                JsonArray both = new JsonArray();
                boolean first = random.nextBoolean();
                both.add(first ? before : part);
                both.add(first ? part : before);
                JsonObject sequence = new JsonObject();
                sequence.addProperty("type", "Sequence");
                sequence.add(place.equals("normalizer") ? "normalizers" : "pretokenizers", both);
                part = sequence;
            }
            root.add(place, part);
            return;
        }
        List<Place> places = new ArrayList<>();
        collect(root, places, 0);
        Place place = places.get(random.nextInt(places.size()));
        Place other = places.get(random.nextInt(places.size()));
        switch (random.nextInt(6)) {
            case 0 -> {
                if (place.parent() instanceof JsonObject object) {
                    object.remove(place.member());
                }
            }
            case 1 -> place.set(other.value().deepCopy());
            case 2 -> {
                if (place.value() instanceof JsonArray array && !array.isEmpty()) {
                    array.add(array.get(random.nextInt(array.size())).deepCopy());
                }
            }
            case 3 -> {
                if (place.value().isJsonPrimitive()
                        && place.value().getAsJsonPrimitive().isBoolean()) {
                    place.set(new JsonPrimitive(!place.value().getAsBoolean()));
                }
            }
            default -> place.set(EXTREMES.get(random.nextInt(EXTREMES.size())).deepCopy());
        }
    }

    /** All nodes, of long lists and objects a few. */
    private static void collect(JsonElement node, List<Place> places, int depth) {
        if (node instanceof JsonObject object) {
            int taken = 0;
            for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
                if (taken++ > 12) {
                    break;
                }
                places.add(new Place(object, entry.getKey(), 0));
                collect(entry.getValue(), places, depth + 1);
            }
        } else if (node instanceof JsonArray array) {
            for (int i = 0; i < Math.min(6, array.size()); i++) {
                places.add(new Place(array, "", i));
                collect(array.get(i), places, depth + 1);
            }
        }
    }
}
