// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Fingerprint;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * The documents that may be drawn: the answers of a predicate, kept in one bit a document so that they cannot change.
 */
final class Eligible {
    private final int size;
    private final BitSet bits;
    private final boolean all;

    Eligible(int size, IntPredicate predicate) {
        this.size = size;
        this.bits = new BitSet(size);
        for (int ordinal = 0; ordinal < size; ordinal++) {
            bits.set(ordinal, predicate.test(ordinal));
        }
        this.all = bits.cardinality() == size;
    }

    boolean contains(int ordinal) {
        return all || bits.get(ordinal);
    }

    int count() {
        return bits.cardinality();
    }

    /** What a budget is of them, in its unit; 1 where there is nothing. */
    double share(Budget budget, CandidatePool<?> pool) {
        long stock = bits.stream()
                .mapToLong(ordinal -> budget.cost(pool.tokens(ordinal)))
                .sum();
        return stock == 0 ? 1 : (double) budget.limit() / stock;
    }

    /** All of them, ascending. */
    int[] ordinals() {
        return bits.stream().toArray();
    }

    /**
     * Up to {@code count} of them, every set equally likely, ascending (reservoir sampling; Vitter, 1985, algorithm R).
     */
    int[] sample(int count, RandomGenerator random) {
        int[] chosen = new int[Math.min(count, count())];
        int seen = 0;
        for (int ordinal = bits.nextSetBit(0); ordinal >= 0; ordinal = bits.nextSetBit(ordinal + 1)) {
            int slot = seen < chosen.length ? seen : random.nextInt(seen + 1);
            if (slot < chosen.length) {
                chosen[slot] = ordinal;
            }
            seen++;
        }
        java.util.Arrays.sort(chosen);
        return chosen;
    }

    /** For the manifest: how many, and which unless it is all. */
    String describe() {
        int count = count();
        if (count == size) {
            return "all";
        }
        String which = Fingerprint.of("eligible")
                .add(ByteBuffer.wrap(bits.toByteArray()))
                .hex();
        return count + " of " + size + " (" + which + ")";
    }
}
