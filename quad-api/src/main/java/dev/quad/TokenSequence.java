// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.Arrays;
import java.util.Objects;

/**
 * Token ids in order, at least one. What a language model is given, and what a document becomes after chunking.
 * Immutable.
 */
public final class TokenSequence {
    private final int[] ids;

    private TokenSequence(int[] ids) {
        this.ids = ids;
    }

    /**
     * A sequence of the given ids; copied.
     *
     * @throws IllegalArgumentException if there is none, or one is negative
     */
    public static TokenSequence of(int... ids) {
        Objects.requireNonNull(ids, "the ids are null");
        if (ids.length == 0) {
            throw new IllegalArgumentException("a token sequence has at least one token");
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                throw new IllegalArgumentException("token " + i + " has the id " + ids[i] + "; an id is 0 or more");
            }
        }
        return new TokenSequence(ids.clone());
    }

    /** The number of tokens. */
    public int length() {
        return ids.length;
    }

    /**
     * The id at a position.
     *
     * @throws IndexOutOfBoundsException if the position is not in {@code [0, length())}
     */
    public int id(int position) {
        return ids[Items.require("token", position, ids.length)];
    }

    /**
     * A copy of the tokens in {@code [from, to)}, at least one.
     *
     * @throws IndexOutOfBoundsException if they are not all there, or none
     */
    public TokenSequence slice(int from, int to) {
        if (from < 0 || to > ids.length || from >= to) {
            throw new IndexOutOfBoundsException("tokens [" + from + ", " + to + ") are asked for of " + ids.length
                    + "; allowed is [from, to) with 0 <= from < to <= " + ids.length);
        }
        return of(Arrays.copyOfRange(ids, from, to));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenSequence that && Arrays.equals(ids, that.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
        return Arrays.toString(ids);
    }
}
