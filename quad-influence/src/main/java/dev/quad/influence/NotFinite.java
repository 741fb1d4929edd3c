// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.linalg.Reals;
import org.jspecify.annotations.Nullable;

/** Errors for captures that hold NaN or infinity, by layer and item. */
final class NotFinite {
    private NotFinite() {}

    /**
     * The error for a capture whose sum or sum of squares is not finite.
     *
     * @param firstItem the place of the batch's first item among all
     */
    static NumericalException in(LayerShape layer, LayerCapture capture, int firstItem) {
        NumericalException found = find(layer, capture, firstItem);
        return found != null
                ? found
                : new NumericalException(
                        "the inputs or output gradients of layer " + layer.name() + ", somewhere in items "
                                + firstItem + " to " + (firstItem + capture.items() - 1)
                                + ", are so large that their squares overflow; scale the loss down");
    }

    /** {@link #in}, or null where every value is finite. */
    static @Nullable NumericalException find(LayerShape layer, LayerCapture capture, int firstItem) {
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta()) {
            for (int item = 0; item < capture.items(); item++) {
                NumericalException found = find("inputs", layer, x, layer.columns(), capture, item, firstItem);
                if (found == null) {
                    found = find("output gradients", layer, delta, layer.outputs(), capture, item, firstItem);
                }
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
    }

    private static @Nullable NumericalException find(
            String what, LayerShape layer, Reals values, int width, LayerCapture capture, int item, int firstItem) {
        for (int i = capture.firstRow(item) * width; i < capture.firstRow(item + 1) * width; i++) {
            if (!Double.isFinite(values.value(i))) {
                return new NumericalException("the " + what + " of layer " + layer.name() + " hold " + values.value(i)
                        + " at item " + (firstItem + item)
                        + ", where a finite number is needed: check the weights of the model, or leave the item out");
            }
        }
        return null;
    }
}
