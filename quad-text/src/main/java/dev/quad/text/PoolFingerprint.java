// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The fingerprint of a pool: the SHA-256 of digests of its documents, in order, so that these can be made apart. The
 * same documents have the same fingerprint, in whatever files or tables they stand. For one thread.
 */
public final class PoolFingerprint {
    /** How many bytes the digest of a document has. */
    public static final int DIGEST_BYTES = 16;

    private final Digests digests = new Digests().add("quad.pool.2");
    private long documents;

    /**
     * The digest of a document: the first 128 bits of the SHA-256 of its id and text.
     *
     * @param id null where it was made from the name of a file or the place in a table, which is no content
     */
    public static byte[] digest(@Nullable String id, String text) {
        Objects.requireNonNull(text, "the text is null");
        byte[] whole = new Digests()
                .add(id == null ? 0 : 1)
                .add(id == null ? "" : id)
                .add(text)
                .bytes();
        return Arrays.copyOf(whole, DIGEST_BYTES);
    }

    /** Adds the digests of documents that follow, one after the other. */
    public PoolFingerprint add(byte[] some) {
        Objects.requireNonNull(some, "some digests are null");
        if (some.length % DIGEST_BYTES != 0) {
            throw new IllegalArgumentException(
                    "there are " + some.length + " bytes of digests; each document has " + DIGEST_BYTES);
        }
        digests.add(some);
        documents += some.length / DIGEST_BYTES;
        return this;
    }

    @Override
    public String toString() {
        return "fingerprint of " + documents + " documents";
    }

    /** In hexadecimal; nothing can be added afterwards. */
    public String hex() {
        return digests.end();
    }
}
