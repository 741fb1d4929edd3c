// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.quad.InputException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a JSON object so that no other reader can understand it otherwise: nothing beyond the standard, no name twice
 * in an object, no half of a surrogate pair, no number of more than {@value #DIGITS} characters, at most
 * {@value #DEPTH} levels.
 */
final class StrictJson {
    private static final int DEPTH = 64;
    private static final int DIGITS = 64;
    private static final Pattern PLACE = Pattern.compile("at line (\\d+) column (\\d+)");

    private final String name;
    private final JsonReader reader;

    private StrictJson(String name, JsonReader reader) {
        this.name = name;
        this.reader = reader;
    }

    /** @throws InputException if it is something else; names the line */
    static JsonObject object(String name, String text) {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(DEPTH);
        StrictJson json = new StrictJson(name, reader);
        try {
            if (reader.peek() != JsonToken.BEGIN_OBJECT) {
                throw json.wrong("is not a JSON object");
            }
            JsonObject result = (JsonObject) json.element();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw json.wrong("is not JSON: something follows the object");
            }
            return result;
        } catch (EOFException | MalformedJsonException e) {
            String message = String.valueOf(e.getMessage());
            String what = message.startsWith("Nesting limit")
                    ? "is nested more than " + DEPTH + " levels deep"
                    : "is not JSON";
            throw new InputException(name + " " + what + place(message) + "; get a whole copy of the file", e);
        } catch (IOException e) {
            throw new IllegalStateException("a string cannot fail to be read", e);
        }
    }

    private JsonElement element() throws IOException {
        switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                return members();
            }
            case BEGIN_ARRAY -> {
                JsonArray array = new JsonArray();
                reader.beginArray();
                while (reader.hasNext()) {
                    array.add(element());
                }
                reader.endArray();
                return array;
            }
            case STRING -> {
                return new JsonPrimitive(wellFormed(reader.nextString()));
            }
            case NUMBER -> {
                return number(reader.nextString());
            }
            case BOOLEAN -> {
                return new JsonPrimitive(reader.nextBoolean());
            }
            default -> {
                reader.nextNull();
                return JsonNull.INSTANCE;
            }
        }
    }

    private JsonObject members() throws IOException {
        JsonObject object = new JsonObject();
        reader.beginObject();
        while (reader.hasNext()) {
            String member = wellFormed(reader.nextName());
            int before = object.size();
            object.add(member, element());
            if (object.size() == before) {
                throw wrong("has the name \"" + shown(member) + "\" twice in one object");
            }
        }
        reader.endObject();
        return object;
    }

    private JsonPrimitive number(String text) {
        if (text.length() > DIGITS) {
            throw wrong("has a number of " + text.length() + " characters");
        }
        return isShortWhole(text) ? new JsonPrimitive(Integer.parseInt(text)) : new JsonPrimitive(new BigDecimal(text));
    }

    private static boolean isShortWhole(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        return digits == text.length() && digits < 10;
    }

    private String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSurrogatePair(text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 'a')) {
                    throw wrong("has half of a surrogate pair (such as \\ud83d alone) in a string");
                }
                i++;
            }
        }
        return text;
    }

    private InputException wrong(String what) {
        return new InputException(name + " " + what + place(reader.toString()) + "; get a whole copy of the file");
    }

    private static String place(String message) {
        Matcher place = PLACE.matcher(message);
        return place.find() ? " (line " + place.group(1) + ", column " + place.group(2) + ")" : "";
    }

    /** The start of a text that may be long. */
    static String shown(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
