// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Objects;

/**
 * A linear layer {@code y = W·x + b} whose gradients are captured; W is {@code outputs × inputs}. Where there is a
 * bias, it counts as a last column of W, met by a constant input of 1.
 *
 * @param name unique within a model, such as {@code layers.0.attention.qkv}
 * @param inputs length of x without the constant, {@code >= 1}
 * @param outputs length of y, {@code >= 1}
 * @param bias whether there is a b
 */
public record LayerShape(String name, int inputs, int outputs, boolean bias) {

    /** A layer without bias. */
    public LayerShape(String name, int inputs, int outputs) {
        this(name, inputs, outputs, false);
    }

    /** Checks the sizes. */
    public LayerShape {
        Objects.requireNonNull(name, "the name of a layer is null; files and messages go by it");
        if (inputs < 1 || outputs < 1) {
            throw new IllegalArgumentException(
                    "layer " + name + " has " + inputs + " inputs and " + outputs + " outputs; both must be 1 or more");
        }
    }

    /** Columns of the gradient: the inputs, and one for the bias. */
    public int columns() {
        return bias ? inputs + 1 : inputs;
    }

    /**
     * The number of weights, the bias included.
     *
     * @throws IllegalArgumentException if it is 2³¹ or more
     */
    public int weights() {
        long weights = (long) columns() * outputs;
        if (weights > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "layer " + name + " has " + weights
                            + " weights, more than an array holds; cut it into parts (Layers.split), or leave it out (Layers.only)");
        }
        return (int) weights;
    }
}
