// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;

/** Each layer without its bias: the captures are the same, and no constant is put to their inputs. */
final class UnbiasedLayers<T> extends LayerView<T> {
    private UnbiasedLayers(GradientSource<T> source, List<LayerShape> layers) {
        super(source, layers, "without biases");
    }

    static <T> UnbiasedLayers<T> of(GradientSource<T> source) {
        List<LayerShape> layers = source.layers().stream()
                .map(layer -> new LayerShape(layer.name(), layer.inputs(), layer.outputs()))
                .toList();
        return new UnbiasedLayers<>(source, layers);
    }

    @Override
    Router router(CaptureSink sink) {
        return new Router() {
            @Override
            public void accept(LayerCapture capture) {
                sink.accept(capture);
            }

            @Override
            public void close() {}
        };
    }
}
