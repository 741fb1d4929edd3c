// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.nio.charset.StandardCharsets;

/**
 * The checksum that a safetensors file of ours carries in its own metadata: that of the whole file with zeros in the
 * place of its digits, which are put there last. So one file proves itself, and is a plain safetensors file to others.
 */
public final class Seal {
    static final String KEY = "quad.crc32c";
    static final String OPEN = "0".repeat(Checksum.DIGITS);

    private static final byte[] MARK = ("\"" + KEY + "\":\"").getBytes(StandardCharsets.US_ASCII);

    private Seal() {}

    /**
     * Where the digits stand among the first bytes of a file, length and header; −1 if it has none. A quotation mark
     * inside a text of JSON has a backslash before it, so that no text looks like the mark.
     */
    public static int find(byte[] start) {
        int last = start.length - MARK.length - Checksum.DIGITS;
        for (int at = 0; at <= last; at++) {
            int same = 0;
            while (same < MARK.length && start[at + same] == MARK[same]) {
                same++;
            }
            if (same == MARK.length) {
                return at + same;
            }
        }
        return -1;
    }
}
