// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.influence.BatchLosses;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** The gradients of the items of one batch, as a source captured them. */
final class Gradients {
    private final BatchLosses losses;
    private final double[][][] gradients; // layer, item, outputs × columns
    private final double[][][][] deltas; // layer, item, row, outputs

    private Gradients(BatchLosses losses, double[][][] gradients, double[][][][] deltas) {
        this.losses = losses;
        this.gradients = gradients;
        this.deltas = deltas;
    }

    /** Runs a batch; an AssertionError says what is wrong with the captures. */
    static <T> Gradients of(GradientSource<T> source, List<T> batch, Targets targets) {
        return of(source, batch, targets, () -> {});
    }

    /** {@link #of(GradientSource, List, Targets)}, where something is done at each layer before its capture is read. */
    static <T> Gradients of(GradientSource<T> source, List<T> batch, Targets targets, Runnable atEachLayer) {
        List<LayerShape> layers = source.layers();
        double[][][] gradients = new double[layers.size()][][];
        double[][][][] deltas = new double[layers.size()][][][];
        BatchLosses losses = source.capture(batch, targets, capture -> {
            int layer = capture.layer();
            assertThat(layer).as("the layer of a capture").isBetween(0, layers.size() - 1);
            assertThat(gradients[layer])
                    .as("captures of layer %s before this", layers.get(layer))
                    .isNull();
            assertThat(capture.items()).as("items of %s", layers.get(layer)).isEqualTo(batch.size());
            assertThat(isDouble(capture))
                    .as("whether a capture of a source in %s precision is in double", source.precision())
                    .isEqualTo(String.valueOf(source.precision()).equals("DOUBLE"));
            atEachLayer.run();
            gradients[layer] = new double[batch.size()][layers.get(layer).weights()];
            deltas[layer] = new double[batch.size()][][];
            read(layers.get(layer), capture, gradients[layer], deltas[layer]);
        });
        Answers.given("capture of " + batch.size() + " items with " + targets + " labels", losses);
        for (int layer = 0; layer < gradients.length; layer++) {
            assertThat(gradients[layer])
                    .as("the capture of layer %s", layers.get(layer))
                    .isNotNull();
        }
        assertThat(losses.items()).as("losses").isEqualTo(batch.size());
        return new Gradients(losses, gradients, deltas);
    }

    private static void read(LayerShape shape, LayerCapture capture, double[][] sums, double[][][] deltas) {
        String layer = shape.toString();
        assertThat(capture.firstRow(0)).as("the first row in %s", layer).isZero();
        for (int i = 0; i < capture.items(); i++) {
            assertThat(capture.firstRow(i + 1))
                    .as("the row after item %s in %s", i, layer)
                    .isGreaterThanOrEqualTo(capture.firstRow(i));
        }
        IntToDoubleFunction x = numbers(capture, true, capture.rows() * shape.inputs(), layer);
        IntToDoubleFunction delta = numbers(capture, false, capture.rows() * shape.outputs(), layer);
        for (int i = 0; i < sums.length; i++) {
            int first = capture.firstRow(i);
            deltas[i] = new double[capture.firstRow(i + 1) - first][shape.outputs()];
            for (int t = first; t < capture.firstRow(i + 1); t++) {
                for (int o = 0; o < shape.outputs(); o++) {
                    double d = delta.applyAsDouble(t * shape.outputs() + o);
                    deltas[i][t - first][o] = d;
                    for (int j = 0; j < shape.columns(); j++) {
                        double input = j < shape.inputs() ? x.applyAsDouble(t * shape.inputs() + j) : 1;
                        sums[i][o * shape.columns() + j] += d * input;
                    }
                }
            }
        }
    }

    private static IntToDoubleFunction numbers(LayerCapture capture, boolean inputs, int length, String layer) {
        String what = (inputs ? "x" : "δ") + " of " + layer;
        IntToDoubleFunction number;
        int position;
        int limit;
        if (isDouble(capture)) {
            DoubleBuffer buffer = inputs ? capture.doubleInputs() : capture.doubleOutputGradients();
            position = buffer.position();
            limit = buffer.limit();
            number = buffer::get;
        } else {
            FloatBuffer buffer = inputs ? capture.inputs() : capture.outputGradients();
            position = buffer.position();
            limit = buffer.limit();
            number = buffer::get;
        }
        assertThat(position).as("the position of the buffer of %s", what).isZero();
        assertThat(limit).as("numbers of %s, from position 0 on", what).isGreaterThanOrEqualTo(length);
        for (int i = 0; i < length; i++) {
            assertThat(Double.isFinite(number.applyAsDouble(i)))
                    .as("number %s of %s, %s, is finite", i, what, number.applyAsDouble(i))
                    .isTrue();
        }
        return number;
    }

    private static boolean isDouble(LayerCapture capture) {
        try {
            capture.inputs();
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    BatchLosses losses() {
        return losses;
    }

    int layers() {
        return gradients.length;
    }

    /** The gradient of the summed loss of an item in a layer, row-major, {@code outputs × columns}. */
    double[] of(int item, int layer) {
        return gradients[layer][item];
    }

    /** δ of each row of an item in a layer. */
    double[][] deltas(int item, int layer) {
        return deltas[layer][item];
    }

    /** The gradient of an item, all layers. */
    double[] ofItem(int item) {
        return Arrays.stream(gradients)
                .flatMapToDouble(layer -> Arrays.stream(layer[item]))
                .toArray();
    }

    /** All of it. */
    double[] flat() {
        return IntStream.range(0, losses.items())
                .mapToObj(this::ofItem)
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }
}
