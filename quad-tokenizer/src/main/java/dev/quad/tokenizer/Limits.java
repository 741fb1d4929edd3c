// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import com.google.gson.JsonObject;
import dev.quad.InputException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the normalizers and pre-tokenizers of a file may cost: by how much they make a text longer, and the patterns
 * that they look for.
 */
final class Limits {
    /** Beyond the longest that a Unicode form needs, several times over. */
    static final int MOST_GROWTH = 4096;

    /** What a text may become, in bytes; the library keeps sixteen more for each. */
    private static final long MOST_BYTES = 1L << 30;

    private static final int MOST_PARTS = 64;
    private static final int MOST_DEPTH = 4;
    private static final int MOST_PATTERN = 10_000;

    private final List<Guard> guards = new ArrayList<>();
    private double growth = 1;

    /** Takes note of a part that can make a text that many times as long. */
    void grow(Part part, double times) {
        growth *= Math.max(1, times);
        if (growth > MOST_GROWTH) {
            throw new InputException(part.file() + ": \"" + part.at()
                    + "\" and those before it can make a text more than " + MOST_GROWTH + " times as long");
        }
    }

    /** The parts of a sequence. */
    List<Part> sequence(Part part, String field, int depth) {
        if (depth >= MOST_DEPTH) {
            throw new InputException(
                    part.file() + ": \"" + part.at() + "\" is a sequence in more than " + MOST_DEPTH + " others");
        }
        return part.objects(field, MOST_PARTS);
    }

    /** The pattern of a part, whose matches are replaced by {@code content} or cut at. */
    JsonObject pattern(Part part, String content) {
        Part pattern = part.required("pattern");
        boolean literal = pattern.has("String");
        if (literal == pattern.has("Regex")) {
            throw part.wrong("pattern", "{\"String\": …} or {\"Regex\": …}");
        }
        String field = literal ? "String" : "Regex";
        String text = pattern.text(field);
        int least;
        if (text.isEmpty() || text.length() > MOST_PATTERN) {
            throw pattern.wrong(field, "a pattern of 1 to " + MOST_PATTERN + " characters");
        }
        if (literal) {
            least = text.getBytes(StandardCharsets.UTF_8).length;
        } else {
            try {
                RegexCheck check = RegexCheck.of(text);
                least = check.least();
                guards.add(new Guard(check.translated(), pattern.name(field)));
            } catch (IllegalArgumentException e) {
                throw new InputException(
                        part.file() + ": \"" + pattern.name(field) + "\" is " + StrictJson.shown(text) + ", which "
                                + e.getMessage(),
                        e);
            }
        }
        if (least == 0 && part.type().equals("Replace")) {
            throw pattern.wrong(field, "a pattern that matches at least one character");
        }
        int length = content.getBytes(StandardCharsets.UTF_8).length;
        grow(part, (double) length / Math.max(1, least));
        JsonObject result = new JsonObject();
        result.addProperty(field, text);
        return result;
    }

    double growth() {
        return growth;
    }

    /** Fails if a text would take too much time or memory. */
    void check(String text) {
        if (text.length() * 3L * growth > MOST_BYTES && bytes(text) * growth > MOST_BYTES) {
            throw new InputException("the text of " + text.length() + " characters can become "
                    + (long) (bytes(text) * growth) + " bytes in the tokenizer; allowed are " + MOST_BYTES
                    + ", so cut the document");
        }
        guards.forEach(guard -> guard.check(text));
    }

    private static long bytes(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
