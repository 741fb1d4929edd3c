// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.UpdateRule;

/** The values of {@code --gradient}. */
enum GradientRule {
    SGD(UpdateRule.sgd()),
    SIGN(UpdateRule.sign()),
    ADAM(UpdateRule.adam(0.9, 0.999, 1e-8));

    private final UpdateRule rule;

    GradientRule(UpdateRule rule) {
        this.rule = rule;
    }

    /** What becomes of the gradient of a chunk. */
    UpdateRule rule() {
        return rule;
    }

    /** From the command line. */
    static final class Converter extends Word.Choice<GradientRule> {
        Converter() {
            super(GradientRule.class);
        }
    }
}
