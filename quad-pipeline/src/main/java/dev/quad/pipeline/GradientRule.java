// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.influence.UpdateRule;

/** What is scored of the gradient of a chunk. */
public enum GradientRule {
    /** The gradient itself: a step of plain descent. */
    SGD,
    /** The sign of each number of it. */
    SIGN,
    /** What Adam's first step makes of it, with β₁ 0.9, β₂ 0.999 and ε 1e-8. */
    ADAM;

    UpdateRule rule() {
        return switch (this) {
            case SGD -> UpdateRule.sgd();
            case SIGN -> UpdateRule.sign();
            case ADAM -> UpdateRule.adam(0.9, 0.999, 1e-8);
        };
    }
}
