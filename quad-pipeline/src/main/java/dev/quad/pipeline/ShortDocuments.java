// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.text.Chunker;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What becomes of a document that is too short for a gradient that says something.
 *
 * @param zero whether a short document has the score 0, and none at all otherwise
 * @param tokens below which a document is short; empty for {@value Chunker#DEFAULT_MIN_TOKENS}, or half a chunk where
 *     it counts as 0, as in the paper's code
 */
public record ShortDocuments(boolean zero, OptionalInt tokens) {
    /** They have no score. */
    public static final ShortDocuments UNSCORED = new ShortDocuments(false, OptionalInt.empty());
    /** They have the score 0. */
    public static final ShortDocuments ZERO = new ShortDocuments(true, OptionalInt.empty());

    /** Checks the number. */
    public ShortDocuments {
        Objects.requireNonNull(tokens, "the tokens are null; allowed is an empty number");
        if (tokens.isPresent() && tokens.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "a short document has fewer than " + tokens.getAsInt() + " tokens; allowed is 1 or more");
        }
    }

    /**
     * The tokens below which a document is short.
     *
     * @param chunk tokens of a chunk
     * @throws InputException if they are more than half a chunk
     */
    int tokens(int chunk) {
        int half = chunk / 2;
        int least = tokens.orElse(zero ? half : Math.min(half, Chunker.DEFAULT_MIN_TOKENS));
        if (least < 1 || least > half) {
            throw new InputException("short documents are " + this + ", and chunks have " + chunk
                    + " tokens; allowed is 1 to " + half + ", half of them");
        }
        return least;
    }

    /** In the words of the command, such as {@code zero:20}. */
    @Override
    public String toString() {
        return (zero ? "zero" : "unscored") + (tokens.isPresent() ? ":" + tokens.getAsInt() : "");
    }
}
