// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import java.util.function.LongConsumer;

/**
 * Words, and pairs of neighbouring words, as hashes of 64 bits: what the expression {@code \w+|[^\w\s]+} finds in a
 * text in small letters, {@code \w} and {@code \s} being what they are in Python, so that a run of signs is a word too.
 * The same on every JDK but for characters that its version of Unicode does not know.
 */
final class WordHashes {
    private static final long MULTIPLIER = 0x9FB2_1C65_1E98_DF25L;
    private static final int SPACE = 0;
    private static final int LETTER = 1;
    private static final int SIGN = 2;
    private static final int LINE = 3;
    private static final byte[] KIND = new byte[128];

    static {
        for (int c = 0; c < KIND.length; c++) {
            KIND[c] = (byte) kindOf(c);
        }
    }

    private WordHashes() {}

    /**
     * Hands over each word, and after it the pair that it ends.
     *
     * @param lines whether the end of a line is a word
     */
    static void forEach(String text, boolean lines, LongConsumer feature) {
        long before = 0;
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            int kind = c < KIND.length ? KIND[c] : kindOf(c);
            i += Character.charCount(c);
            if (kind == SPACE || (kind == LINE && !lines)) {
                continue;
            }
            long state = add(0, Character.toLowerCase(c));
            while (kind != LINE && i < text.length()) {
                c = text.codePointAt(i);
                if ((c < KIND.length ? KIND[c] : kindOf(c)) != kind) {
                    break;
                }
                state = add(state, Character.toLowerCase(c));
                i += Character.charCount(c);
            }
            long word = mix(state);
            feature.accept(word);
            if (before != 0) {
                feature.accept(mix(before * 31 + word));
            }
            before = word;
        }
    }

    /** Whether a character belongs to words as letters do. */
    static boolean isLetter(int c) {
        int type = Character.getType(c);
        return c == '_'
                || Character.isLetterOrDigit(c)
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private static int kindOf(int c) {
        return c == '\n' ? LINE : isLetter(c) ? LETTER : isSpace(c) ? SPACE : SIGN;
    }

    private static long add(long state, int value) {
        return (Long.rotateLeft(state, 23) ^ (value + 1)) * MULTIPLIER;
    }

    static long mix(long state) {
        long y = (state ^ (state >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        y = (y ^ (y >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return y ^ (y >>> 31);
    }
}
