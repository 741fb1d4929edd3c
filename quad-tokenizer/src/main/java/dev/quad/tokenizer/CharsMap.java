// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;

/**
 * SentencePiece's {@code precompiled_charsmap}: the size of a trie in bytes, the trie as a double array of 32-bit units
 * (Darts), and a text of replacements that end with a zero. The library follows offsets without looking at the bounds,
 * so every one that some text can reach is followed here first.
 */
final class CharsMap {
    private static final int HIGHEST_BYTE = 0xF4; // of UTF-8

    private final int[] units;
    private final byte[] replacements;
    private int longest;

    private CharsMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /**
     * Checks a map and returns its length as base64 has it in its only right form.
     *
     * @return by how much it can make a text longer, and the map
     * @throws IllegalArgumentException if it is damaged; tells how
     */
    static Checked check(String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long size = bytes.length < 4 ? 0 : buffer.getInt() & 0xFFFFFFFFL;
        if (size < 4 || size > bytes.length - 4) {
            throw new IllegalArgumentException("its trie has " + size + " bytes of " + bytes.length);
        }
        int[] units = new int[(int) (size / 4)];
        buffer.asIntBuffer().get(units);
        byte[] rest = new byte[bytes.length - 4 - units.length * 4];
        buffer.position(4 + units.length * 4).get(rest);
        CharBuffer text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(rest));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("its replacements are not UTF-8", e);
        }
        assert text != null;
        CharsMap map = new CharsMap(units, rest);
        map.follow();
        return new Checked(Math.max(1, map.longest), Base64.getEncoder().encodeToString(bytes));
    }

    /** What {@link #check} found. */
    record Checked(int growth, String base64) {}

    private void follow() {
        BitSet seen = new BitSet(units.length);
        ArrayDeque<Integer> open = new ArrayDeque<>();
        open.add((int) offset(units[0]));
        while (!open.isEmpty()) {
            int node = open.remove();
            for (int letter = 1; letter <= HIGHEST_BYTE; letter++) {
                int at = within(node ^ letter);
                int unit = units[at];
                if (seen.get(at) || (unit & 0x800000FF) != letter) {
                    continue;
                }
                seen.set(at);
                int child = within(at ^ offset(unit));
                if ((unit >>> 8 & 1) == 1) {
                    replacement(units[child] & 0x7FFFFFFF);
                }
                open.add(child);
            }
        }
    }

    private static long offset(int unit) {
        return (long) (unit >>> 10) << ((unit & 0x200) >>> 6);
    }

    private int within(long at) {
        if (at >= units.length) {
            throw new IllegalArgumentException("its trie leads to " + at + " of " + units.length + " places");
        }
        return (int) at;
    }

    private void replacement(int start) {
        if (start > replacements.length || (start < replacements.length && (replacements[start] & 0xC0) == 0x80)) {
            throw new IllegalArgumentException("a replacement starts at byte " + start + " of " + replacements.length);
        }
        int end = start;
        while (end < replacements.length && replacements[end] != 0) {
            end++;
        }
        longest = Math.max(longest, end - start);
    }
}
