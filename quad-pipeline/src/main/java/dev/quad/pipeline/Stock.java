// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import java.util.Objects;

/**
 * What a pool has to choose from.
 *
 * @param documents documents that may be chosen
 * @param tokens their tokens
 * @param shortest tokens of the one that has the fewest; 0 where there is none
 * @param repeats documents left out because an earlier one, or an evaluation text, says the same
 */
public record Stock(int documents, long tokens, long shortest, DuplicatePolicy.Repeats repeats) {
    /** Checks that all is there. */
    public Stock {
        Objects.requireNonNull(repeats, "what is found of repeats is null");
    }

    /** How much there is in the unit of a budget. */
    public long size(Budget.Unit unit) {
        Objects.requireNonNull(unit, "the unit is null");
        return unit == Budget.Unit.TOKENS ? tokens : documents;
    }

    /** What a budget is of it, in its unit; 1 where there is nothing. */
    double share(Budget budget) {
        long size = size(budget.unit());
        return size == 0 ? 1 : (double) budget.limit() / size;
    }

    static Stock of(CandidatePool<?> pool, DuplicatePolicy.Repeats repeats) {
        int documents = 0;
        long tokens = 0;
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < pool.size(); i++) {
            if (repeats.eligible().test(i)) {
                documents++;
                long length = pool.tokens(i);
                tokens += length;
                shortest = Math.min(shortest, length);
            }
        }
        return new Stock(documents, tokens, documents == 0 ? 0 : shortest, repeats);
    }
}
