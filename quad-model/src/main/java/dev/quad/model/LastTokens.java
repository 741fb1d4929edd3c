// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;

/** The last tokens of each sequence; all of them, for the largest number there is. */
record LastTokens(int count) implements LossMask {
    @Override
    public boolean counts(TokenSequence sequence, int position) {
        return position >= sequence.length() - count;
    }

    @Override
    public String toString() {
        return count == Integer.MAX_VALUE ? "every token" : "the last " + count + " tokens";
    }
}
