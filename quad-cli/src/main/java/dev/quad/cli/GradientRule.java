// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.UpdateRule;

/** The values of {@code --gradient}. */
enum GradientRule {
    SGD,
    SIGN,
    ADAM;

    /** What becomes of the gradient of a chunk. */
    UpdateRule rule() {
        return switch (this) {
            case SGD -> UpdateRule.sgd();
            case SIGN -> UpdateRule.sign();
            case ADAM -> UpdateRule.adam(0.9, 0.999, 1e-8);
        };
    }

    /** From the command line. */
    static final class Converter extends Word.Choice<GradientRule> {
        Converter() {
            super(GradientRule.class);
        }
    }
}
