// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Checks that bytes and strings are well-formed Unicode. For one thread. */
final class Utf8 {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports, never replaces
    private final CharBuffer scratch = CharBuffer.allocate(8192);

    /** Where, counted from {@code from}, the bytes stop being UTF-8; −1 if they do not. */
    int firstInvalid(byte[] bytes, int from, int length) {
        ByteBuffer rest = ByteBuffer.wrap(bytes, from, length);
        decoder.reset();
        CoderResult result;
        do {
            scratch.clear();
            result = decoder.decode(rest, scratch, true);
        } while (result.isOverflow());
        return result.isError() ? rest.position() - from : -1;
    }

    /** Where the text has half of a surrogate pair; −1 if nowhere. */
    static int firstLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }

    /** How many bytes a well-formed text takes. */
    static long length(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return bytes;
    }
}
