// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/** Shows a value in a message: short, on one line. */
final class Excerpt {
    private static final int LENGTH = 40;

    private Excerpt() {}

    static String of(String text) {
        StringBuilder shown = new StringBuilder();
        int end = Math.min(text.length(), LENGTH);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                shown.append(String.format("\\u%04x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return text.length() > LENGTH ? shown.append('…').toString() : shown.toString();
    }

    /** A path in full, with control characters as escapes. */
    static String whole(Path path) {
        StringBuilder shown = new StringBuilder();
        path.toString()
                .chars()
                .forEach(c -> shown.append(
                        Character.isISOControl(c) ? String.format("\\u%04x", c) : String.valueOf((char) c)));
        return shown.toString();
    }

    static String of(byte[] bytes, int from, int length) {
        return of(new String(bytes, from, Math.min(length, 4 * LENGTH), StandardCharsets.UTF_8));
    }

    static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }
}
