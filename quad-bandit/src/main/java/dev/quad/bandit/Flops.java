// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Selection.Costs;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Floating-point operations by the usual rule: 2 for each parameter and token of a forward pass, 6 of a forward and a
 * backward pass (Kaplan et al., 2020). What a selection costs beside the training that it serves; embedding the pool
 * belongs in the comparison, since it may cost as much as the training.
 */
public final class Flops {
    private Flops() {}

    /** A forward pass: {@code 2·P·tokens}. Perplexities, raters, embeddings. */
    public static double forward(double parameters, double tokens) {
        return 2 * parameters * tokens;
    }

    /** A forward and a backward pass: {@code 6·P·tokens}. Gradients, and training. */
    public static double gradient(double parameters, double tokens) {
        return 6 * parameters * tokens;
    }

    /** The scores of a selection, by gradients of a model with P parameters. */
    public static double scoring(double parameters, Costs costs) {
        Objects.requireNonNull(costs, "the costs are null");
        return gradient(parameters, (double) costs.tokensScored());
    }

    /** Those of so many tokens; empty where it is not known what one takes. */
    static OptionalDouble of(OptionalDouble perToken, long tokens) {
        return perToken.isEmpty() ? perToken : OptionalDouble.of(perToken.getAsDouble() * tokens);
    }

    /** An iteration of Lloyd's algorithm over n rows: {@code 2·n·K·dimension}. */
    public static double lloyd(double rows, double clusters, double dimension) {
        return 2 * rows * clusters * dimension;
    }
}
