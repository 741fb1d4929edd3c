// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A source whose captures are given in double precision, row by row; handed out in either. */
record Rows(List<LayerShape> layers, Precision precision) implements GradientSource<Rows.Item> {

    /** What the layers saw of one item: for each layer and row the input, and the gradient at the output. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Item(double[][][] x, double[][][] delta) {
        int rows() {
            return x[0].length;
        }

        /** {@code D = Σ_t δ_t x_tᵀ} of a layer, row-major, the constant of a bias last. */
        double[] gradient(int l, LayerShape layer) {
            double[] d = new double[layer.weights()];
            for (int t = 0; t < x[l].length; t++) {
                for (int i = 0; i < layer.outputs(); i++) {
                    for (int j = 0; j < layer.columns(); j++) {
                        d[i * layer.columns() + j] += delta[l][t][i] * (j < layer.inputs() ? x[l][t][j] : 1);
                    }
                }
            }
            return d;
        }
    }

    static Rows of(LayerShape... layers) {
        return new Rows(List.of(layers), Precision.DOUBLE);
    }

    Rows in(Precision other) {
        return new Rows(layers, other);
    }

    /** Items of independent normal rows. */
    List<Item> items(long seed, int... rows) {
        return IntStream.range(0, rows.length)
                .mapToObj(n -> new Item(
                        rows(seed, "x " + n, rows[n], LayerShape::inputs),
                        rows(seed, "d " + n, rows[n], LayerShape::outputs)))
                .toList();
    }

    private double[][][] rows(long seed, String name, int rows, java.util.function.ToIntFunction<LayerShape> width) {
        double[][][] result = new double[layers.size()][rows][];
        for (int l = 0; l < layers.size(); l++) {
            int n = width.applyAsInt(layers.get(l));
            for (int t = 0; t < rows; t++) {
                result[l][t] = Dense.gaussian(seed, name + " " + l + " " + t, n);
            }
        }
        return result;
    }

    /** The curvature of a layer in plain loops, {@code 1/N·Σ vec(D) vec(D)ᵀ}. */
    double[] dense(int l, List<Item> items) {
        int n = layers.get(l).weights();
        double[] sum = new double[n * n];
        items.forEach(item -> Dense.addOuter(sum, 1.0 / items.size(), item.gradient(l, layers.get(l))));
        return sum;
    }

    @Override
    public String fingerprint() {
        return "rows";
    }

    @Override
    public int tokens(Item item) {
        return item.rows();
    }

    @Override
    public BatchLosses capture(List<? extends Item> batch, Targets targets, CaptureSink sink) {
        capture(batch, sink);
        return new BatchLosses(
                new double[batch.size()], batch.stream().mapToInt(Item::rows).toArray());
    }

    /** From the last layer to the first, as a backward pass does. */
    void capture(List<? extends Item> batch, CaptureSink sink) {
        int[] starts = new int[batch.size() + 1];
        for (int n = 0; n < batch.size(); n++) {
            starts[n + 1] = starts[n] + batch.get(n).rows();
        }
        for (int layer = layers.size() - 1; layer >= 0; layer--) {
            int l = layer;
            double[] x = join(batch.stream().map(item -> item.x()[l]).toList());
            double[] delta = join(batch.stream().map(item -> item.delta()[l]).toList());
            sink.accept(
                    precision == Precision.DOUBLE
                            ? new LayerCapture(l, DoubleBuffer.wrap(x), DoubleBuffer.wrap(delta), starts)
                            : new LayerCapture(
                                    l,
                                    FloatBuffer.wrap(Dense.floats(x)),
                                    FloatBuffer.wrap(Dense.floats(delta)),
                                    starts));
        }
    }

    private static double[] join(List<double[][]> parts) {
        return parts.stream()
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }
}
