// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A network of two layers that share one weight matrix, {@code f = W tanh(W x)}: one captured layer, with the rows of
 * both uses one after the other.
 */
record Tied(Mlp network) implements GradientSource<Mlp.Item> {
    Tied {
        network =
                network.with(List.of(network.weights().get(0), network.weights().get(0)));
    }

    @Override
    public List<LayerShape> layers() {
        return network.layers().subList(0, 1);
    }

    @Override
    public Precision precision() {
        return network.precision();
    }

    @Override
    public String fingerprint() {
        return network.fingerprint();
    }

    @Override
    public int tokens(Mlp.Item item) {
        return network.tokens(item);
    }

    /** {@code D} of the shared matrix: the sum over both uses. */
    double[] gradient(Mlp.Item item, Targets targets) {
        return Dense.sum(network.gradient(0, item, targets), network.gradient(1, item, targets));
    }

    /** The same without joining the uses: two captures of one layer, as a careless source would hand over. */
    GradientSource<Mlp.Item> apart() {
        Tied tied = this;
        return new GradientSource<>() {
            @Override
            public List<LayerShape> layers() {
                return tied.layers();
            }

            @Override
            public String fingerprint() {
                return tied.fingerprint();
            }

            @Override
            public Precision precision() {
                return tied.precision();
            }

            @Override
            public int tokens(Mlp.Item item) {
                return tied.tokens(item);
            }

            @Override
            public BatchLosses capture(List<? extends Mlp.Item> batch, Targets targets, CaptureSink sink) {
                for (int use = 1; use >= 0; use--) {
                    int l = use;
                    new Rows(layers(), precision())
                            .capture(
                                    batch.stream()
                                            .map(item -> network.pass(item, targets))
                                            .map(pass -> new Rows.Item(
                                                    new double[][][] {pass.x()[l]}, new double[][][] {pass.delta()[l]}))
                                            .toList(),
                                    sink);
                }
                return network.capture(batch, targets, capture -> {});
            }
        };
    }

    /** The network with {@code W + step·v} at both places. */
    Mlp moved(double step, double[] v) {
        return network.moved(step, List.of(v, v));
    }

    /** The curvature in plain loops. */
    double[] dense(List<Mlp.Item> items, Fisher fisher) {
        int n = layers().get(0).weights();
        double[] sum = new double[n * n];
        for (Mlp.Item item : items) {
            for (Targets targets : fisher.passes()) {
                Dense.addOuter(sum, 1.0 / items.size() / fisher.divisor(), gradient(item, targets));
            }
        }
        return sum;
    }

    @Override
    public BatchLosses capture(List<? extends Mlp.Item> batch, Targets targets, CaptureSink sink) {
        new Rows(layers(), precision())
                .capture(
                        batch.stream()
                                .map(item -> joined(network.pass(item, targets)))
                                .toList(),
                        sink);
        return network.capture(batch, targets, capture -> {});
    }

    private static Rows.Item joined(Rows.Item pass) {
        return new Rows.Item(new double[][][] {both(pass.x())}, new double[][][] {both(pass.delta())});
    }

    private static double[][] both(double[][][] layers) {
        int rows = layers[0].length;
        return IntStream.range(0, 2 * rows)
                .mapToObj(t -> layers[t / rows][t % rows])
                .toArray(double[][]::new);
    }
}
