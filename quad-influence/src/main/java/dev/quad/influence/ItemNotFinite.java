// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;

/** An item whose loss, gradient or score is not finite. */
final class ItemNotFinite extends NumericalException {
    private static final long serialVersionUID = 1;

    private final String reason;

    /** @param reason what is wrong with the item, which is "it" */
    private ItemNotFinite(String message, String reason) {
        super(message + "; leave the item out, or check the model");
        this.reason = reason;
    }

    static ItemNotFinite score(LayerShape layer, int item, double value) {
        String why = " the score " + value
                + ": its inputs, its output gradients or the direction are not finite, or too large";
        return new ItemNotFinite(
                "layer " + layer.name() + " gives item " + item + why, "layer " + layer.name() + " gives it" + why);
    }

    static ItemNotFinite loss(int item, double value) {
        return new ItemNotFinite("item " + item + " has the loss " + value, "its loss is " + value);
    }

    static ItemNotFinite projected(int item) {
        return new ItemNotFinite(
                "the projected gradient of item " + item + " is not finite, or too large",
                "its projected gradient is not finite, or too large");
    }

    /** What is wrong with it, for {@link dev.quad.InfluenceScores}, where its place is known. */
    String reason() {
        return reason;
    }
}
