// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

/**
 * A linear layer {@code y = W·x} whose gradients are captured; W is {@code outputs × inputs}.
 *
 * @param name unique within a model, such as {@code layers.0.attention.qkv}
 * @param inputs length of x, {@code >= 1}
 * @param outputs length of y, {@code >= 1}
 */
public record LayerShape(String name, int inputs, int outputs) {

    /** Checks the sizes. */
    public LayerShape {
        if (inputs < 1 || outputs < 1) {
            throw new IllegalArgumentException(
                    "layer " + name + " has " + inputs + " inputs and " + outputs + " outputs; both must be 1 or more");
        }
    }

    /** The number of weights. */
    public int weights() {
        return Math.multiplyExact(inputs, outputs);
    }
}
