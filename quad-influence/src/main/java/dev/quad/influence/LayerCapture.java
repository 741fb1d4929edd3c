// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.nio.FloatBuffer;

/**
 * What one layer saw in one batch. Rows are tokens that carry a gradient; rows of an item are consecutive, items in
 * batch order. Valid only inside {@link CaptureSink#accept}.
 *
 * <p>The output gradients are those of the <b>sum</b> over tokens of the loss, so that the gradient of an item's summed
 * loss with respect to W is {@code Σ_t δ_t x_tᵀ} over its rows t.
 */
public final class LayerCapture {
    private final int layer;
    private final FloatBuffer inputs;
    private final FloatBuffer outputGradients;
    private final int[] starts;

    /**
     * A capture.
     *
     * @param layer index into {@link GradientSource#layers()}
     * @param inputs x, row-major, {@code rows × inputs}, from position 0
     * @param outputGradients δ, row-major, {@code rows × outputs}, from position 0
     * @param starts {@code items + 1} values: the first row of each item, and the number of rows; not copied
     */
    public LayerCapture(int layer, FloatBuffer inputs, FloatBuffer outputGradients, int[] starts) {
        this.layer = layer;
        this.inputs = inputs;
        this.outputGradients = outputGradients;
        this.starts = starts;
    }

    /** The index of the layer in {@link GradientSource#layers()}. */
    public int layer() {
        return layer;
    }

    /** x, row-major, {@code rows() × inputs}. */
    public FloatBuffer inputs() {
        return inputs;
    }

    /** δ = ∂(summed loss)/∂y, row-major, {@code rows() × outputs}. */
    public FloatBuffer outputGradients() {
        return outputGradients;
    }

    /** The number of items in the batch. */
    public int items() {
        return starts.length - 1;
    }

    /** The number of rows of all items. */
    public int rows() {
        return starts[starts.length - 1];
    }

    /** The first row of an item; {@code firstRow(items())} is {@link #rows()}. An item without rows has no gradient. */
    public int firstRow(int item) {
        return starts[item];
    }
}
