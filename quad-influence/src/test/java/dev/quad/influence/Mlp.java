// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A network of linear layers in plain loops and double precision, of which much is known: with {@code linear} there is
 * nothing between the layers, else tanh; with {@code squares} the loss is {@code ½|f − e(label)|²}, else that of the
 * softmax; with {@code pooled} an item's outputs are averaged over its rows before one loss, else each row has a loss.
 *
 * <p>For squares, {@link Targets.Single} gives {@code e(label)} as the gradient at the output, so that
 * {@link Fisher#exact} is the Gauss-Newton matrix, and sampled labels are normal around the output.
 */
record Mlp(
        List<LayerShape> layers,
        List<double[]> weights,
        boolean linear,
        boolean squares,
        boolean pooled,
        Precision precision)
        implements GradientSource<Mlp.Item> {

    /**
     * Rows with a label each, or for a pooled network with one.
     *
     * @param key what draws of labels depend on
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Item(long key, double[][] x, int[] labels) {}

    static Mlp random(long seed, boolean bias, int... sizes) {
        List<LayerShape> layers = new ArrayList<>();
        List<double[]> weights = new ArrayList<>();
        for (int l = 0; l + 1 < sizes.length; l++) {
            LayerShape layer = new LayerShape("layer " + l, sizes[l], sizes[l + 1], bias);
            layers.add(layer);
            weights.add(Dense.scaled(
                    Dense.gaussian(seed, "weights " + l, layer.weights()), 1 / Math.sqrt(layer.columns())));
        }
        return new Mlp(layers, weights, false, false, false, Precision.DOUBLE);
    }

    Mlp withoutTanh() {
        return new Mlp(layers, weights, true, squares, pooled, precision);
    }

    Mlp withSquares() {
        return new Mlp(layers, weights, linear, true, pooled, precision);
    }

    Mlp withPooling() {
        return new Mlp(layers, weights, linear, squares, true, precision);
    }

    Mlp in(Precision other) {
        return new Mlp(layers, weights, linear, squares, pooled, other);
    }

    Mlp with(List<double[]> others) {
        return new Mlp(layers, others, linear, squares, pooled, precision);
    }

    /** {@code θ + step·v}. */
    Mlp moved(double step, List<double[]> v) {
        return with(IntStream.range(0, weights.size())
                .mapToObj(l -> Dense.sum(weights.get(l), Dense.scaled(v.get(l), step)))
                .toList());
    }

    int classes() {
        return layers.get(layers.size() - 1).outputs();
    }

    /** Items of normal rows and any labels. */
    List<Item> items(long seed, int... rows) {
        RandomGenerator random = new Seed(seed).stream("items");
        List<Item> items = new ArrayList<>();
        for (int n = 0; n < rows.length; n++) {
            double[][] x = new double[rows[n]][layers.get(0).inputs()];
            int[] labels = new int[rows[n]];
            for (int t = 0; t < rows[n]; t++) {
                Arrays.setAll(x[t], j -> random.nextGaussian());
                labels[t] = random.nextInt(classes());
            }
            items.add(new Item(seed * 1000 + n, x, labels));
        }
        return items;
    }

    @Override
    public String fingerprint() {
        return "mlp " + weights.stream().map(Arrays::hashCode).toList() + linear + squares + pooled;
    }

    @Override
    public int tokens(Item item) {
        return pooled ? 1 : item.x().length;
    }

    double loss(Item item) {
        double[][] outputs = outputs(item);
        double loss = 0;
        for (int t = 0; t < outputs.length; t++) {
            double[] gradient = new double[classes()];
            loss += loss(outputs[t], item.labels()[t], gradient);
        }
        return loss;
    }

    double loss(List<Item> items) {
        return items.stream().mapToDouble(this::loss).sum();
    }

    /** What the loss is of: one row for each token, or one. */
    double[][] outputs(Item item) {
        double[][] rows = new double[item.x().length][];
        for (int t = 0; t < rows.length; t++) {
            double[] a = item.x()[t];
            for (int l = 0; l < layers.size(); l++) {
                a = activated(l, product(l, a));
            }
            rows[t] = a;
        }
        return pooled ? new double[][] {mean(rows)} : rows;
    }

    private double[] product(int l, double[] a) {
        LayerShape layer = layers.get(l);
        double[] y = new double[layer.outputs()];
        for (int i = 0; i < y.length; i++) {
            int at = i * layer.columns();
            double sum = layer.bias() ? weights.get(l)[at + layer.inputs()] : 0;
            for (int j = 0; j < layer.inputs(); j++) {
                sum += weights.get(l)[at + j] * a[j];
            }
            y[i] = sum;
        }
        return y;
    }

    private double[] activated(int l, double[] y) {
        if (!linear && l + 1 < layers.size()) {
            for (int i = 0; i < y.length; i++) {
                y[i] = Math.tanh(y[i]);
            }
        }
        return y;
    }

    private static double[] mean(double[][] rows) {
        double[] sum = new double[rows[0].length];
        for (double[] row : rows) {
            sum = Dense.sum(sum, row);
        }
        return Dense.scaled(sum, 1.0 / rows.length);
    }

    /** The loss of one output; its gradient in {@code gradient}. */
    private double loss(double[] output, int label, double[] gradient) {
        if (squares) {
            double sum = 0;
            for (int c = 0; c < output.length; c++) {
                gradient[c] = output[c] - (c == label ? 1 : 0);
                sum += gradient[c] * gradient[c] / 2;
            }
            return sum;
        }
        double[] p = softmax(output);
        for (int c = 0; c < p.length; c++) {
            gradient[c] = p[c] - (c == label ? 1 : 0);
        }
        return -Math.log(p[label]);
    }

    static double[] softmax(double[] z) {
        double[] p = z.clone();
        double sum = 0;
        for (int c = 0; c < p.length; c++) {
            p[c] = Math.exp(p[c]);
            sum += p[c];
        }
        return Dense.scaled(p, 1 / sum);
    }

    /** The gradient at one output for labels of a kind; null where it is none. */
    private double[] outputGradient(Item item, int row, double[] output, Targets targets) {
        double[] gradient = new double[output.length];
        if (targets instanceof Targets.Single single) {
            if (row == single.position()) {
                double root = squares ? 1 : Math.sqrt(softmax(output)[single.label()]);
                if (squares) {
                    gradient[single.label()] = 1;
                } else {
                    loss(output, single.label(), gradient);
                    gradient = Dense.scaled(gradient, root);
                }
            }
        } else if (targets instanceof Targets.Sampled sampled) {
            RandomGenerator random = sampled.seed().stream("labels", sampled.draw(), item.key(), row);
            if (squares) {
                for (int c = 0; c < gradient.length; c++) {
                    gradient[c] = random.nextGaussian();
                }
            } else {
                double u = random.nextDouble();
                int label = 0;
                for (double p : softmax(output)) {
                    u -= p;
                    label += u > 0 ? 1 : 0;
                }
                loss(output, Math.min(label, output.length - 1), gradient);
            }
        } else {
            loss(output, item.labels()[row], gradient);
        }
        return gradient;
    }

    Rows.Item pass(Item item, Targets targets) {
        int rows = item.x().length;
        double[][][] inputs = new double[layers.size()][rows][];
        double[][][] gradients = new double[layers.size()][rows][];
        double[][] last = new double[rows][];
        for (int t = 0; t < rows; t++) {
            double[] a = item.x()[t];
            for (int l = 0; l < layers.size(); l++) {
                inputs[l][t] = a;
                a = activated(l, product(l, a));
            }
            last[t] = a;
        }
        double[] ofMean = pooled ? Dense.scaled(outputGradient(item, 0, mean(last), targets), 1.0 / rows) : null;
        for (int t = 0; t < rows; t++) {
            double[] delta = ofMean == null ? outputGradient(item, t, last[t], targets) : ofMean;
            for (int l = layers.size() - 1; l >= 0; l--) {
                gradients[l][t] = delta;
                delta = l == 0 ? delta : backwards(l, delta, inputs[l][t]);
            }
        }
        return new Rows.Item(inputs, gradients);
    }

    private double[] backwards(int l, double[] delta, double[] input) {
        LayerShape layer = layers.get(l);
        double[] result = new double[layer.inputs()];
        for (int j = 0; j < result.length; j++) {
            for (int i = 0; i < delta.length; i++) {
                result[j] += weights.get(l)[i * layer.columns() + j] * delta[i];
            }
            result[j] *= linear ? 1 : 1 - input[j] * input[j];
        }
        return result;
    }

    /** {@code D = Σ_t δ_t x_tᵀ}, the constant of a bias last. */
    double[] gradient(int l, Item item, Targets targets) {
        return pass(item, targets).gradient(l, layers.get(l));
    }

    /** The curvature of a layer in plain loops, {@code 1/N·Σ vec(D) vec(D)ᵀ}. */
    double[] dense(int l, List<Item> items, Fisher fisher) {
        double[] sum = new double[layers.get(l).weights() * layers.get(l).weights()];
        for (Item item : items) {
            for (Targets targets : fisher.passes()) {
                Dense.addOuter(sum, 1.0 / items.size() / fisher.divisor(), gradient(l, item, targets));
            }
        }
        return sum;
    }

    @Override
    public BatchLosses capture(List<? extends Item> batch, Targets targets, CaptureSink sink) {
        new Rows(layers, precision)
                .capture(batch.stream().map(item -> pass(item, targets)).toList(), sink);
        return new BatchLosses(
                batch.stream().mapToDouble(this::loss).toArray(),
                batch.stream().mapToInt(this::tokens).toArray());
    }
}
