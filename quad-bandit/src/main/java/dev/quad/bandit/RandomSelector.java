// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.StopReason;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;

/**
 * Documents in a seeded random order until the budget is used: the baseline that every selector must beat.
 *
 * <p>The budget is never exceeded: a document that does not fit is passed over, and the run ends when one did not fit
 * and less than 1/200 of the budget is left. Immutable and safe for use by several threads. Memory: 4 bytes a document.
 *
 * @param <T> what a document is
 */
public final class RandomSelector<T> implements DataSelector<T> {
    private final IntPredicate eligible;

    private RandomSelector(IntPredicate eligible) {
        this.eligible = eligible;
    }

    /** Chooses among all documents. */
    public static <T> RandomSelector<T> of() {
        return new RandomSelector<>(ordinal -> true);
    }

    /** Chooses among the documents whose ordinals pass the test; asked once per ordinal and run. */
    public static <T> RandomSelector<T> among(IntPredicate eligible) {
        return new RandomSelector<>(Objects.requireNonNull(eligible, "eligible is null"));
    }

    @Override
    public Selection select(CandidatePool<T> pool, Budget budget, Seed seed) {
        RunManifest.check(pool, budget, seed);
        Eligible candidates = new Eligible(pool.size(), eligible);
        int[] order = candidates.ordinals();
        DrawOrder.shuffle(order, seed.stream("random.order"));
        Ledger ledger = new Ledger(pool, budget);
        StopReason stop = fill(ledger, order);
        int chosen = ledger.choices().size();
        return new Selection(
                ledger.choices(),
                stop,
                new Costs(chosen, ledger.tokens(), 0, 0, 0, 0, 0, OptionalDouble.of(0)),
                RunManifest.of("random", pool, candidates, budget, seed));
    }

    @Override
    public String toString() {
        return "a random choice";
    }

    private static StopReason fill(Ledger ledger, int[] order) {
        for (int ordinal : order) {
            if (Thread.currentThread().isInterrupted()) {
                return StopReason.CANCELLED;
            }
            ledger.take(new Choice(ordinal, OptionalDouble.empty(), -1, 0));
            if (ledger.isUsed()) {
                return StopReason.BUDGET;
            }
        }
        return ledger.hasPassedOver() ? StopReason.BUDGET : StopReason.EXHAUSTED;
    }
}
