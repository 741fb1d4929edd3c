// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;

/** {@link CandidatePool} over a list in memory. */
final class ListPool<T> implements CandidatePool<T> {
    private final List<T> items;
    private final long[] tokens;
    private final String fingerprint;

    ListPool(List<? extends T> items, ToLongFunction<? super T> tokens, String fingerprint) {
        this.fingerprint = Objects.requireNonNull(
                fingerprint, "the fingerprint of the pool is null; give a digest or a name of its items");
        if (fingerprint.isBlank()) {
            throw new IllegalArgumentException(
                    "the fingerprint of the pool is \"" + fingerprint + "\"; give a digest or a name of its items");
        }
        Objects.requireNonNull(tokens, "what counts the tokens of an item is null");
        this.items = Items.copy("the pool", items);
        this.tokens = new long[this.items.size()];
        for (int i = 0; i < this.tokens.length; i++) {
            this.tokens[i] = tokens.applyAsLong(this.items.get(i));
            if (this.tokens[i] < 0) {
                throw new IllegalArgumentException(
                        "item " + i + " costs " + this.tokens[i] + " tokens; a cost is 0 or more");
            }
        }
    }

    @Override
    public int size() {
        return tokens.length;
    }

    @Override
    public T get(int ordinal) {
        return items.get(Items.require("document", ordinal, tokens.length));
    }

    @Override
    public long tokens(int ordinal) {
        return tokens[Items.require("document", ordinal, tokens.length)];
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public String toString() {
        return "pool of " + items.size() + " items";
    }
}
