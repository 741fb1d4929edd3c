// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How the NumPy program defines the curvature of its {@code train} set. Let {@code N} be the number of items and
 * {@code n} that of positions with a label (the ones of {@code grad_mask}; not all real tokens). {@code a} carries the
 * constant 1 of a bias last; {@code D = Σ_t g_t a_tᵀ}. Everything sums over those positions only:
 *
 * <ul>
 *   <li>{@code A = 1/n Σ a aᵀ}, the same for every Fisher;
 *   <li>{@code G = 1/n Σ_draws w g gᵀ}, summed over items and positions;
 *   <li>{@code L_ekfac = 1/N Σ_draws w (Q_Gᵀ D Q_A)²} and {@code L_diag = 1/N Σ_draws w D²}, element by element;
 *   <li>the exact block is {@code 1/N Σ_draws w vec(D) vec(D)ᵀ}, {@code D} row by row.
 * </ul>
 *
 * <p>The draws of an item, with their weights {@code w}: {@code empirical}, one of weight 1 with the labels;
 * {@code mc}, one of weight 1 with the sampled labels; {@code exact}, for each position t with a label and each class c
 * one of weight {@code p_t(c)}, of the gradient of {@code -log p_t(c)} alone. It reaches earlier rows through
 * attention, and they count: {@code G} sums over all rows of each such draw, and still divides by {@code n}.
 */
final class OracleFisher {
    private record Draw(double weight, OracleNetwork.Pass pass) {}

    private final List<OracleNetwork.Pass> observed = new ArrayList<>();
    private final List<Draw> draws = new ArrayList<>();
    private final List<OracleNetwork.Layer> layers;

    /** The view is the identity or {@link OracleTransformer#fused}. */
    OracleFisher(OracleNetwork network, String fisher, UnaryOperator<OracleNetwork.Pass> view) {
        for (int item = 0; item < network.items("train"); item++) {
            observed.add(view.apply(labelled(network, item, false)));
            switch (fisher) {
                case "empirical" -> draws.add(new Draw(1, observed.get(item)));
                case "mc" -> draws.add(new Draw(1, view.apply(labelled(network, item, true))));
                case "exact" -> addAll(network, item, view);
                default -> throw new IllegalArgumentException(fisher);
            }
        }
        layers = observed.get(0).layers();
    }

    private static OracleNetwork.Pass labelled(OracleNetwork network, int item, boolean sampled) {
        int[] labels = network.labels("train", item, sampled);
        return network.backward("train", item, network.lossGradient("train", item, labels));
    }

    private void addAll(OracleNetwork network, int item, UnaryOperator<OracleNetwork.Pass> view) {
        double[][] p = network.probabilities("train", item);
        for (int t = 0; t < network.supervised("train", item); t++) {
            for (int c = 0; c < p[t].length; c++) {
                double[][] gradient = new double[p.length][p[t].length];
                gradient[t] = p[t].clone();
                gradient[t][c] -= 1;
                draws.add(new Draw(p[t][c], view.apply(network.backward("train", item, gradient))));
            }
        }
    }

    List<OracleNetwork.Layer> layers() {
        return layers;
    }

    /** {@code N}. */
    int items() {
        return observed.size();
    }

    /** {@code n}. */
    int positions() {
        return observed.stream().mapToInt(OracleNetwork.Pass::rows).sum();
    }

    /** {@code A}. */
    double[] inputs(int layer) {
        double[] sum = new double[square(layers.get(layer).columns())];
        for (OracleNetwork.Pass pass : observed) {
            for (double[] a : pass.extended(layer)) {
                addOuter(sum, 1.0 / positions(), a);
            }
        }
        return sum;
    }

    /** {@code G}. */
    double[] outputs(int layer) {
        double[] sum = new double[square(layers.get(layer).outputs())];
        for (Draw draw : draws) {
            for (double[] g : draw.pass().gradients()[layer]) {
                addOuter(sum, draw.weight() / positions(), g);
            }
        }
        return sum;
    }

    /** {@code L_ekfac} in the bases whose columns are the eigenvectors of {@code A} and {@code G}. */
    double[] rotated(int layer, double[] qa, double[] qg) {
        int in = layers.get(layer).columns();
        int out = layers.get(layer).outputs();
        double[] sum = new double[out * in];
        for (Draw draw : draws) {
            double[] d = rotate(draw.pass().weightGradient(layer), out, in, qa, qg);
            addSquares(sum, draw.weight() / items(), d);
        }
        return sum;
    }

    /** {@code L_diag}. */
    double[] diagonal(int layer) {
        double[] sum =
                new double[layers.get(layer).outputs() * layers.get(layer).columns()];
        draws.forEach(
                draw -> addSquares(sum, draw.weight() / items(), draw.pass().weightGradient(layer)));
        return sum;
    }

    /** The exact block. */
    double[] block(int layer) {
        double[] sum = new double
                [square(layers.get(layer).outputs() * layers.get(layer).columns())];
        draws.forEach(draw -> addOuter(sum, draw.weight() / items(), draw.pass().weightGradient(layer)));
        return sum;
    }

    /** {@code Q_Gᵀ D Q_A} of {@code out × in}. */
    static double[] rotate(double[] d, int out, int in, double[] qa, double[] qg) {
        double[] half = new double[out * in];
        double[] result = new double[out * in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                for (int m = 0; m < in; m++) {
                    half[i * in + j] += d[i * in + m] * qa[m * in + j];
                }
            }
        }
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                for (int m = 0; m < out; m++) {
                    result[i * in + j] += qg[m * out + i] * half[m * in + j];
                }
            }
        }
        return result;
    }

    private static int square(int n) {
        return n * n;
    }

    private static void addSquares(double[] sum, double weight, double[] x) {
        for (int i = 0; i < x.length; i++) {
            sum[i] += weight * x[i] * x[i];
        }
    }

    private static void addOuter(double[] sum, double weight, double[] x) {
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x.length; j++) {
                sum[i * x.length + j] += weight * x[i] * x[j];
            }
        }
    }
}
