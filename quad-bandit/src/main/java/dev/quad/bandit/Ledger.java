// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.QuadException;
import dev.quad.Selection.Choice;
import java.util.ArrayList;
import java.util.List;

/**
 * What is chosen, within the budget.
 *
 * <p>The limit is never exceeded unless overshooting is allowed: a wanted document that costs more than what is left is
 * passed over, and a smaller one after it may still be taken. The budget counts as used when nothing is left of it, or
 * when a document was passed over and less than 1/200 of the limit is left, which spares a run the scoring of many
 * blocks for one last small document.
 */
final class Ledger {
    private static final long CRUMB = 200;

    private final CandidatePool<?> pool;
    private final Budget budget;
    private final boolean overshoot;
    private final List<Choice> choices = new ArrayList<>();
    private long spent;
    private long tokens;
    private int taken;
    private boolean passedOver;

    Ledger(CandidatePool<?> pool, Budget budget) {
        this(pool, budget, false);
    }

    /** @param overshoot whether all that is wanted is taken, beyond the limit */
    Ledger(CandidatePool<?> pool, Budget budget, boolean overshoot) {
        this.pool = pool;
        this.budget = budget;
        this.overshoot = overshoot;
    }

    void startRound() {
        taken = 0;
        passedOver = false;
    }

    /** Chooses a wanted document if it fits. */
    boolean take(Choice choice) {
        long length = pool.tokens(choice.ordinal());
        if (length < 0) {
            throw new QuadException("document " + choice.ordinal() + " of the pool "
                    + pool.getClass().getName() + " costs " + length + " tokens; a cost is 0 or more");
        }
        long cost = budget.cost(length);
        if (cost > left() && !overshoot) {
            passedOver = true;
            return false;
        }
        choices.add(choice);
        spent += cost;
        tokens += length;
        taken++;
        return true;
    }

    /** Whether nothing, or nothing worth looking for, is left. */
    boolean isUsed() {
        return left() <= 0 || (passedOver && left() < budget.limit() / CRUMB);
    }

    /** Whether documents were wanted since {@link #startRound} and none of them fitted. */
    boolean isStuck() {
        return passedOver && taken == 0;
    }

    /** Whether a wanted document did not fit since {@link #startRound}. */
    boolean hasPassedOver() {
        return passedOver;
    }

    private long left() {
        return budget.limit() - spent;
    }

    /** Budget used, in its unit. */
    long spent() {
        return spent;
    }

    /** Tokens of the chosen documents. */
    long tokens() {
        return tokens;
    }

    /** Documents chosen since {@link #startRound}. */
    int takenThisRound() {
        return taken;
    }

    List<Choice> choices() {
        return choices;
    }

    /** Chosen since {@link #startRound}. */
    List<Choice> choicesThisRound() {
        return choices.subList(choices.size() - taken, choices.size());
    }
}
