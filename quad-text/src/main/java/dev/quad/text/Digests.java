// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 over values of known length, so that different sequences of values never feed the same bytes. */
final class Digests {
    private final MessageDigest digest = sha256();
    private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    Digests add(long value) {
        digest.update(number.putLong(0, value).array());
        return this;
    }

    Digests add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        digest.update(bytes);
        return this;
    }

    Digests add(byte[] bytes) {
        digest.update(bytes);
        return this;
    }

    /** In hexadecimal. Starts over. */
    String end() {
        return HexFormat.of().formatHex(bytes());
    }

    /** As {@link #end}. */
    byte[] bytes() {
        return digest.digest();
    }

    /** The digest of a file's bytes. */
    static String ofFile(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = new FileInputStream(file.toFile())) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
