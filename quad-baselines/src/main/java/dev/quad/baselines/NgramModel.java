// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Fingerprint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A language model that counts runs of bytes: interpolated modified Kneser-Ney (Chen and Goodman, 1999, section 3),
 *
 * <p>{@code p(w | h) = max(c(hw) − D(c(hw)), 0) / c(h) + λ(h) p(w | h′)},
 *
 * <p>where h are the {@code order − 1} bytes before w, h′ is h without its first byte, c are counts in the longest runs
 * and, in shorter ones, of different bytes before them, D are three discounts an order (for counts of 1, of 2, and of 3
 * and more) by counts of counts, and λ is what makes the sum 1. Below runs of one byte stands the uniform distribution
 * of 256 bytes, so that every text has a finite loss. A text begins after bytes of 0; its end is not predicted.
 *
 * <p>Losses are in nats, {@code >= 0}, lower where the text is more like those trained on. Texts are read as UTF-8.
 *
 * <p>Runs are kept exactly and not by a hash. Memory: some 32 bytes for each different run of every length. Cost: a
 * look-up a byte in training, and one to a few in reading. The same texts give the same model, in whatever order.
 * Immutable; safe for use by several threads.
 */
public final class NgramModel {
    /** Runs of 6 bytes: about a word, beyond which some megabytes of text hold too few repetitions. */
    public static final int DEFAULT_ORDER = 6;

    /** The longest runs, for 8 bytes and their length would not fit a number of 64 bits. */
    public static final int MAX_ORDER = 7;

    private static final double LN_256 = StrictMath.log(256);

    private final int order;
    private final LongTable runs;
    private final long bytes;
    private final String fingerprint;

    NgramModel(int order, LongTable runs, long bytes, String fingerprint) {
        this.order = order;
        this.runs = runs;
        this.bytes = bytes;
        this.fingerprint = fingerprint;
    }

    /** Trains with {@link #DEFAULT_ORDER}. */
    public static NgramModel train(Iterable<String> texts) {
        return train(DEFAULT_ORDER, texts);
    }

    /**
     * Trains on texts, each read once.
     *
     * @param order the length of the longest runs, in {@code [1, 7]}
     * @param texts at least one that is not empty
     * @throws IllegalArgumentException if the order is another or there is no byte to train on
     */
    public static NgramModel train(int order, Iterable<String> texts) {
        requireOrder(order);
        Objects.requireNonNull(texts, "the texts are null");
        Fingerprint fingerprint = Fingerprint.of("n-gram model").add(order);
        NgramCounter counter = new NgramCounter(order);
        for (String text : texts) {
            byte[] read = bytes(text);
            fingerprint.add(ByteBuffer.wrap(read));
            counter.add(read);
        }
        if (counter.bytes() == 0) {
            throw new IllegalArgumentException("there is nothing to train on: no text, or all of them empty");
        }
        return new NgramModel(order, counter.smoothed(), counter.bytes(), fingerprint.hex());
    }

    static int requireOrder(int order) {
        if (order < 1 || order > MAX_ORDER) {
            throw new IllegalArgumentException("the order is " + order + "; allowed is 1 to " + MAX_ORDER);
        }
        return order;
    }

    /** The length of the longest runs. */
    public int order() {
        return order;
    }

    /** How many bytes it was trained on, {@code >= 1}. */
    public long bytes() {
        return bytes;
    }

    /** A digest of the order and of the texts trained on, in the order in which they came. */
    public String fingerprint() {
        return fingerprint;
    }

    /** The loss of a whole text, {@code −Σ ln p}, in nats; 0 for the empty text. */
    public double nats(String text) {
        return nats(bytes(text));
    }

    /**
     * The loss a byte of UTF-8.
     *
     * @throws IllegalArgumentException if the text is empty
     */
    public double natsPerByte(String text) {
        byte[] read = bytes(text);
        if (read.length == 0) {
            throw new IllegalArgumentException("the text is empty: it has no byte to predict");
        }
        return nats(read) / read.length;
    }

    /**
     * The probability of a byte after others, in {@code (0, 1)}.
     *
     * @param before of these the last {@code order − 1} count; where there are fewer, bytes of 0 stand before them
     * @param next in {@code [0, 255]}, as a number without sign
     */
    public double probability(byte[] before, int next) {
        Objects.requireNonNull(before, "the bytes before are null");
        Objects.checkIndex(next, 256);
        long history = 0;
        for (byte b : before) {
            history = history << 8 | (b & 0xFF);
        }
        history = history << 8 | next;
        return Math.exp(lnProbability(history, longest(history, order), order));
    }

    /** No run that ends at a byte is longer by more than that byte than the longest that ended before it. */
    private double nats(byte[] text) {
        double sum = 0;
        long history = 0;
        int longest = order;
        for (byte b : text) {
            history = history << 8 | (b & 0xFF);
            int most = Math.min(order, longest + 1);
            longest = longest(history, most);
            sum -= lnProbability(history, longest, most);
            if (b == 0) {
                longest = order; // it may be one of those before a text, that no run ends with
            }
        }
        return sum;
    }

    /** The length of the longest run at the end of a history that was seen, up to a length; 0 if there is none. */
    private int longest(long history, int most) {
        int length = most;
        while (length > 0 && Run.lnProbability(runs.get(Run.key(history, length))) == 0) {
            length--;
        }
        return length;
    }

    /** Of the last byte of a history after those before it, of which {@code most − 1} count. */
    private double lnProbability(long history, int longest, int most) {
        double ln = longest == 0 ? -LN_256 : Run.lnProbability(runs.get(Run.key(history, longest)));
        for (int length = longest; length < most; length++) {
            ln += Run.lnRest(runs.get(Run.key(history >>> 8, length)));
        }
        return ln;
    }

    private static byte[] bytes(String text) {
        return Objects.requireNonNull(text, "a text is null").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "n-gram model of order " + order + ", trained on " + bytes + " bytes";
    }
}
