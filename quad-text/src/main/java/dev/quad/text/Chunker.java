// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Cuts a document into token sequences that a model takes at once. Each sequence begins with the last {@code overlap}
 * tokens of the one before; with an overlap of 1, the default, every token but the first is predicted exactly once over
 * all sequences, and with more those in the overlap are predicted twice, with little and with more context.
 *
 * <p>The {@code n} predicted tokens are spread evenly over the least number of sequences, {@code ⌈n / (length −
 * overlap)⌉} (one if {@code n < length}), so there is no short rest with little context. A document with fewer than
 * {@code minTokens} predicted tokens gives none. Of a document with more than {@code maxChunks} sequences only that
 * many are kept, evenly spaced. Immutable; safe for use by several threads if the tokenizer is.
 */
public final class Chunker {

    /** Some paragraphs: context enough for a small reference model, and within what any model takes. */
    public static final int DEFAULT_LENGTH = 256;

    /** A mean over fewer tokens says little. */
    public static final int DEFAULT_MIN_TOKENS = 8;

    /** Some 4,000 tokens: all of an ordinary page, and a bound on what one book can cost. */
    public static final int DEFAULT_MAX_CHUNKS = 16;

    private final Tokenizer tokenizer;
    private final int length;
    private final int minTokens;
    private final int maxChunks;
    private final int overlap;

    private Chunker(Builder builder) {
        this.tokenizer = builder.tokenizer;
        this.length = builder.length;
        this.minTokens = builder.leastTokens();
        this.maxChunks = builder.maxChunks;
        this.overlap = builder.overlap;
    }

    /** Starts from the defaults. */
    public static Builder builder(Tokenizer tokenizer) {
        return new Builder(Objects.requireNonNull(tokenizer, "the tokenizer is null"));
    }

    /**
     * The sequences of a document, in order.
     *
     * @return each with {@code minTokens + 1} to {@code length} tokens; none if the document is too short
     */
    public List<TokenSequence> chunks(Document document) {
        Objects.requireNonNull(document, "the document is null");
        TokenSequence tokens;
        try {
            tokens = tokenizer.encode(document.text());
        } catch (InputException e) {
            throw new InputException("document \"" + Excerpt.of(document.id()) + "\": " + e.getMessage(), e);
        }
        long predicted = tokens.length() - 1L;
        List<TokenSequence> chunks = new ArrayList<>();
        if (predicted < minTokens) {
            return chunks;
        }
        int step = length - overlap;
        long count = predicted < length ? 1 : (predicted + step - 1) / step;
        long kept = Math.min(count, maxChunks);
        for (long i = 0; i < kept; i++) {
            long chunk = (2 * i + 1) * count / (2 * kept); // the middle of the i-th of `kept` equal parts
            long from = chunk * predicted / count;
            long to = (chunk + 1) * predicted / count;
            chunks.add(tokens.slice((int) Math.max(0, from - overlap + 1), (int) to + 1));
        }
        return chunks;
    }

    int minTokens() {
        return minTokens;
    }

    /** Names the tokenizer and the options. Goes into the manifest. */
    public String id() {
        return "chunks(tokenizer=" + tokenizer.id() + ", length=" + length + ", minTokens=" + minTokens + ", maxChunks="
                + maxChunks + (overlap == 1 ? "" : ", overlap=" + overlap) + ")";
    }

    @Override
    public String toString() {
        return "chunks of " + length + " tokens by " + tokenizer.id();
    }

    /** Collects options. */
    public static final class Builder {
        private final Tokenizer tokenizer;
        private int length = DEFAULT_LENGTH;
        private OptionalInt minTokens = OptionalInt.empty();
        private int maxChunks = DEFAULT_MAX_CHUNKS;
        private int overlap = 1;

        private Builder(Tokenizer tokenizer) {
            this.tokenizer = tokenizer;
        }

        /** The most tokens of a sequence, {@code >= 2} and at most what the model takes; {@value #DEFAULT_LENGTH}. */
        public Builder length(int tokens) {
            this.length = tokens;
            return this;
        }

        /**
         * The fewest predicted tokens of a document that is scored, in {@code [1, length / 2]};
         * {@value #DEFAULT_MIN_TOKENS}, or half of the length where that is less.
         */
        public Builder minTokens(int tokens) {
            this.minTokens = OptionalInt.of(tokens);
            return this;
        }

        private int leastTokens() {
            return minTokens.orElse(Math.min(DEFAULT_MIN_TOKENS, length / 2));
        }

        /** The most sequences kept of one document, {@code >= 1}; {@value #DEFAULT_MAX_CHUNKS}. */
        public Builder maxChunks(int chunks) {
            this.maxChunks = chunks;
            return this;
        }

        /** The tokens that a sequence shares with the one before, in {@code [1, length / 2]}; 1 by default. */
        public Builder overlap(int tokens) {
            this.overlap = tokens;
            return this;
        }

        /**
         * The finished chunker.
         *
         * @throws IllegalArgumentException if an option is out of range; the message lists all that are
         */
        public Chunker build() {
            List<String> problems = new ArrayList<>();
            if (length < 2) {
                problems.add("the length of a sequence is " + length + "; allowed is 2 or more");
            } else {
                require(problems, "the least length of a document", leastTokens());
                require(problems, "the overlap of sequences", overlap);
            }
            if (maxChunks < 1) {
                problems.add("the most sequences of a document are " + maxChunks + "; allowed is 1 or more");
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join(". ", problems));
            }
            return new Chunker(this);
        }

        private void require(List<String> problems, String name, int tokens) {
            if (tokens < 1 || tokens > length / 2) {
                problems.add(name + " is " + tokens + "; allowed is 1 to " + length / 2 + ", half of the length");
            }
        }
    }
}
