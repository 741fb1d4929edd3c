// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Reals;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Each layer as some rectangles of its weights. */
final class SplitLayers<T> extends LayerView<T> {
    private final List<List<LayerPart>> parts;
    /** Of each source layer, where its parts begin in the view. */
    private final int[] starts;

    private SplitLayers(GradientSource<T> source, List<LayerShape> layers, List<List<LayerPart>> parts, int[] starts) {
        super(source, layers, "split " + parts);
        this.parts = parts;
        this.starts = starts;
    }

    static <T> SplitLayers<T> of(GradientSource<T> source, Function<LayerShape, List<LayerPart>> rule) {
        List<LayerShape> layers = new ArrayList<>();
        List<List<LayerPart>> parts = new ArrayList<>();
        List<LayerShape> all = source.layers();
        int[] starts = new int[all.size()];
        for (int l = 0; l < all.size(); l++) {
            starts[l] = layers.size();
            parts.add(List.copyOf(rule.apply(all.get(l))));
            for (LayerPart part : parts.get(l)) {
                layers.add(part.shape(all.get(l)));
            }
        }
        return new SplitLayers<>(source, layers, parts, starts);
    }

    @Override
    Router router(CaptureSink sink) {
        return new Router() {
            @Override
            public void accept(LayerCapture capture) {
                int at = starts[capture.layer()];
                for (LayerPart part : parts.get(capture.layer())) {
                    hand(capture, part, at++, sink);
                }
            }

            @Override
            public void close() {}
        };
    }

    private void hand(LayerCapture capture, LayerPart part, int layer, CaptureSink sink) {
        LayerShape whole = sourceLayers.get(capture.layer());
        try (Reals x = capture.rawInputs();
                Reals delta = capture.delta();
                Reals someX = columns(x, capture.rows(), whole.inputs(), part.inputFrom(), part.inputTo());
                Reals someDelta = columns(delta, capture.rows(), whole.outputs(), part.outputFrom(), part.outputTo())) {
            sink.accept(capture.with(layer, someX, someDelta, capture.starts()));
        }
    }

    /** Some columns in new memory; the memory that is there where they are all, which may then be closed twice. */
    private static Reals columns(Reals matrix, int rows, int width, int from, int to) {
        if (from == 0 && to == width) {
            return matrix;
        }
        Reals result = Reals.allocate(matrix.precision(), rows, to - from);
        copy(rows, to - from, matrix, from, width, result, 0, to - from);
        return result;
    }
}
