// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import java.util.Objects;

/**
 * How a sentence model is used. Immutable.
 *
 * @param pooling how a text's vector is made
 * @param maxTokens the most tokens of a text that are looked at, with those of the template, {@code >= 4} and at most
 *     what the model takes
 * @param prefix put before each text, such as {@code "passage: "} for the E5 family; empty for most
 */
public record OnnxOptions(Pooling pooling, int maxTokens, String prefix) {

    /** What BERT and most of its descendants take. */
    public static final int DEFAULT_MAX_TOKENS = 512;

    static final String ALLOWED_LENGTHS = "4 to " + (1 << 20);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if {@code maxTokens} is out of range
     */
    public OnnxOptions {
        Objects.requireNonNull(pooling, "the pooling is null; allowed are those of Pooling");
        Objects.requireNonNull(prefix, "the prefix is null; allowed is \"\"");
        if (!isLength(maxTokens)) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + "; allowed is " + ALLOWED_LENGTHS);
        }
    }

    static boolean isLength(int maxTokens) {
        return maxTokens >= 4 && maxTokens <= 1 << 20;
    }

    /** With up to {@value #DEFAULT_MAX_TOKENS} tokens and no prefix. */
    public static OnnxOptions of(Pooling pooling) {
        return new OnnxOptions(pooling, DEFAULT_MAX_TOKENS, "");
    }

    /** As these, but looking at fewer or more tokens of a text. */
    public OnnxOptions withMaxTokens(int tokens) {
        return new OnnxOptions(pooling, tokens, prefix);
    }
}
