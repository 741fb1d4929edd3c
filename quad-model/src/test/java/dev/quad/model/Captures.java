// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Copies of all captures of a batch. */
final class Captures {
    final List<LayerShape> layers;
    final double[] losses;
    private final Map<Integer, Layer> byLayer;

    private static final class Layer {
        final float[] inputs;
        final float[] outputGradients;
        final int[] starts;

        Layer(LayerCapture capture) {
            inputs = copy(capture.inputs());
            outputGradients = copy(capture.outputGradients());
            starts = new int[capture.items() + 1];
            for (int i = 0; i < starts.length; i++) {
                starts[i] = capture.firstRow(i);
            }
        }
    }

    private Captures(List<LayerShape> layers, BatchLosses losses, Map<Integer, Layer> byLayer) {
        this.layers = layers;
        this.losses = DecoderCase.sums(losses);
        this.byLayer = byLayer;
    }

    /** Those of all layers, the head included. */
    static Captures of(Decoder decoder, List<TokenSequence> batch, Targets targets) {
        return of(DecoderGradients.withHead(decoder), batch, targets);
    }

    static Captures of(GradientSource<TokenSequence> source, List<TokenSequence> batch, Targets targets) {
        Map<Integer, Layer> byLayer = new TreeMap<>();
        BatchLosses losses = source.capture(batch, targets, capture -> {
            if (byLayer.put(capture.layer(), new Layer(capture)) != null) {
                throw new AssertionError("layer " + capture.layer() + " came twice");
            }
        });
        return new Captures(source.layers(), losses, byLayer);
    }

    private static float[] copy(FloatBuffer buffer) {
        float[] values = new float[buffer.limit()];
        buffer.get(0, values);
        return values;
    }

    Set<Integer> captured() {
        return byLayer.keySet();
    }

    /** x of an item, row-major. */
    float[] inputs(int layer, int item) {
        return part(layer, item, layer(layer).inputs, layers.get(layer).inputs());
    }

    /** δ of an item, row-major. */
    float[] outputGradients(int layer, int item) {
        return part(layer, item, layer(layer).outputGradients, layers.get(layer).outputs());
    }

    private float[] part(int layer, int item, float[] all, int width) {
        int[] starts = layer(layer).starts;
        return java.util.Arrays.copyOfRange(all, starts[item] * width, starts[item + 1] * width);
    }

    private Layer layer(int index) {
        Layer layer = byLayer.get(index);
        if (layer == null) {
            throw new AssertionError("no capture of layer " + index + ", only of " + byLayer.keySet());
        }
        return layer;
    }

    /** {@code Σ δ xᵀ} over the rows of all items. */
    double[] product(int layer, int items) {
        double[] result = new double[layers.get(layer).weights()];
        for (int item = 0; item < items; item++) {
            addProduct(layer, item, result);
        }
        return result;
    }

    /** Adds {@code Σ δ xᵀ} over the rows of an item. */
    void addProduct(int layer, int item, double[] target) {
        float[] x = inputs(layer, item);
        float[] delta = outputGradients(layer, item);
        int in = layers.get(layer).inputs();
        int out = layers.get(layer).outputs();
        int columns = layers.get(layer).columns();
        for (int row = 0; row < x.length / in; row++) {
            for (int i = 0; i < out; i++) {
                for (int j = 0; j < in; j++) {
                    target[i * columns + j] += (double) delta[row * out + i] * x[row * in + j];
                }
                if (columns > in) {
                    target[i * columns + in] += delta[row * out + i];
                }
            }
        }
    }
}
