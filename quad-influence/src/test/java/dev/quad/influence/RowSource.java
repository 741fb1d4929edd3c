// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.ReferenceSet;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.BiConsumer;

/** A model of the user's, whose items are their numbers of rows; right unless told otherwise. */
class RowSource implements GradientSource<Integer> {
    static final List<LayerShape> LAYERS = List.of(new LayerShape("a", 3, 2, true), new LayerShape("b", 2, 4));
    /** Three items: of two rows, of none, and of three. */
    static final List<Integer> ITEMS = List.of(2, 0, 3);

    static final ReferenceSet<Integer> REFERENCE = ReferenceSet.of(ITEMS);
    static final int BATCH = GradientSource.DEFAULT_BATCH_TOKENS;

    @Override
    public List<LayerShape> layers() {
        return LAYERS;
    }

    @Override
    public String fingerprint() {
        return "model";
    }

    @Override
    public int tokens(Integer item) {
        return item;
    }

    @Override
    public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
        for (int layer = 0; layer < layers().size(); layer++) {
            hand(layer, starts(batch), sink);
        }
        return losses(batch);
    }

    void hand(int layer, int[] starts, CaptureSink sink) {
        int rows = starts[starts.length - 1];
        sink.accept(new LayerCapture(
                layer,
                numbers(rows * LAYERS.get(layer).inputs()),
                numbers(rows * LAYERS.get(layer).outputs()),
                starts));
    }

    int[] starts(List<? extends Integer> batch) {
        int[] starts = new int[batch.size() + 1];
        for (int i = 0; i < batch.size(); i++) {
            starts[i + 1] = starts[i] + batch.get(i);
        }
        return starts;
    }

    BatchLosses losses(List<? extends Integer> batch) {
        return new BatchLosses(
                new double[batch.size()],
                batch.stream().mapToInt(Integer::intValue).toArray());
    }

    static FloatBuffer numbers(int count) {
        FloatBuffer numbers = FloatBuffer.allocate(count);
        for (int i = 0; i < count; i++) {
            numbers.put(i, (i % 5 - 2.25f) / 4);
        }
        return numbers;
    }

    /** One that hands over layer b wrongly, and layer a rightly. */
    static RowSource wrong(BiConsumer<int[], CaptureSink> wrong) {
        return new RowSource() {
            @Override
            void hand(int layer, int[] starts, CaptureSink sink) {
                if (layer == 0) {
                    super.hand(layer, starts, sink);
                } else {
                    wrong.accept(starts, sink);
                }
            }
        };
    }

    static LayerCapture b(int x, int delta, int... starts) {
        return new LayerCapture(1, numbers(x), numbers(delta), starts);
    }

    /** A source with other starts for layer b, whose buffers fit them. */
    static RowSource starts(int... wrong) {
        return wrong((starts, sink) -> sink.accept(b(100, 100, wrong)));
    }
}
