// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The sizes of a decoder-only transformer of the Llama family.
 *
 * @param vocabulary number of token ids, {@code >= 2}
 * @param width length of the residual stream
 * @param layers number of blocks, {@code >= 1}
 * @param heads query heads
 * @param keyValueHeads key and value heads; divides {@code heads}; fewer than heads is grouped-query attention
 * @param headWidth length of one head, even; mostly {@code width / heads}
 * @param mlpWidth inner width of the gated MLP
 * @param maxLength longest sequence in positions, {@code >= 2}: of the first nothing is predicted
 * @param ropeTheta base of the rotary position angles
 * @param ropeScaling how those are stretched; empty to leave them
 * @param normEpsilon added to the mean square in RMSNorm
 * @param tiedHead whether the output head is the embedding matrix
 * @param biases which linear layers have one
 */
public record DecoderConfig(
        int vocabulary,
        int width,
        int layers,
        int heads,
        int keyValueHeads,
        int headWidth,
        int mlpWidth,
        int maxLength,
        double ropeTheta,
        Optional<RopeScaling> ropeScaling,
        double normEpsilon,
        boolean tiedHead,
        Biases biases) {

    /** The base of rotary position angles (Su et al., 2021). */
    public static final double DEFAULT_ROPE_THETA = 10_000;
    /** What the norms of Llama 2 and 3 add. */
    public static final double DEFAULT_NORM_EPSILON = 1e-5;

    /** Sizes one by one: as many key and value heads as heads, which share the width, and an output head of its own. */
    public static Builder builder(int vocabulary) {
        return new Builder(vocabulary);
    }

    /** The length of a head where they share the width; −1 where they cannot. */
    static int shared(int width, int heads) {
        return heads >= 1 && width >= 1 && width % (2L * heads) == 0 ? width / heads : -1;
    }

    /** Checks all sizes and reports every problem at once. */
    public DecoderConfig {
        Objects.requireNonNull(ropeScaling, "ropeScaling is null; allowed is Optional.empty()");
        Objects.requireNonNull(biases, "biases is null");
        List<String> problems = new ArrayList<>();
        require(problems, vocabulary >= 2, "the size of the vocabulary", vocabulary, "2 or more");
        require(problems, layers >= 1, "the number of layers", layers, "1 or more");
        require(problems, heads >= 1, "the number of heads", heads, "1 or more");
        require(problems, mlpWidth >= 1, "the width of the MLP", mlpWidth, "1 or more");
        require(problems, maxLength >= 2, "the longest sequence", maxLength, "2 or more");
        if (heads >= 1) {
            if (headWidth == -1 || width < 1) {
                require(problems, false, "the width", width, "a multiple of twice the heads (" + 2L * heads + ")");
            } else {
                require(
                        problems,
                        headWidth >= 2 && headWidth % 2 == 0,
                        "the width of a head",
                        headWidth,
                        "an even number above 0");
            }
            require(
                    problems,
                    keyValueHeads >= 1 && heads % keyValueHeads == 0,
                    "the number of key and value heads",
                    keyValueHeads,
                    "a divisor of the heads (" + heads + ")");
        }
        if (problems.isEmpty()
                && Math.max((heads + 2L * keyValueHeads) * headWidth, 2L * mlpWidth) > Integer.MAX_VALUE) {
            problems.add("the heads of a layer are " + (heads + 2L * keyValueHeads) + " of width " + headWidth
                    + ", and the inner width " + mlpWidth + "; allowed are layers of " + Integer.MAX_VALUE
                    + " outputs");
        }
        if (!(ropeTheta > 0) || !(normEpsilon >= 0)) {
            problems.add("the base of rotary positions is " + ropeTheta
                    + ", allowed is above 0, and what a norm adds is " + normEpsilon + ", allowed is 0 or more");
        } else if (Double.isInfinite(ropeTheta + normEpsilon)) {
            problems.add("the base of rotary positions is " + ropeTheta + ", and what a norm adds is " + normEpsilon
                    + ", allowed are finite numbers");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(
                    "the model configuration is not possible: " + String.join("; ", problems));
        }
    }

    private static void require(List<String> problems, boolean holds, String name, int value, String allowed) {
        if (!holds) {
            problems.add(name + " is " + value + ", allowed is " + allowed);
        }
    }

    /** The length of all query heads together: what attention puts out. */
    int attentionWidth() {
        return heads * headWidth;
    }

    /** Outputs of the fused query, key and value projection. */
    int qkvWidth() {
        return (heads + 2 * keyValueHeads) * headWidth;
    }

    /**
     * The number of weights that take part in matrix products for each token: all but norms, biases and a tied
     * embedding.
     */
    public long productWeights() {
        long block = (long) qkvWidth() * width + (long) attentionWidth() * width + 3L * mlpWidth * width;
        return layers * block + (long) vocabulary * width;
    }

    /** Builds a configuration; what has no default must be set. */
    public static final class Builder {
        private final int vocabulary;
        private int width;
        private int layers;
        private int heads;
        private OptionalInt keyValueHeads = OptionalInt.empty();
        private OptionalInt headWidth = OptionalInt.empty();
        private int mlpWidth;
        private int maxLength;
        private double ropeTheta = DEFAULT_ROPE_THETA;
        private Optional<RopeScaling> ropeScaling = Optional.empty();
        private double normEpsilon = DEFAULT_NORM_EPSILON;
        private boolean tiedHead;
        private Biases biases = Biases.NONE;

        private Builder(int vocabulary) {
            this.vocabulary = vocabulary;
        }

        /** The length of the residual stream. */
        public Builder width(int value) {
            width = value;
            return this;
        }

        /** The number of blocks. */
        public Builder layers(int value) {
            layers = value;
            return this;
        }

        /** The number of query heads. */
        public Builder heads(int value) {
            heads = value;
            return this;
        }

        /** The number of key and value heads; by default as many as heads. */
        public Builder keyValueHeads(int value) {
            keyValueHeads = OptionalInt.of(value);
            return this;
        }

        /** The length of one head; by default {@code width / heads}. */
        public Builder headWidth(int value) {
            headWidth = OptionalInt.of(value);
            return this;
        }

        /** The inner width of the gated MLP. */
        public Builder mlpWidth(int value) {
            mlpWidth = value;
            return this;
        }

        /** The longest sequence in positions. */
        public Builder maxLength(int value) {
            maxLength = value;
            return this;
        }

        /** The base of the rotary position angles; {@link #DEFAULT_ROPE_THETA} by default. */
        public Builder ropeTheta(double value) {
            ropeTheta = value;
            return this;
        }

        /** How those are stretched; by default not. */
        public Builder ropeScaling(Optional<RopeScaling> value) {
            ropeScaling = Objects.requireNonNull(value, "ropeScaling is null; leave it out for none");
            return this;
        }

        /** What is added to the mean square in RMSNorm; {@link #DEFAULT_NORM_EPSILON} by default. */
        public Builder normEpsilon(double value) {
            normEpsilon = value;
            return this;
        }

        /** Whether the output head is the embedding matrix; by default it is not. */
        public Builder tiedHead(boolean value) {
            tiedHead = value;
            return this;
        }

        /** Which linear layers have one; by default none. */
        public Builder biases(Biases value) {
            biases = Objects.requireNonNull(value, "biases is null; leave it out for the default");
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if it is not possible; names every problem
         */
        public DecoderConfig build() {
            return new DecoderConfig(
                    vocabulary,
                    width,
                    layers,
                    heads,
                    keyValueHeads.orElse(heads),
                    headWidth.orElse(shared(width, heads)),
                    mlpWidth,
                    maxLength,
                    ropeTheta,
                    ropeScaling,
                    normEpsilon,
                    tiedHead,
                    biases);
        }
    }
}
