// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.Precision;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Rows x and δ of all layers, item by item, until a batch is whole. */
final class Rows {
    private final List<LayerShape> layers;
    private final double[][][] inputs;
    private final double[][][] gradients;

    Rows(List<LayerShape> layers, int items) {
        this.layers = layers;
        this.inputs = new double[layers.size()][items][0];
        this.gradients = new double[layers.size()][items][0];
    }

    /** The elements in row-major order. */
    static double[] values(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asDouble();
        }
    }

    /**
     * Takes the rows of several items as DL4J has them, item i of n at the rows i, i + n, i + 2n and so on. A row that
     * is masked and without a gradient is padding and left out.
     *
     * @param x rows × inputs
     * @param delta rows × outputs
     * @param mask one value a row, or null where there is no mask
     * @param items where the items stand in the batch
     */
    void put(int layer, INDArray x, INDArray delta, @Nullable INDArray mask, int[] items) {
        LayerShape shape = layers.get(layer);
        double[] xs = values(x);
        double[] deltas = values(delta);
        double[] masks = mask == null ? new double[0] : values(mask);
        int n = items.length;
        int rows = xs.length / shape.inputs();
        if (rows % n != 0 || deltas.length != rows * shape.outputs()) {
            throw new IllegalStateException("layer " + shape.name() + " has " + xs.length + " inputs and "
                    + deltas.length + " output gradients for " + n + " items; rows of " + shape.inputs() + " and "
                    + shape.outputs() + " are needed");
        }
        for (int i = 0; i < n; i++) {
            double[] itemX = new double[rows / n * shape.inputs()];
            double[] itemDelta = new double[rows / n * shape.outputs()];
            int kept = 0;
            for (int row = i; row < rows; row += n) {
                int at = row * shape.outputs();
                boolean padding = row < masks.length
                        && masks[row] == 0
                        && Arrays.stream(deltas, at, at + shape.outputs()).allMatch(value -> value == 0);
                if (!padding) {
                    System.arraycopy(xs, row * shape.inputs(), itemX, kept * shape.inputs(), shape.inputs());
                    System.arraycopy(deltas, at, itemDelta, kept * shape.outputs(), shape.outputs());
                    kept++;
                }
            }
            inputs[layer][items[i]] = Arrays.copyOf(itemX, kept * shape.inputs());
            gradients[layer][items[i]] = Arrays.copyOf(itemDelta, kept * shape.outputs());
        }
    }

    /** Hands out all layers, from the last to the first. */
    void emit(Precision precision, CaptureSink sink) {
        for (int l = layers.size() - 1; l >= 0; l--) {
            int[] starts = new int[inputs[l].length + 1];
            for (int i = 0; i < inputs[l].length; i++) {
                starts[i + 1] = starts[i] + inputs[l][i].length / layers.get(l).inputs();
            }
            double[] x = joined(inputs[l]);
            double[] delta = joined(gradients[l]);
            sink.accept(
                    precision == Precision.DOUBLE
                            ? new LayerCapture(l, DoubleBuffer.wrap(x), DoubleBuffer.wrap(delta), starts)
                            : new LayerCapture(l, floats(x), floats(delta), starts));
        }
    }

    private static double[] joined(double[][] parts) {
        double[] all =
                new double[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int at = 0;
        for (double[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static FloatBuffer floats(double[] values) {
        FloatBuffer buffer = FloatBuffer.allocate(values.length);
        for (double value : values) {
            buffer.put((float) value);
        }
        return buffer.flip();
    }
}
