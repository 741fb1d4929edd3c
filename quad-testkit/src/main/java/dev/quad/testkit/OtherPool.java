// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.CandidatePool;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;

/**
 * Another pool, made of the documents of one.
 *
 * @param how it was made, for its fingerprint
 * @param size of it
 * @param places where its documents stand in the pool that it is made of
 * @param tokens what a document has for what it has there
 */
record OtherPool<T>(CandidatePool<T> pool, String how, int size, IntUnaryOperator places, LongUnaryOperator tokens)
        implements CandidatePool<T> {

    /** The documents in the other order. */
    static <T> CandidatePool<T> reversed(CandidatePool<T> pool) {
        int last = pool.size() - 1;
        return new OtherPool<>(pool, "reversed", pool.size(), ordinal -> last - ordinal, tokens -> tokens);
    }

    /** The last third of the documents first. */
    static <T> CandidatePool<T> rotated(CandidatePool<T> pool) {
        int size = pool.size();
        int third = size / 3;
        return new OtherPool<>(pool, "rotated", size, ordinal -> (ordinal + size - third) % size, tokens -> tokens);
    }

    /** So many documents at least, each as often as it takes. */
    static <T> CandidatePool<T> repeated(CandidatePool<T> pool, int least) {
        return new OtherPool<>(
                pool, "repeated", Math.max(least, pool.size()), ordinal -> ordinal % pool.size(), tokens -> tokens);
    }

    /** Documents of 2³¹ tokens and more. */
    static <T> CandidatePool<T> ofLargeDocuments(CandidatePool<T> pool) {
        return new OtherPool<>(
                pool, "of large documents", pool.size(), ordinal -> ordinal, tokens -> (8 + tokens % 1024) << 28);
    }

    /** Documents of 2²⁸ tokens and more, which are more than 2³¹ together. */
    static <T> CandidatePool<T> ofALargeSum(CandidatePool<T> pool) {
        return new OtherPool<>(
                pool, "of a large sum", pool.size(), ordinal -> ordinal, tokens -> (1 + tokens % 3) << 28);
    }

    /** The shortest documents, or all if they are as long as each other, cost no token. */
    static <T> CandidatePool<T> ofFreeDocuments(CandidatePool<T> pool) {
        long least =
                IntStream.range(0, pool.size()).mapToLong(pool::tokens).min().orElse(0);
        return new OtherPool<>(
                pool, "of free documents", pool.size(), ordinal -> ordinal, tokens -> tokens == least ? 0 : tokens);
    }

    private static <T> CandidatePool<T> first(CandidatePool<T> pool, String how, int size) {
        return new OtherPool<>(pool, how, size, ordinal -> ordinal, tokens -> tokens);
    }

    /** The pool in another order, with other tokens, and without its second half, of one document and of none. */
    static <T> List<CandidatePool<T>> all(CandidatePool<T> pool) {
        return List.of(
                reversed(pool),
                rotated(pool),
                new OtherPool<>(pool, "of other tokens", pool.size(), ordinal -> ordinal, tokens -> 2 * tokens + 1),
                ofFreeDocuments(pool),
                first(pool, "half", pool.size() / 2),
                first(pool, "of one document", 1),
                first(pool, "of no document", 0));
    }

    @Override
    public T get(int ordinal) {
        return pool.get(place(ordinal));
    }

    @Override
    public long tokens(int ordinal) {
        return tokens.applyAsLong(pool.tokens(place(ordinal)));
    }

    private int place(int ordinal) {
        return places.applyAsInt(java.util.Objects.checkIndex(ordinal, size));
    }

    @Override
    public String fingerprint() {
        return pool.fingerprint() + " " + how;
    }
}
