// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntToLongFunction;

/** What a {@link Draw} spends, by the rule that it states. */
final class Purse {
    private static final long CRUMB = 200;

    private final IntToLongFunction tokens;
    private final Budget budget;
    private final List<Draw.Drawn> drawn = new ArrayList<>();
    private long left;
    private boolean passedOver;

    Purse(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
        Objects.requireNonNull(scores, "the scores are null");
        this.tokens = Objects.requireNonNull(tokens, "what gives the tokens is null");
        this.budget = Objects.requireNonNull(budget, "the budget is null");
        Objects.requireNonNull(seed, "the seed is null");
        this.left = budget.limit();
    }

    /** In the unit of the budget. */
    long cost(int ordinal) {
        long length = tokens.applyAsLong(ordinal);
        if (length < 0) {
            throw new IllegalArgumentException(
                    "document " + ordinal + " costs " + length + " tokens; a cost is 0 or more");
        }
        return budget.cost(length);
    }

    /** Whether the document fits, and then pays for it. */
    boolean pays(int ordinal) {
        long cost = cost(ordinal);
        if (cost > left) {
            passedOver = true;
            return false;
        }
        left -= cost;
        return true;
    }

    void take(int ordinal) {
        if (pays(ordinal)) {
            drawn.add(new Draw.Drawn(ordinal, 1));
        }
    }

    boolean isUsed() {
        return left <= 0 || (passedOver && left < budget.limit() / CRUMB);
    }

    List<Draw.Drawn> drawn() {
        return List.copyOf(drawn);
    }
}
