// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.CandidatePool;
import java.util.function.IntPredicate;

/**
 * What a pool has to choose from.
 *
 * @param documents documents that may be chosen
 * @param tokens their tokens
 * @param duplicates documents left out because their text stands before them
 */
record Stock(int documents, long tokens, int duplicates) {
    static Stock of(CandidatePool<?> pool, IntPredicate eligible, int duplicates) {
        int documents = 0;
        long tokens = 0;
        for (int i = 0; i < pool.size(); i++) {
            if (eligible.test(i)) {
                documents++;
                tokens += pool.tokens(i);
            }
        }
        return new Stock(documents, tokens, duplicates);
    }
}
