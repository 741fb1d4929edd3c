// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.quad.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object of a {@code tokenizer.json} and where it stands in it. Fields are taken by their type and range; a field
 * that does not fit is an error that names it. Null counts as absent.
 *
 * @param file for messages
 * @param at where it stands, such as {@code pre_tokenizer.pretokenizers[0]}
 */
record Part(String file, String at, JsonObject json) {

    String name(String field) {
        return at.isEmpty() ? field : at + "." + field;
    }

    InputException wrong(String field, String allowed) {
        JsonElement found = json.get(field);
        return new InputException(file + ": \"" + name(field) + "\" is "
                + (found == null ? "missing" : StrictJson.shown(found.toString())) + "; allowed is " + allowed);
    }

    private @Nullable JsonElement get(String field) {
        JsonElement value = json.get(field);
        return value == null || value.isJsonNull() ? null : value;
    }

    boolean has(String field) {
        return get(field) != null;
    }

    String type() {
        return text("type");
    }

    /** A type that is not known. */
    InputException unknownType(String known) {
        return wrong("type", "one of " + known);
    }

    String text(String field) {
        JsonElement value = get(field);
        if (value != null
                && value.isJsonPrimitive()
                && value.getAsJsonPrimitive().isString()) {
            return value.getAsString();
        }
        throw wrong(field, "a string");
    }

    Optional<String> optionalText(String field) {
        return has(field) ? Optional.of(text(field)) : Optional.empty();
    }

    /** A string that is one character. */
    String character(String field) {
        String text = text(field);
        if (text.codePointCount(0, text.length()) != 1) {
            throw wrong(field, "one character");
        }
        return text;
    }

    String oneOf(String field, List<String> allowed) {
        String text = text(field);
        if (!allowed.contains(text)) {
            throw wrong(field, "one of " + String.join(", ", allowed));
        }
        return text;
    }

    boolean flag(String field) {
        JsonElement value = get(field);
        if (value != null
                && value.isJsonPrimitive()
                && value.getAsJsonPrimitive().isBoolean()) {
            return value.getAsBoolean();
        }
        throw wrong(field, "true or false");
    }

    boolean flag(String field, boolean absent) {
        return has(field) ? flag(field) : absent;
    }

    int whole(String field, int least, int most) {
        return whole(get(field), least, most)
                .orElseThrow(() -> wrong(field, "a whole number of " + least + " to " + most));
    }

    /** A whole number in a range, or nothing. */
    static Optional<Integer> whole(@Nullable JsonElement value, int least, int most) {
        if (value == null
                || !value.isJsonPrimitive()
                || !value.getAsJsonPrimitive().isNumber()) {
            return Optional.empty();
        }
        if (value.getAsNumber() instanceof Integer number) {
            return number >= least && number <= most ? Optional.of(number) : Optional.empty();
        }
        String digits = value.getAsString();
        if (!digits.matches("\\d{1,10}") || Long.parseLong(digits) < least || Long.parseLong(digits) > most) {
            return Optional.empty();
        }
        return Optional.of(Integer.parseInt(digits));
    }

    static boolean isFinite(JsonElement value) {
        return value.isJsonPrimitive()
                && value.getAsJsonPrimitive().isNumber()
                && Double.isFinite(value.getAsNumber().doubleValue());
    }

    Optional<Part> object(String field) {
        JsonElement value = get(field);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isJsonObject()) {
            throw wrong(field, "an object or null");
        }
        return Optional.of(new Part(file, name(field), value.getAsJsonObject()));
    }

    Part required(String field) {
        return object(field).orElseThrow(() -> wrong(field, "an object"));
    }

    JsonArray array(String field) {
        if (get(field) instanceof JsonArray array) {
            return array;
        }
        throw wrong(field, "a list");
    }

    /** The objects of a list. */
    List<Part> objects(String field, int most) {
        JsonArray array = array(field);
        if (array.size() > most) {
            throw new InputException(
                    file + ": \"" + name(field) + "\" has " + array.size() + " entries; allowed are " + most);
        }
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (!array.get(i).isJsonObject()) {
                throw new InputException(file + ": \"" + name(field) + "[" + i + "]\" is "
                        + StrictJson.shown(array.get(i).toString()) + "; allowed is an object");
            }
            parts.add(new Part(file, name(field) + "[" + i + "]", array.get(i).getAsJsonObject()));
        }
        return parts;
    }

    /** The text or null, for what is handed on. */
    static JsonElement orNull(Optional<String> text) {
        return text.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }
}
