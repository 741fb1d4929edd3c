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
import java.util.stream.LongStream;

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

    /** Reads the whole pool once, on the threads of the current fork-join pool; their number changes no result. */
    public static Duplicates find(CandidatePool<Document> pool) {
        return find(pool, List.of());
    }

    /** As the other, and counts the documents that have the text of one of others, such as of a reference. */
    public static Duplicates find(CandidatePool<Document> pool, List<Document> others) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(others, "the others are null; allowed is an empty list");
        Search search = new Search();
        MessageDigest digest = Digests.sha256();
        others.forEach(document -> search.others.add(Hash.of(digest, document)));
        DocumentFunctions.map(pool, Duplicates::hashes, search::add);
        return new Duplicates(search.repeats, pool.size(), search.inOthers);
    }

    /** Two numbers for each document. */
    private static long[] hashes(List<Document> documents) {
        MessageDigest digest = Digests.sha256();
        return documents.stream()
                .map(document -> Hash.of(digest, document))
                .flatMapToLong(hash -> LongStream.of(hash.high(), hash.low()))
                .toArray();
    }

    /** The texts seen so far. */
    private static final class Search {
        private final Set<Hash> others = new HashSet<>();
        private final OrdinalTable texts = new OrdinalTable();
        private long[] lowBits = new long[1024];
        private final BitSet repeats = new BitSet();
        private int seen;
        private int inOthers;

        void add(long... hashes) {
            for (int i = 0; i < hashes.length; i += 2) {
                add(new Hash(hashes[i], hashes[i + 1]));
            }
        }

        private void add(Hash hash) {
            inOthers += others.contains(hash) ? 1 : 0;
            if (texts.size() == lowBits.length) {
                lowBits = Arrays.copyOf(lowBits, (int) Math.min(2L * lowBits.length, Integer.MAX_VALUE - 8));
            }
            lowBits[texts.size()] = hash.low();
            if (texts.findOrAdd(hash.high(), number -> lowBits[number] == hash.low()) >= 0) {
                repeats.set(seen);
            }
            seen++;
        }
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
