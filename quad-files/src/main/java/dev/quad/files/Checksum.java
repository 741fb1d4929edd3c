// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * CRC-32C, by which what we wrote is known again: every change of up to 32 bits in a row is seen, and all but one in
 * four thousand million others, at the speed of memory. It guards against failing disks and copies, not against
 * forgery. For one thread.
 */
public final class Checksum {
    /** Hexadecimal digits of a checksum. */
    public static final int DIGITS = 8;

    private final CRC32C crc = new CRC32C();

    /** Of all of some bytes. */
    public static String of(byte[] bytes) {
        return new Checksum().add(bytes, 0, bytes.length).hex();
    }

    /** Of some bytes, as a number. */
    public static int crc(byte[] bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, count);
        return (int) crc.getValue();
    }

    /** Of all of a file. */
    public static String of(Path file) throws IOException {
        Checksum sum = new Checksum();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] block = new byte[1 << 16];
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                sum.add(block, 0, count);
            }
        }
        return sum.hex();
    }

    /** Adds bytes. */
    public Checksum add(byte[] bytes, int from, int count) {
        crc.update(bytes, from, count);
        return this;
    }

    /** Adds the remaining bytes of a buffer, whose position moves to its limit. */
    public Checksum add(ByteBuffer bytes) {
        crc.update(bytes);
        return this;
    }

    /** That of all bytes so far; more can be added. */
    public String hex() {
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
