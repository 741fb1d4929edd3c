// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Which documents of a pool have the text of an earlier one. Texts count as the same when they are after Unicode
 * normalisation (NFKC), lower-casing, and taking each run of white space for one space. They are compared by 128 bits
 * of SHA-256. Immutable; one bit a document, and some 32 bytes a text while searching.
 */
public final class Duplicates {
    private final BitSet repeats;
    private final int size;
    private final int inOthers;

    private Duplicates(BitSet repeats, int size, int inOthers) {
        this.repeats = repeats;
        this.size = size;
        this.inOthers = inOthers;
    }

    /** Reads the whole pool once. */
    public static Duplicates find(CandidatePool<Document> pool) {
        return find(pool, List.of());
    }

    /** As the other, and counts the documents that have the text of one of others, such as of a reference. */
    public static Duplicates find(CandidatePool<Document> pool, List<Document> others) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(others, "the others are null; allowed is an empty list");
        BitSet repeats = new BitSet();
        MessageDigest digest = Digests.sha256();
        Set<Hash> known = new HashSet<>();
        others.forEach(document -> known.add(Hash.of(digest, document)));
        int inOthers = 0;
        OrdinalTable texts = new OrdinalTable();
        long[] lowBits = new long[1024];
        for (int ordinal = 0; ordinal < pool.size(); ordinal++) {
            Hash hash = Hash.of(digest, pool.get(ordinal));
            inOthers += known.contains(hash) ? 1 : 0;
            long low = hash.low();
            if (texts.size() == lowBits.length) {
                lowBits = Arrays.copyOf(lowBits, (int) Math.min(2L * lowBits.length, Integer.MAX_VALUE - 8));
            }
            lowBits[texts.size()] = low;
            long[] lows = lowBits;
            if (texts.findOrAdd(hash.high(), number -> lows[number] == low) >= 0) {
                repeats.set(ordinal);
            }
        }
        return new Duplicates(repeats, pool.size(), inOthers);
    }

    /** What texts are compared by: equal, up to chance, for those that count as the same. */
    public static String key(Document document) {
        Hash hash = Hash.of(Digests.sha256(), Objects.requireNonNull(document, "the document is null"));
        return String.format("%016x%016x", hash.high(), hash.low());
    }

    /** 128 bits of a text. */
    private record Hash(long high, long low) {
        static Hash of(MessageDigest digest, Document document) {
            byte[] text = normalise(document.text()).getBytes(StandardCharsets.UTF_8);
            ByteBuffer bytes = ByteBuffer.wrap(digest.digest(text));
            return new Hash(bytes.getLong(), bytes.getLong());
        }
    }

    static String normalise(String text) {
        String lower = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        StringBuilder result = new StringBuilder(lower.length());
        boolean gap = false;
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i);
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                gap = true;
            } else {
                if (gap && result.length() > 0) {
                    result.append(' ');
                }
                gap = false;
                result.append(c);
            }
        }
        return result.toString();
    }

    /** The number of documents looked at. */
    public int size() {
        return size;
    }

    /** How many documents have the text of an earlier one. */
    public int count() {
        return repeats.cardinality();
    }

    /** How many documents have the text of one of the others that {@link #find(CandidatePool, List)} was given. */
    public int countInOthers() {
        return inOthers;
    }

    /** Whether no earlier document has this text. */
    public boolean isFirst(int ordinal) {
        return !repeats.get(Objects.checkIndex(ordinal, size));
    }

    /** Accepts the ordinals of the documents that are the first with their text. */
    public IntPredicate eligible() {
        return this::isFirst;
    }

    @Override
    public String toString() {
        return count() + " of " + size + " texts repeat another";
    }
}
