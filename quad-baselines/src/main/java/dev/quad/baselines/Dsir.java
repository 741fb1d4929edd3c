// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.DocumentScorer;
import dev.quad.Fingerprint;
import dev.quad.FittedScorer;
import dev.quad.Seed;
import dev.quad.text.Document;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;

/**
 * Data selection by importance resampling (Xie et al., 2023): the log importance weight of a document,
 *
 * <p>{@code ln w(z) = Σ_b c_b(z) [ln(p_b + 1e-8) − ln(q_b + 1e-8)]},
 *
 * <p>with c_b how many of its words and pairs of words fall into bucket b of 10,000, p the shares of the buckets in the
 * reference and q those in the pool. Meant to be drawn from by {@link dev.quad.Draw#gumbel} at temperature 1, or by
 * {@link dev.quad.Draw#top}. In nats, 0 where reference and pool are as likely to have written it.
 *
 * <p>The sum grows with the length of a document, so that this is in part a filter of lengths; {@link #perWord} is not.
 * A bucket that the reference lacks costs some 5 to 9 nats each time it occurs, so that a small reference wants a
 * {@link #pseudoCount}. A text without a word is flagged.
 *
 * <p>Cost: one pass over the characters. Memory: 80 KB, and a sample of the pool while it learns.
 */
public final class Dsir implements DocumentScorer<Document> {
    /** As its authors have it. */
    public static final int DEFAULT_BUCKETS = 10_000;

    private static final double LEAST = 1e-8;
    /** A word and a pair may begin at each byte. */
    private static final double FLOPS_PER_BYTE = 2;
    /** Two sums, shares and logarithms, and a difference. */
    private static final double FLOPS_PER_BUCKET = 7;

    private final int buckets;
    private final boolean exact;
    private final double pseudoCount;
    private final boolean perWord;

    private Dsir(int buckets, boolean exact, double pseudoCount, boolean perWord) {
        this.buckets = buckets;
        this.exact = exact;
        this.pseudoCount = pseudoCount;
        this.perWord = perWord;
    }

    /** With another hash than its authors', about ten times as fast; q is from a sample of 32 million characters. */
    public static Dsir fast() {
        return new Dsir(DEFAULT_BUCKETS, false, 0, false);
    }

    /** With the buckets of the authors' code, SHA-256 modulo their number; of a pool of any size q is from a sample. */
    public static Dsir exact() {
        return new Dsir(DEFAULT_BUCKETS, true, 0, false);
    }

    /** Divides the score by the number of words and pairs. */
    public Dsir perWord() {
        return new Dsir(buckets, exact, pseudoCount, true);
    }

    /**
     * Adds to the count of each bucket of the reference.
     *
     * @param value {@code >= 0} and finite; 0 unless set, as in the authors' code
     */
    public Dsir pseudoCount(double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the pseudo-count is " + value + "; allowed is 0 or more, and finite");
        }
        return new Dsir(buckets, exact, value, perWord);
    }

    /**
     * Another number of buckets.
     *
     * @param value in {@code [2, 2^24]}
     */
    public Dsir buckets(int value) {
        if (value < 2 || value > 1 << 24) {
            throw new IllegalArgumentException("buckets is " + value + "; allowed is 2 to " + (1 << 24));
        }
        return new Dsir(value, exact, pseudoCount, perWord);
    }

    @Override
    public String id() {
        return "dsir(" + (exact ? "exact" : "fast") + ", buckets=" + buckets + ", pseudoCount=" + pseudoCount
                + (perWord ? ", per word" : "") + ")";
    }

    @Override
    public FittedScorer<Document> fit(CandidatePool<Document> pool, List<? extends Document> reference, Seed seed) {
        PoolSample.require("dsir", pool, reference, seed);
        long start = System.nanoTime();
        double[] wanted = shares("the reference", reference, pseudoCount);
        double[] usual = shares(
                "the pool", PoolSample.of(pool, Integer.MAX_VALUE, PoolSample.DEFAULT_CHARS, seed, "dsir.sample"), 0);
        double[] weights = new double[buckets];
        for (int b = 0; b < buckets; b++) {
            boolean isSeen = wanted[b] > 0 || usual[b] > 0;
            weights[b] = isSeen ? StrictMath.log(wanted[b] + LEAST) - StrictMath.log(usual[b] + LEAST) : 0;
        }
        ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * buckets);
        bytes.asDoubleBuffer().put(weights);
        Fingerprint learned = Fingerprint.of("dsir").add(bytes);
        return new TextScores(id(), learned, start, FLOPS_PER_BYTE) {
            @Override
            public OptionalDouble fitFlops() {
                return OptionalDouble.of(FLOPS_PER_BUCKET * buckets);
            }

            @Override
            double score(String text) {
                double[] sum = new double[1];
                long[] words = new long[1];
                forEach(text, bucket -> {
                    sum[0] += weights[bucket];
                    words[0]++;
                });
                return words[0] == 0 ? Double.NaN : perWord ? sum[0] / words[0] : sum[0];
            }
        };
    }

    private double[] shares(String where, List<? extends Document> documents, double added) {
        long[] counts = new long[buckets];
        documents.forEach(document -> forEach(document.text(), bucket -> counts[bucket]++));
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        if (sum == 0) {
            throw new IllegalArgumentException(where + " has no word: dsir compares the words of both");
        }
        double[] shares = new double[buckets];
        for (int b = 0; b < buckets; b++) {
            shares[b] = (counts[b] + added) / (sum + added * buckets);
        }
        return shares;
    }

    private void forEach(String text, IntConsumer bucket) {
        if (exact) {
            MessageDigest sha256 = sha256();
            ngrams(text).forEach(ngram -> bucket.accept(bucket(sha256.digest(ngram.getBytes(StandardCharsets.UTF_8)))));
        } else {
            WordHashes.forEach(text, false, hash -> bucket.accept((int) (((hash >>> 32) * buckets) >>> 32)));
        }
    }

    /** Words, and pairs of words with a space between. */
    private static List<String> ngrams(String text) {
        String small = text.toLowerCase(Locale.ROOT);
        List<String> ngrams = new ArrayList<>();
        String before = "";
        int i = 0;
        while (i < small.length()) {
            int c = small.codePointAt(i);
            int from = i;
            i += Character.charCount(c);
            if (WordHashes.isSpace(c)) {
                continue;
            }
            boolean letters = WordHashes.isLetter(c);
            while (i < small.length()
                    && !WordHashes.isSpace(small.codePointAt(i))
                    && WordHashes.isLetter(small.codePointAt(i)) == letters) {
                i += Character.charCount(small.codePointAt(i));
            }
            String word = small.substring(from, i);
            ngrams.add(word);
            if (!before.isEmpty()) {
                ngrams.add(before + " " + word);
            }
            before = word;
        }
        return ngrams;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** A digest as a number without sign, modulo the buckets. */
    private int bucket(byte[] digest) {
        ByteBuffer bytes = ByteBuffer.wrap(digest);
        long rest = 0;
        while (bytes.hasRemaining()) {
            rest = (rest << Integer.SIZE | Integer.toUnsignedLong(bytes.getInt())) % buckets;
        }
        return (int) rest;
    }

    @Override
    public String toString() {
        return id();
    }
}
