// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.influence.UpdateRule;
import java.util.function.Supplier;

/** What is scored of the gradient of a chunk. */
public enum GradientRule {
    /** The gradient itself: a step of plain descent. */
    SGD,
    /** The sign of each number of it. */
    SIGN,
    /** What Adam's first step makes of it, with β₁ 0.9, β₂ 0.999 and ε 1e-8: all but its sign. */
    ADAM,
    /**
     * What Adam makes of it from the moments with which the model's training ended, as LESS does: a model folder with
     * {@value dev.quad.model.AdamMoments#FILE}.
     */
    ADAM_STATE;

    UpdateRule rule(Supplier<UpdateRule.AdamState> moments) {
        return switch (this) {
            case SGD -> UpdateRule.sgd();
            case SIGN -> UpdateRule.sign();
            case ADAM -> UpdateRule.adam(0.9, 0.999, 1e-8);
            case ADAM_STATE -> UpdateRule.adam(moments.get());
        };
    }
}
