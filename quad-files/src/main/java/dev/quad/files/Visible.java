// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

/**
 * Makes characters visible that would otherwise act on a terminal, or on the order of what is read: control characters
 * (C0, DEL, C1), the separators of lines and paragraphs of Unicode, and the controls of writing direction. They are
 * written as JSON writes them, {@code \t}, {@code \}{@code u001b}, so that JSON which is printed stays what it was.
 */
public final class Visible {
    private static final int EXCERPT = 80;

    private Visible() {}

    /** A text for one line: line feeds too are made visible. */
    public static String line(String text) {
        if (text.codePoints().noneMatch(Visible::acts)) {
            return text;
        }
        StringBuilder result = new StringBuilder();
        text.codePoints().forEach(c -> append(result, c));
        return result.toString();
    }

    /** A text of several lines, as it stands in a page: line feeds and tabs stay. */
    public static String block(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == '\n' || c == '\t') {
                result.append((char) c);
            } else if (c != '\r') {
                append(result, c);
            }
        });
        return result.toString();
    }

    /** The start of a text that may be long, for a message. */
    public static String excerpt(String text) {
        int end = text.offsetByCodePoints(0, Math.min(EXCERPT, text.codePointCount(0, text.length())));
        return line(text.substring(0, end)) + (end < text.length() ? "…" : "");
    }

    /** Appends a character as it is, or made visible. */
    public static void append(StringBuilder target, int c) {
        if (!acts(c)) {
            target.appendCodePoint(c);
        } else if (c == '\n') {
            target.append("\\n");
        } else if (c == '\t') {
            target.append("\\t");
        } else if (c == '\r') {
            target.append("\\r");
        } else {
            code(target, c);
        }
    }

    /** Appends the code of a character, in two halves where it needs two. */
    public static void code(StringBuilder target, int c) {
        for (char half : Character.toChars(c)) {
            target.append(String.format("\\u%04x", (int) half));
        }
    }

    /** Whether a character does something other than to be shown. */
    public static boolean acts(int c) {
        return Character.isISOControl(c)
                || c == 0x2028
                || c == 0x2029
                || c == 0x061C
                || c == 0x200E
                || c == 0x200F
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }
}
