// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The last field of each line of a journal: the CRC-32C of that field of the line before and of the line up to the
 * field. So a line that was changed shows, and so does one that is missing.
 */
final class Checksum {
    private static final int DIGITS = 8;
    private static final String START = ",\"crc\":\"";
    private static final String END = "\"}\n";
    private static final int LENGTH = START.length() + DIGITS + END.length();

    private String last = "";

    /** A line <code>{…}\n</code> with the field at its end; goes into the sum of the next. */
    byte[] append(byte[] line) {
        last = sum(line);
        return with(line, last);
    }

    /** What {@link #append} gives, without taking it into the sum. */
    byte[] appendedTo(byte[] line) {
        return with(line, sum(line));
    }

    private String sum(byte[] line) {
        CRC32C crc = new CRC32C();
        crc.update(last.getBytes(StandardCharsets.US_ASCII));
        crc.update(line, 0, line.length - 2);
        return hex(crc.getValue());
    }

    private static byte[] with(byte[] line, String hex) {
        byte[] field = (START + hex + END).getBytes(StandardCharsets.US_ASCII);
        byte[] whole = Arrays.copyOf(line, line.length - 2 + field.length);
        System.arraycopy(field, 0, whole, line.length - 2, field.length);
        return whole;
    }

    /** A line without the field, for those that read its content; as it is if it has none. */
    static byte[] without(byte[] line) {
        int end = line.length - LENGTH;
        if (end < 1 || !isAt(line, end, START) || !isAt(line, line.length - END.length(), END)) {
            return line;
        }
        byte[] content = Arrays.copyOf(line, end + 2);
        content[end] = '}';
        content[end + 1] = '\n';
        return content;
    }

    /**
     * Takes a line into the sum if its field is right.
     *
     * @throws IOException if it is not
     */
    @SuppressWarnings({"ReferenceEquality", "ArrayEquals"}) // the same array where nothing was taken off
    void check(byte[] line) throws IOException {
        byte[] content = without(line);
        if (content == line) {
            throw new IOException("its checksum is missing");
        }
        String expected = sum(content);
        String found = new String(line, line.length - LENGTH + START.length(), DIGITS, StandardCharsets.US_ASCII);
        if (!expected.equals(found)) {
            throw new IOException("its checksum is " + found + " and should be " + expected
                    + ", so that this line was changed, or one before it is missing");
        }
        last = found;
    }

    private static boolean isAt(byte[] line, int from, String text) {
        return new String(line, from, text.length(), StandardCharsets.ISO_8859_1).equals(text);
    }

    private static String hex(long value) {
        StringBuilder hex = new StringBuilder(Long.toHexString(value));
        while (hex.length() < DIGITS) {
            hex.insert(0, '0');
        }
        return hex.toString();
    }
}
