// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * One pass of a source, which may be the user's, over a batch. Nothing that it hands over is worked with before it was
 * held to what {@link GradientSource#capture} promises, since a length that is wrong would read memory of others: one
 * capture a layer, of the rows of each item of the batch, with as many numbers as these rows need, and one loss an
 * item. Looks at no number of a capture; costs a comparison for each item and layer.
 */
final class CapturePass implements CaptureSink {
    private final GradientSource<?> source;
    private final List<LayerShape> layers;
    private final int items;
    private final CaptureSink sink;
    private final boolean[] seen;

    private CapturePass(GradientSource<?> source, List<LayerShape> layers, int items, CaptureSink sink) {
        this.source = source;
        this.layers = layers;
        this.items = items;
        this.sink = sink;
        this.seen = new boolean[layers.size()];
    }

    /**
     * Runs it.
     *
     * @param layers those of the source
     * @throws IllegalStateException if the source breaks its contract; names the layer, the item and the numbers
     */
    static <T> BatchLosses run(
            GradientSource<T> source,
            List<LayerShape> layers,
            List<? extends T> batch,
            Targets targets,
            CaptureSink sink) {
        CapturePass pass = new CapturePass(source, layers, batch.size(), sink);
        BatchLosses losses = ofEach(source.capture(batch, targets, pass), batch.size());
        for (int i = 0; i < batch.size(); i++) {
            int tokens = source.tokens(batch.get(i));
            if (losses.tokens(i) != tokens) {
                throw new IllegalStateException("item " + i + " of a batch has " + tokens
                        + " tokens to predict by tokens() of the source, and " + losses.tokens(i)
                        + " in the losses that capture() returned; both must be the same");
            }
        }
        pass.requireAll(losses);
        return losses;
    }

    /**
     * Runs it with the observed labels, for scores.
     *
     * @param firstItem the place of the batch's first item among all, for messages
     * @throws ItemNotFinite if a loss is not finite
     */
    static <T> void finite(
            GradientSource<T> source,
            List<LayerShape> layers,
            List<? extends T> batch,
            int firstItem,
            CaptureSink sink) {
        BatchLosses losses = run(source, layers, batch, Targets.observed(), sink);
        for (int i = 0; i < losses.items(); i++) {
            if (losses.tokens(i) > 0 && !Double.isFinite(losses.sum(i))) {
                throw ItemNotFinite.loss(firstItem + i, losses.sum(i));
            }
        }
    }

    /** The losses, if there is one an item. */
    static BatchLosses ofEach(BatchLosses losses, int items) {
        if (losses == null) {
            throw new IllegalStateException(
                    "the model returned null for the losses of " + items + " items; it must return one an item");
        }
        if (losses.items() != items) {
            throw new IllegalStateException("the model returned the losses of " + losses.items()
                    + " items for a batch of " + items + "; it must return one an item, in order");
        }
        return losses;
    }

    @Override
    public void accept(LayerCapture capture) {
        Objects.requireNonNull(capture, "the source handed over a capture that is null");
        int layer = capture.layer();
        if (layer < 0 || layer >= seen.length) {
            throw new IllegalStateException(
                    "the source handed over layer " + layer + "; its layers are 0 to " + (seen.length - 1));
        }
        LayerShape shape = layers.get(layer);
        if (seen[layer]) {
            throw new IllegalStateException("the source handed over layer " + shape.name()
                    + " twice in one pass; hand over one capture with the rows of all uses of each item, or give each use"
                    + " a layer and join them by Layers.tie");
        }
        seen[layer] = true;
        requireStarts(shape, capture.starts());
        if (capture.precision() != source.precision()) {
            throw new IllegalStateException("layer " + shape.name() + " is captured in " + capture.precision()
                    + " precision, and precision() of the source says " + source.precision());
        }
        capture.requireRoom(shape);
        sink.accept(capture);
    }

    private void requireStarts(LayerShape shape, int[] starts) {
        String place = "the capture of layer " + shape.name() + " has ";
        if (starts.length != items + 1) {
            throw new IllegalStateException(place + starts.length + " starts for a batch of " + items
                    + " items; needed are the first row of each item, and the number of rows");
        }
        if (starts[0] != 0) {
            throw new IllegalStateException(
                    place + "its first item start at row " + starts[0] + "; it starts at row 0");
        }
        for (int item = 0; item < items; item++) {
            if (starts[item + 1] < starts[item]) {
                throw new IllegalStateException(place + "item " + item + " from row " + starts[item] + " to row "
                        + starts[item + 1] + "; starts ascend, and equal ones are of an item without rows");
            }
        }
    }

    /** A source may leave out everything where nothing has a token. */
    private void requireAll(BatchLosses losses) {
        List<String> missing = IntStream.range(0, seen.length)
                .filter(layer -> !seen[layer])
                .mapToObj(layer -> layers.get(layer).name())
                .toList();
        boolean nothing =
                missing.size() == seen.length && IntStream.range(0, items).allMatch(item -> losses.tokens(item) == 0);
        if (!missing.isEmpty() && !nothing) {
            throw new IllegalStateException("the source handed over no capture of the layers " + missing
                    + "; it must hand over one of each layer in each pass, without rows where nothing has a gradient");
        }
    }
}
