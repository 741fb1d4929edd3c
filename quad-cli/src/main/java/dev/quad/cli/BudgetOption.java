// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.Budget;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much a command chooses at most: one of the two. */
final class BudgetOption {
    @Option(
            names = "--budget-tokens",
            paramLabel = "N",
            description = "Tokens to choose at most, of the model's tokenizer; without one a token is a byte of UTF-8.")
    private @Nullable Long tokens;

    @Option(names = "--budget-documents", paramLabel = "N", description = "Documents to choose at most, instead.")
    private @Nullable Long documents;

    /**
     * The budget.
     *
     * @throws IllegalArgumentException if there are none or two, or it is below 1
     */
    Budget get() {
        if ((tokens == null) == (documents == null)) {
            throw new IllegalArgumentException(
                    tokens == null
                            ? "no budget is given; give --budget-tokens N or --budget-documents N"
                            : "--budget-tokens and --budget-documents are given, and a budget is one of them; leave one"
                                    + " out");
        }
        return tokens != null
                ? Budget.tokens(atLeastOne("--budget-tokens", tokens))
                : Budget.documents(atLeastOne("--budget-documents", Objects.requireNonNull(documents)));
    }

    private static long atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; allowed is 1 or more");
        }
        return value;
    }
}
