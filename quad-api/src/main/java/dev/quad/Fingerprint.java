// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Builds the digests by which stored things name what they were made from: SHA-256 over typed, length-prefixed parts,
 * so that no two different sequences of parts give the same bytes. For use by one thread.
 */
public final class Fingerprint {
    private final MessageDigest digest;
    private boolean ended;

    private Fingerprint(MessageDigest digest) {
        this.digest = digest;
    }

    /**
     * Starts a digest.
     *
     * @param kind what is fingerprinted, so that things of different kinds never agree
     */
    public static Fingerprint of(String kind) {
        Objects.requireNonNull(kind, "the kind of the fingerprint is null");
        try {
            return new Fingerprint(MessageDigest.getInstance("SHA-256")).add(kind);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Adds a text. */
    public Fingerprint add(String text) {
        byte[] bytes = Objects.requireNonNull(text, "a text of the fingerprint is null")
                .getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        digest.update(bytes);
        return this;
    }

    /** Adds a number. */
    public Fingerprint add(long number) {
        if (ended) {
            throw new IllegalStateException("the fingerprint was taken; start another one");
        }
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return this;
    }

    /** Adds the remaining bytes of a buffer, whose position moves to its limit. */
    public Fingerprint add(ByteBuffer bytes) {
        Objects.requireNonNull(bytes, "the bytes are null");
        add(bytes.remaining());
        digest.update(bytes);
        return this;
    }

    /**
     * The digest as 64 hexadecimal digits; ends this builder.
     *
     * @throws IllegalStateException if it was taken before
     */
    public String hex() {
        if (ended) {
            throw new IllegalStateException("the fingerprint was taken; start another one");
        }
        ended = true;
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public String toString() {
        return ended ? "fingerprint, taken" : "fingerprint, not taken yet";
    }
}
