// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;

/**
 * Passes captures on, and refuses a second one of a layer in the same pass: what is squared would then be the gradients of
 * the uses one by one, and not their sum, with no error and a result that looks right. One pass of one batch each.
 */
final class OncePerLayer implements CaptureSink {
    private final List<LayerShape> layers;
    private final CaptureSink sink;
    private final boolean[] seen;

    OncePerLayer(List<LayerShape> layers, CaptureSink sink) {
        this.layers = layers;
        this.sink = sink;
        this.seen = new boolean[layers.size()];
    }

    @Override
    public void accept(LayerCapture capture) {
        if (seen[capture.layer()]) {
            throw new IllegalStateException("the source handed over layer "
                    + layers.get(capture.layer()).name()
                    + " twice in one pass, and squares must be of the sum over all uses of a weight; hand over one capture"
                    + " with the rows of all uses of each item, or give each use a layer and join them by Layers.tie");
        }
        seen[capture.layer()] = true;
        sink.accept(capture);
    }
}
