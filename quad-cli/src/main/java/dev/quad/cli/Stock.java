// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import dev.quad.CandidatePool;

/**
 * What a pool has to choose from.
 *
 * @param documents documents that may be chosen
 * @param tokens their tokens
 * @param repeats documents left out because an earlier one says the same
 */
record Stock(int documents, long tokens, DuplicatePolicy.Repeats repeats) {
    /** In the unit of a budget. */
    long size(Budget.Unit unit) {
        return unit == Budget.Unit.TOKENS ? tokens : documents;
    }

    static Stock of(CandidatePool<?> pool, DuplicatePolicy.Repeats repeats) {
        int documents = 0;
        long tokens = 0;
        for (int i = 0; i < pool.size(); i++) {
            if (repeats.eligible().test(i)) {
                documents++;
                tokens += pool.tokens(i);
            }
        }
        return new Stock(documents, tokens, repeats);
    }
}
