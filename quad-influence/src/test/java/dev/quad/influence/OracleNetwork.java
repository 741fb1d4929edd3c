// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.files.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tiny network in plain loops and double precision, with the weights and items of the NumPy program. Items belong to
 * the set {@code train} or {@code query}. Padding is at the end and never seen here: all rows are real tokens.
 */
abstract class OracleNetwork {
    /** A linear layer; the constant 1 of a bias is not one of the inputs. */
    record Layer(String name, int inputs, int outputs, boolean bias) {
        /** Columns of the weight gradient: one more than inputs, the last, if there is a bias. */
        int columns() {
            return bias ? inputs + 1 : inputs;
        }
    }

    /**
     * What the layers saw of one item, at the positions that have a label.
     *
     * @param inputs for each layer {@code rows × inputs}
     * @param gradients for each layer {@code rows × outputs}
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Pass(List<Layer> layers, double[][][] inputs, double[][][] gradients) {
        int rows() {
            return inputs[0].length;
        }

        /** {@code rows × columns}: the inputs, and a last column of 1 if the layer has a bias. */
        double[][] extended(int layer) {
            Layer shape = layers.get(layer);
            double[][] result = new double[rows()][];
            for (int t = 0; t < result.length; t++) {
                result[t] = Arrays.copyOf(inputs[layer][t], shape.columns());
                if (shape.bias()) {
                    result[t][shape.inputs()] = 1;
                }
            }
            return result;
        }

        /** {@code D = Σ_t g_t a_tᵀ}, {@code outputs × columns}, row-major. */
        double[] weightGradient(int layer) {
            double[][] a = extended(layer);
            int columns = layers.get(layer).columns();
            double[] sum = new double[layers.get(layer).outputs() * columns];
            for (int t = 0; t < a.length; t++) {
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += gradients[layer][t][i / columns] * a[t][i % columns];
                }
            }
            return sum;
        }
    }

    private final String file;
    private final Safetensors tensors;
    private final Map<String, double[]> parameters = new LinkedHashMap<>();
    private final Map<String, double[]> cached = new HashMap<>();
    private final Map<String, int[]> cachedIntegers = new HashMap<>();

    OracleNetwork(String file) {
        this.file = file;
        this.tensors = OracleFiles.open(file);
        for (String name : tensors.names()) {
            if (name.startsWith("param/")) {
                parameters.put(name.substring("param/".length()), stored(name));
            }
        }
    }

    /** The layers whose captures are taken, in forward order. */
    abstract List<Layer> layers();

    /** One row for each real token. */
    abstract double[][] logits(String set, int item);

    /** Runs forward and backward; a row of {@code logitGradients} for each real token. */
    abstract Pass backward(String set, int item, double[][] logitGradients);

    final int items(String set) {
        return tensors.shape(set + "/loss")[0];
    }

    /** The number of real tokens of an item. */
    final int positions(String set, int item) {
        return ones(set + "/attention_mask", item);
    }

    /** How many positions have a label; they are the first ones. */
    final int supervised(String set, int item) {
        return ones(set + "/grad_mask", item);
    }

    /** For each real token the class that its logits should name, observed or sampled; -1 where there is none. */
    final int[] labels(String set, int item, boolean sampled) {
        String name = set + (sampled ? "/sampled_labels" : "/labels");
        int[] result = integers(name, item, positions(set, item));
        Arrays.fill(result, supervised(set, item), result.length, -1);
        return result;
    }

    final double[][] probabilities(String set, int item) {
        double[][] result = logits(set, item);
        for (double[] row : result) {
            double largest = Arrays.stream(row).max().orElseThrow();
            double sum = 0;
            for (int c = 0; c < row.length; c++) {
                row[c] = Math.exp(row[c] - largest);
                sum += row[c];
            }
            for (int c = 0; c < row.length; c++) {
                row[c] /= sum;
            }
        }
        return result;
    }

    /** The cross-entropy summed over the positions whose label is not -1. */
    final double loss(String set, int item, int[] labels) {
        double[][] p = probabilities(set, item);
        double loss = 0;
        for (int t = 0; t < p.length; t++) {
            loss -= labels[t] < 0 ? 0 : Math.log(p[t][labels[t]]);
        }
        return loss;
    }

    /** The gradient of {@link #loss} at the logits: {@code p - e(label)}, zero where there is no label. */
    final double[][] lossGradient(String set, int item, int[] labels) {
        double[][] p = probabilities(set, item);
        for (int t = 0; t < p.length; t++) {
            if (labels[t] < 0) {
                Arrays.fill(p[t], 0);
            } else {
                p[t][labels[t]] -= 1;
            }
        }
        return p;
    }

    /** A parameter by name, such as {@code fc1.W}, row-major; a test may change it in place. */
    final double[] parameter(String name) {
        double[] found = parameters.get(name);
        if (found == null) {
            throw new IllegalArgumentException(name + " is none of " + parameters.keySet());
        }
        return found;
    }

    /** Any tensor of type F64 of the file; not to be changed. */
    final double[] tensor(String name) {
        return cached.computeIfAbsent(name, this::stored);
    }

    /** Row {@code item} of a tensor of type F64 whose first side is the item. */
    final double[] tensor(String name, int item) {
        double[] all = tensor(name);
        int size = all.length / tensors.shape(name)[0];
        return Arrays.copyOfRange(all, item * size, (item + 1) * size);
    }

    /** The first {@code count} numbers of row {@code item} of a tensor of type I64. */
    final int[] integers(String name, int item, int count) {
        int[] all = cachedIntegers.computeIfAbsent(name, n -> OracleFiles.integers(file, n));
        int from = item * (all.length / tensors.shape(name)[0]);
        return Arrays.copyOfRange(all, from, from + count);
    }

    private int ones(String mask, int item) {
        return (int) Arrays.stream(tensor(mask, item)).sum();
    }

    private double[] stored(String name) {
        try {
            return tensors.doubles(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rows {@code W x + b} of the layer of that name; without {@code b} if the file has none. */
    final double[][] linear(String name, double[][] x) {
        double[] w = parameter(name + ".W");
        int inputs = x[0].length;
        double[] b = parameters.getOrDefault(name + ".b", new double[w.length / inputs]);
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = b.clone();
            for (int i = 0; i < w.length; i++) {
                y[t][i / inputs] += w[i] * x[t][i % inputs];
            }
        }
        return y;
    }

    /** The rows {@code Wᵀ d} of the layer of that name. */
    final double[][] linearBack(String name, double[][] d) {
        double[] w = parameter(name + ".W");
        int inputs = w.length / d[0].length;
        double[][] result = new double[d.length][inputs];
        for (int t = 0; t < d.length; t++) {
            for (int i = 0; i < w.length; i++) {
                result[t][i % inputs] += w[i] * d[t][i / inputs];
            }
        }
        return result;
    }

    static double[][] sum(double[][] x, double[][] y) {
        double[][] result = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            result[t] = Dense.sum(x[t], y[t]);
        }
        return result;
    }

    static double[][] first(double[][] rows, int count) {
        return Arrays.copyOf(rows, count);
    }
}
