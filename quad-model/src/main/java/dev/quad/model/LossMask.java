// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;

/** Which tokens of a sequence have a loss, such as those of an answer and not those of its question. */
@FunctionalInterface
public interface LossMask {

    /**
     * Whether the loss of the token at a position counts; always the same answer for the same token of the same
     * sequence.
     *
     * @param position in {@code [1, length)}; the first token is not predicted
     */
    boolean counts(TokenSequence sequence, int position);

    /** Every token. */
    static LossMask all() {
        return new LastTokens(Integer.MAX_VALUE);
    }

    /**
     * The last tokens of each sequence, such as the word that LAMBADA asks for.
     *
     * @param count {@code >= 1}
     */
    static LossMask last(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("the mask keeps the last " + count + " tokens; allowed is 1 or more");
        }
        return new LastTokens(count);
    }
}
