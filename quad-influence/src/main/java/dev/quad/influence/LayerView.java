// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.Precision;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** A source whose captures are those of another, changed on the way by what {@link #router} makes for a batch. */
abstract class LayerView<T> implements GradientSource<T> {
    private static final int ROWS = 256;

    final GradientSource<T> source;
    final List<LayerShape> sourceLayers;
    private final List<LayerShape> layers;
    private final String description;

    LayerView(GradientSource<T> source, List<LayerShape> layers, String description) {
        this.source = source;
        this.sourceLayers = Sources.layers(source);
        this.layers = List.copyOf(layers);
        this.description = description;
        if (layers.isEmpty()) {
            throw new IllegalArgumentException(
                    "no layer of " + sourceLayers.stream().map(LayerShape::name).toList()
                            + " is left, so that there is nothing to capture");
        }
        Set<String> names = new HashSet<>();
        for (LayerShape layer : layers) {
            if (!names.add(layer.name())) {
                throw new IllegalArgumentException(
                        "two layers of the view have the name " + layer.name() + "; give each a name of its own");
            }
        }
    }

    /** Takes the captures of one batch; closed at its end, whether it failed or not. */
    interface Router extends CaptureSink, AutoCloseable {
        @Override
        void close();
    }

    abstract Router router(CaptureSink sink);

    @Override
    public final List<LayerShape> layers() {
        return layers;
    }

    @Override
    public final String fingerprint() {
        return Fingerprint.of("quad.layers.1")
                .add(source.fingerprint())
                .add(description)
                .hex();
    }

    @Override
    public final Precision precision() {
        return source.precision();
    }

    @Override
    public final OptionalDouble flopsPerToken() {
        return source.flopsPerToken();
    }

    @Override
    public final int tokens(T item) {
        return source.tokens(item);
    }

    @Override
    public final int rows(T item) {
        return source.rows(item);
    }

    @Override
    public final BatchLosses capture(List<? extends T> batch, Targets targets, CaptureSink sink) {
        try (Router router = router(sink)) {
            return CapturePass.run(source, sourceLayers, batch, targets, router);
        }
    }

    /** What the view does, in words. */
    @Override
    public final String toString() {
        return description;
    }

    /** Copies {@code rows × width} elements between row-major matrices. */
    static void copy(int rows, int width, Reals from, int fromAt, int fromStride, Reals to, int toAt, int toStride) {
        Workers.forBlocks(rows, ROWS, (first, count) -> {
            for (int row = first; row < first + count; row++) {
                to.copy(toAt + row * toStride, from, fromAt + row * fromStride, width);
            }
        });
    }
}
