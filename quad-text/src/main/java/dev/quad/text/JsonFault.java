// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** Says what is wrong with a line of JSON in words for whoever made the file, not for whoever set the parser up. */
final class JsonFault {
    private static final Set<String> PYTHON = Set.of("None", "True", "False", "nan", "inf");

    private JsonFault() {}

    /** What a parser stumbled over. */
    static String of(JsonProcessingException e, byte[] bytes, int from, int length) {
        if (e instanceof StreamConstraintsException) {
            return String.format(
                    Locale.ROOT,
                    "is nested too deep; allowed are %,d objects and lists in one another",
                    Json.MAX_DEPTH);
        }
        if (e instanceof JsonEOFException end) {
            boolean inText = end.getTokenBeingDecoded() == JsonToken.VALUE_STRING
                    || (end.getTokenBeingDecoded() == JsonToken.FIELD_NAME
                            && e.getOriginalMessage().endsWith("in FIELD_NAME"));
            boolean inList = e.getProcessor() instanceof JsonParser parser
                    && parser.getParsingContext().inArray();
            String inside = inText ? "a string" : inList ? "a list" : "an object";
            return "ends inside " + inside + ": " + Excerpt.of(bytes, from, length)
                    + "; allowed is one whole object a line (is the file pretty-printed? jq -c . makes lines of it)";
        }
        int at = at(e, bytes, from, length);
        if (at == length) {
            return "ends too early: " + Excerpt.of(bytes, from, length) + "; allowed is one whole object a line";
        }
        if (isMark(bytes, from + at, from + length)) {
            return "has a byte order mark inside, at byte " + at
                    + " (were files joined without a line end?); allowed is one at the start of a line";
        }
        String word = word(bytes, from + at, from + length);
        return "is not JSON: " + wrong(word, bytes[from + at]) + " (column " + (at + 1) + " of "
                + Excerpt.of(bytes, from, length) + ")";
    }

    private static String wrong(String word, byte first) {
        if (first >= 0 && first < ' ') {
            return "the control character " + word
                    + " stands as it is; allowed is an escape such as \\n, \\t or \\u0000";
        }
        if (PYTHON.contains(word) || first == '\'') {
            return "unexpected " + word + ", as Python writes it; json.dumps in Python makes JSON";
        }
        return "unexpected " + word;
    }

    /** Where the fault is, from the start of the line. */
    private static int at(JsonProcessingException e, byte[] bytes, int from, int length) {
        long offset = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
        int at = (int) Math.max(0, Math.min(offset, length));
        while (at > 0 && at < length && (bytes[from + at] & 0xC0) == 0x80) {
            at--; // to the start of the character
        }
        return at;
    }

    private static boolean isMark(byte[] bytes, int at, int end) {
        return end - at >= 3
                && bytes[at] == (byte) 0xEF
                && bytes[at + 1] == (byte) 0xBB
                && bytes[at + 2] == (byte) 0xBF;
    }

    /** The word or the character that stands somewhere. */
    private static String word(byte[] bytes, int at, int end) {
        String rest = new String(bytes, at, Math.min(64, end - at), StandardCharsets.UTF_8);
        int length = 0;
        while (length < rest.length() && length < 20 && Character.isLetterOrDigit(rest.charAt(length))) {
            length++;
        }
        return Excerpt.of(rest.substring(0, length > 0 ? length : rest.offsetByCodePoints(0, 1)));
    }
}
