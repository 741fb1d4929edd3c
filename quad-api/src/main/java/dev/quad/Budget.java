// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.Objects;

/**
 * How much may be chosen.
 *
 * @param limit {@code >= 1}
 * @param unit what is counted
 */
public record Budget(long limit, Unit unit) {

    /** What a budget counts. */
    public enum Unit {
        /** Documents. */
        DOCUMENTS,
        /** Tokens, as {@link CandidatePool#tokens} counts them. */
        TOKENS
    }

    /** Checks both. */
    public Budget {
        Objects.requireNonNull(unit, "the unit of the budget is null; allowed are DOCUMENTS and TOKENS");
        if (limit < 1) {
            throw new IllegalArgumentException("the budget is " + limit + " "
                    + unit.name().toLowerCase(java.util.Locale.ROOT) + "; allowed is 1 or more");
        }
    }

    /** At most this many documents. */
    public static Budget documents(long limit) {
        return new Budget(limit, Unit.DOCUMENTS);
    }

    /** At most this many tokens. */
    public static Budget tokens(long limit) {
        return new Budget(limit, Unit.TOKENS);
    }

    /** What a document with that many tokens takes of this budget. */
    public long cost(long tokens) {
        return unit == Unit.DOCUMENTS ? 1 : tokens;
    }
}
