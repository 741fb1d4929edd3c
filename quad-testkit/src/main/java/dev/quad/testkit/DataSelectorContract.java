// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.StopReason;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DataSelector} promises.
 *
 * @param <T> what a document is
 */
public abstract class DataSelectorContract<T> {

    /** A new selector, always the same. */
    protected abstract DataSelector<T> selector();

    /** The pool that it chooses from; of at least 10 documents with tokens. */
    protected abstract CandidatePool<T> pool();

    private void check(Selection selection, Budget budget) {
        CandidatePool<T> pool = pool();
        assertThat(selection.choices().stream().map(Choice::ordinal))
                .doesNotHaveDuplicates()
                .allMatch(ordinal -> ordinal >= 0 && ordinal < pool.size());
        long tokens = selection.choices().stream()
                .mapToLong(choice -> pool.tokens(choice.ordinal()))
                .sum();
        long spent = budget.unit() == Budget.Unit.TOKENS
                ? tokens
                : selection.choices().size();
        assertThat(spent).as("the budget is %s", budget).isLessThanOrEqualTo(budget.limit());
        assertThat(selection.costs().tokensChosen()).isEqualTo(tokens);
        assertThat(selection.costs().documentsChosen())
                .isEqualTo(selection.choices().size());
        assertThat(selection.manifest()).containsKey("seed");
    }

    /** Budgets of one, of some, and above the pool; in documents and tokens. */
    @Test
    public void select_anyBudget_isNotExceeded() {
        for (Seed seed : new Seed[] {new Seed(1), new Seed(2)}) {
            for (long limit : new long[] {1, 5, pool().size() + 3L}) {
                check(selector().select(pool(), Budget.documents(limit), seed), Budget.documents(limit));
                long tokens = limit * Math.max(1, pool().tokens(0));
                check(selector().select(pool(), Budget.tokens(tokens), seed), Budget.tokens(tokens));
            }
        }
    }

    /** The same pool, budget and seed give the same. */
    @Test
    public void select_again_isTheSame() {
        Budget budget = Budget.documents(5);
        assertThat(selector().select(pool(), budget, new Seed(3)))
                .isEqualTo(selector().select(pool(), budget, new Seed(3)));
    }

    /** An interrupted thread gets a valid result, and stays interrupted. */
    @Test
    public void select_interrupted_endsWithAValidResult() {
        Budget budget = Budget.documents(5);
        Thread.currentThread().interrupt();
        Selection selection = selector().select(pool(), budget, new Seed(3));
        assertThat(Thread.interrupted()).as("the flag stays set").isTrue();
        check(selection, budget);
        assertThat(selection.stopReason()).isEqualTo(StopReason.CANCELLED);
    }
}
