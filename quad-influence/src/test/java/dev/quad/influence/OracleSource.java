// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** A network of the oracle as the engine sees a model, in either precision; sampled labels are the stored ones. */
final class OracleSource implements GradientSource<OracleSource.Item> {
    private static final int DOUBLE_BITS = 53;

    /** An item of the oracle. */
    record Item(String set, int index) {}

    private final OracleNetwork network;
    private final Precision precision;
    private final UnaryOperator<OracleNetwork.Pass> view;
    private final List<LayerShape> layers;
    private final int bits;
    private final Map<String, OracleNetwork.Pass> passes = new HashMap<>();
    private final Map<Item, Double> losses = new HashMap<>();

    /** @param view what a pass is seen as: itself, or with q, k and v fused */
    OracleSource(
            OracleNetwork network,
            List<OracleNetwork.Layer> layers,
            UnaryOperator<OracleNetwork.Pass> view,
            Precision precision) {
        this(network, layers, view, precision, DOUBLE_BITS);
    }

    /** @param bits how many bits of each captured number are kept, of the 53 of a double */
    OracleSource(
            OracleNetwork network,
            List<OracleNetwork.Layer> layers,
            UnaryOperator<OracleNetwork.Pass> view,
            Precision precision,
            int bits) {
        this.bits = bits;
        this.network = network;
        this.precision = precision;
        this.view = view;
        this.layers = layers.stream()
                .map(layer -> new LayerShape(layer.name(), layer.inputs(), layer.outputs(), layer.bias()))
                .toList();
    }

    List<Item> items(String set) {
        return IntStream.range(0, network.items(set))
                .mapToObj(i -> new Item(set, i))
                .toList();
    }

    @Override
    public List<LayerShape> layers() {
        return layers;
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public String fingerprint() {
        return "oracle";
    }

    @Override
    public int tokens(Item item) {
        return network.supervised(item.set(), item.index());
    }

    @Override
    public BatchLosses capture(List<? extends Item> batch, Targets targets, CaptureSink sink) {
        List<OracleNetwork.Pass> passes =
                batch.stream().map(item -> pass(item, targets)).toList();
        int[] starts = new int[batch.size() + 1];
        for (int i = 0; i < passes.size(); i++) {
            starts[i + 1] = starts[i] + passes.get(i).rows();
        }
        for (int layer = 0; layer < layers.size(); layer++) {
            List<double[]> x = new ArrayList<>();
            List<double[]> delta = new ArrayList<>();
            for (OracleNetwork.Pass pass : passes) {
                x.addAll(List.of(pass.inputs()[layer]));
                delta.addAll(List.of(pass.gradients()[layer]));
            }
            sink.accept(
                    precision == Precision.DOUBLE
                            ? new LayerCapture(
                                    layer, DoubleBuffer.wrap(join(x)), DoubleBuffer.wrap(join(delta)), starts)
                            : new LayerCapture(
                                    layer,
                                    FloatBuffer.wrap(Dense.floats(join(x))),
                                    FloatBuffer.wrap(Dense.floats(join(delta))),
                                    starts));
        }
        return new BatchLosses(
                batch.stream().mapToDouble(this::loss).toArray(),
                batch.stream().mapToInt(this::tokens).toArray());
    }

    private OracleNetwork.Pass pass(Item item, Targets targets) {
        return passes.computeIfAbsent(
                item + " " + targets,
                key -> view.apply(
                        network.backward(item.set(), item.index(), logitGradients(item.set(), item.index(), targets))));
    }

    private double loss(Item item) {
        return losses.computeIfAbsent(
                item, key -> network.loss(item.set(), item.index(), network.labels(item.set(), item.index(), false)));
    }

    private double[][] logitGradients(String set, int item, Targets targets) {
        if (targets instanceof Targets.Single single) {
            return singleGradient(set, item, single);
        }
        return network.lossGradient(set, item, network.labels(set, item, targets instanceof Targets.Sampled));
    }

    /** Of {@code −√p·log p} at one supervised position. */
    private double[][] singleGradient(String set, int item, Targets.Single target) {
        double[][] probabilities = network.probabilities(set, item);
        int[] labels = network.labels(set, item, false);
        double[][] result = new double[probabilities.length][probabilities[0].length];
        int position = 0;
        for (int t = 0; t < labels.length; t++) {
            if (labels[t] >= 0 && position++ == target.position()) {
                double root = Math.sqrt(probabilities[t][target.label()]);
                for (int c = 0; c < result[t].length; c++) {
                    result[t][c] = root * (probabilities[t][c] - (c == target.label() ? 1 : 0));
                }
            }
        }
        return result;
    }

    private double[] join(List<double[]> rows) {
        double factor = Math.scalb(1.0, DOUBLE_BITS - bits) + 1; // splits as Dekker (1971) does
        return rows.stream()
                .flatMapToDouble(Arrays::stream)
                .map(x -> bits == DOUBLE_BITS ? x : factor * x - (factor * x - x))
                .toArray();
    }
}
