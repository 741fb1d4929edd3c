// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A source whose captures are given, item by item. It hands out the layers from last to first, as a backward pass does.
 */
record ArraySource(List<LayerShape> layers, String fingerprint, boolean direct)
        implements GradientSource<ArraySource.Item> {

    /**
     * What the layers saw of one item.
     *
     * @param inputs for each layer {@code rows × inputs}
     * @param gradients for each layer {@code rows × outputs}
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Item(double loss, int tokens, float[][] inputs, float[][] gradients) {
        Item withLoss(double other) {
            return new Item(other, tokens, inputs, gradients);
        }

        /** With gradients times a factor. */
        Item scaled(float factor) {
            float[][] scaled = new float[gradients.length][];
            for (int l = 0; l < scaled.length; l++) {
                scaled[l] = gradients[l].clone();
                for (int i = 0; i < scaled[l].length; i++) {
                    scaled[l][i] *= factor;
                }
            }
            return new Item(loss, tokens, inputs, scaled);
        }
    }

    ArraySource(List<LayerShape> layers) {
        this(layers, "array source", true);
    }

    /** An item of random rows. */
    Item random(int rows, long seed) {
        float[][] inputs = new float[layers.size()][];
        float[][] gradients = new float[layers.size()][];
        for (int l = 0; l < layers.size(); l++) {
            inputs[l] = Dense.floats(
                    Dense.gaussian(seed, "x" + l, rows * layers.get(l).inputs()));
            gradients[l] = Dense.floats(
                    Dense.gaussian(seed, "d" + l, rows * layers.get(l).outputs()));
        }
        return new Item(0.5 * rows, rows, inputs, gradients);
    }

    @Override
    public int tokens(Item item) {
        return item.tokens();
    }

    @Override
    public BatchLosses capture(List<? extends Item> batch, Targets targets, CaptureSink sink) {
        for (int l = layers.size() - 1; l >= 0; l--) {
            int layer = l;
            int[] starts = new int[batch.size() + 1];
            for (int i = 0; i < batch.size(); i++) {
                starts[i + 1] = starts[i]
                        + batch.get(i).inputs()[l].length / layers.get(l).inputs();
            }
            FloatBuffer x =
                    join(batch.stream().map(item -> item.inputs()[layer]).toList());
            FloatBuffer delta =
                    join(batch.stream().map(item -> item.gradients()[layer]).toList());
            sink.accept(new LayerCapture(layer, x, delta, starts));
        }
        return new BatchLosses(
                batch.stream().mapToDouble(Item::loss).toArray(),
                batch.stream().mapToInt(Item::tokens).toArray());
    }

    private FloatBuffer join(List<float[]> parts) {
        int length = parts.stream().mapToInt(part -> part.length).sum();
        FloatBuffer buffer = direct
                ? ByteBuffer.allocateDirect(4 * length)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer()
                : FloatBuffer.allocate(length);
        parts.forEach(buffer::put);
        return buffer.flip();
    }

    /** {@code Σ_t δ_t x_tᵀ} of one layer of one item, in plain loops. */
    double[] gradient(int layer, Item item) {
        int in = layers.get(layer).inputs();
        int out = layers.get(layer).outputs();
        double[] sum = new double[out * in];
        for (int t = 0; t < item.inputs()[layer].length / in; t++) {
            for (int i = 0; i < out; i++) {
                for (int j = 0; j < in; j++) {
                    sum[i * in + j] += (double) item.gradients()[layer][t * out + i] * item.inputs()[layer][t * in + j];
                }
            }
        }
        return sum;
    }

    /** The mean gradient per token of all items, in plain loops. */
    double[] meanGradient(int layer, List<Item> items) {
        double[] sum = new double[layers.get(layer).weights()];
        for (Item item : items) {
            sum = Dense.sum(sum, gradient(layer, item));
        }
        return Dense.scaled(sum, 1.0 / items.stream().mapToInt(Item::tokens).sum());
    }
}
