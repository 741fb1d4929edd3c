// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Seed;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How {@link HashedNgramEmbedder} makes rows. Immutable. */
public final class HashedNgramOptions {

    /** Enough to tell kinds of text apart, at 1 KiB a document. */
    public static final int DEFAULT_DIMENSION = 256;

    /** Enough to tell what a text is about, and a bound on what one book can cost. */
    public static final int DEFAULT_MAX_CHARS = 4096;

    /** A feature in one text of a hundred is then seen in a hundred, at no more than 40 MB of text in memory. */
    public static final int DEFAULT_SAMPLE_SIZE = 10_000;

    private final int dimension;
    private final int maxChars;
    private final int sampleSize;
    private final Seed seed;

    private HashedNgramOptions(Builder builder) {
        this.dimension = builder.dimension;
        this.maxChars = builder.maxChars;
        this.sampleSize = builder.sampleSize;
        this.seed = builder.seed;
    }

    /** The defaults. */
    public static HashedNgramOptions defaults() {
        return builder().build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    int dimension() {
        return dimension;
    }

    int maxChars() {
        return maxChars;
    }

    int sampleSize() {
        return sampleSize;
    }

    Seed seed() {
        return seed;
    }

    private List<Object> values() {
        return List.of(dimension, maxChars, sampleSize, seed);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HashedNgramOptions that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return "dimension=" + dimension + ", maxChars=" + maxChars + ", seed=" + seed.value();
    }

    /** Collects options. */
    public static final class Builder {
        private int dimension = DEFAULT_DIMENSION;
        private int maxChars = DEFAULT_MAX_CHARS;
        private int sampleSize = DEFAULT_SAMPLE_SIZE;
        private Seed seed = new Seed(0);

        private Builder() {}

        /** The length of a row, in {@code [2, 65536]}; {@value #DEFAULT_DIMENSION}. */
        public Builder dimension(int value) {
            this.dimension = inRange("dimension", value, 2, 65_536);
            return this;
        }

        /** How many characters (UTF-16) at the start of a text count, {@code >= 16}; {@value #DEFAULT_MAX_CHARS}. */
        public Builder maxChars(int value) {
            this.maxChars = inRange("maxChars", value, 16, 1 << 24);
            return this;
        }

        /** How many documents of a pool the weights are learned from, {@code >= 1}; {@value #DEFAULT_SAMPLE_SIZE}. */
        public Builder sampleSize(int value) {
            this.sampleSize = inRange("sampleSize", value, 1, 1 << 24);
            return this;
        }

        /** Decides the projection and the sample. */
        public Builder seed(Seed value) {
            this.seed = Objects.requireNonNull(value, "seed is null; leave it out for the default");
            return this;
        }

        private static int inRange(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(name + " is " + value + "; allowed is " + least + " to " + most);
            }
            return value;
        }

        /** The finished options. */
        public HashedNgramOptions build() {
            return new HashedNgramOptions(this);
        }
    }
}
