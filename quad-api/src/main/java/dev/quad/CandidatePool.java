// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The documents that may be chosen, addressed by dense ordinals {@code 0 .. size() - 1}.
 *
 * <p>A pool does not change during a run and may be read by several threads at once. Its items need not be in memory:
 * {@link #get} may read a file. Selectors ask for {@link #tokens} far more often than for the item itself, so that this
 * call must be cheap.
 *
 * @param <T> what a document is to the user: a text, a token sequence, a row of features
 */
public interface CandidatePool<T> {

    /** The number of items, in {@code [0, Integer.MAX_VALUE]}. */
    int size();

    /**
     * The item at an ordinal.
     *
     * @param ordinal in {@code [0, size())}
     * @throws IndexOutOfBoundsException if there is no such ordinal
     * @throws java.io.UncheckedIOException if the item cannot be read
     */
    T get(int ordinal);

    /**
     * What the item costs of a token budget, in tokens of whatever tokenizer the pool was made with.
     *
     * @param ordinal in {@code [0, size())}
     * @return a count {@code >= 0}
     */
    long tokens(int ordinal);

    /**
     * A digest of the content and order of the pool, never blank, also where the pool holds nothing. Equal pools have
     * equal fingerprints on every machine; anything that is stored about a pool carries it.
     */
    String fingerprint();

    /**
     * A pool over a list in memory. The list is copied; the items are not.
     *
     * @param items the items, none null
     * @param tokens the cost of an item in tokens, {@code >= 0}; asked once per item
     * @param fingerprint see {@link #fingerprint()}; the caller knows what identifies the items
     */
    static <T> CandidatePool<T> of(List<? extends T> items, ToLongFunction<? super T> tokens, String fingerprint) {
        return new ListPool<>(items, tokens, fingerprint);
    }
}
