// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks here are those of the NumPy program, and its curvature is what {@link OracleFisher} says. */
class OracleNetworkTest {
    private static final List<String> SETS = List.of("train", "query");

    private static OracleNetwork network(String name) {
        return name.equals("mlp") ? new OracleMlp() : new OracleTransformer();
    }

    private static OracleNetwork.Pass observed(OracleNetwork network, String set, int item) {
        return network.backward(set, item, network.lossGradient(set, item, network.labels(set, item, false)));
    }

    private static void check(double[] found, double[] expected) {
        assertThat(Dense.distance(found, expected)).isLessThan(1e-12 * Dense.largest(expected));
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "transformer"})
    void logitsAndLosses_eachItem_agree(String name) {
        OracleNetwork network = network(name);
        for (String set : SETS) {
            for (int item = 0; item < network.items(set); item++) {
                double[] logits = flat(network.logits(set, item));
                check(logits, Arrays.copyOf(network.tensor(set + "/logits", item), logits.length));
                double loss = network.loss(set, item, network.labels(set, item, false));
                check(new double[] {loss}, new double[] {network.tensor(set + "/loss")[item]});
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "transformer"})
    void labels_eachItem_existWhereTheMaskSays(String name) {
        OracleNetwork network = network(name);
        for (String set : SETS) {
            for (int item = 0; item < network.items(set); item++) {
                int real = network.positions(set, item);
                int supervised = name.equals("mlp") ? real : real - 1;
                assertThat(network.supervised(set, item)).isEqualTo(supervised);
                double[] mask = network.tensor(set + "/grad_mask", item);
                for (int t = 0; t < mask.length; t++) {
                    assertThat(mask[t]).isEqualTo(t < supervised ? 1 : 0);
                }
                int[] labels = network.labels(set, item, false);
                assertThat(labels).hasSize(real);
                if (name.equals("transformer")) {
                    int[] tokens = network.integers(set + "/x", item, real);
                    assertThat(Arrays.copyOf(labels, supervised)).isEqualTo(Arrays.copyOfRange(tokens, 1, real));
                    assertThat(labels[supervised]).isEqualTo(-1);
                }
            }
        }
    }

    /** The file has a row for every token: inputs even of padding, constant 1 included; gradients zero off the mask. */
    @ParameterizedTest
    @ValueSource(strings = {"mlp", "transformer"})
    void captures_eachItem_agree(String name) {
        OracleNetwork network = network(name);
        for (String set : SETS) {
            for (int item = 0; item < network.items(set); item++) {
                OracleNetwork.Pass pass = observed(network, set, item);
                for (int l = 0; l < pass.layers().size(); l++) {
                    String layer = pass.layers().get(l).name();
                    double[] a = flat(pass.extended(l));
                    double[] g = flat(pass.gradients()[l]);
                    double[] storedG = network.tensor(set + "/g/" + layer, item);
                    check(a, Arrays.copyOf(network.tensor(set + "/a/" + layer, item), a.length));
                    check(Arrays.copyOf(g, storedG.length), storedG);
                    check(pass.weightGradient(l), network.tensor(set + "/D/" + layer, item));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "transformer"})
    void weightGradient_finiteDifferences_agree(String name) {
        OracleNetwork network = network(name);
        int item = 0;
        int[] labels = network.labels("train", item, true);
        OracleNetwork.Pass pass = network.backward("train", item, network.lossGradient("train", item, labels));
        for (int l = 0; l < pass.layers().size(); l++) {
            OracleNetwork.Layer layer = pass.layers().get(l);
            double[] gradient = pass.weightGradient(l);
            for (int i = 0; i < gradient.length; i += 7) {
                int row = i / layer.columns();
                int column = i % layer.columns();
                boolean bias = column == layer.inputs();
                double[] parameter = network.parameter(layer.name() + (bias ? ".b" : ".W"));
                int at = bias ? row : row * layer.inputs() + column;
                double before = parameter[at];
                parameter[at] = before + 1e-4;
                double high = network.loss("train", item, labels);
                parameter[at] = before - 1e-4;
                double low = network.loss("train", item, labels);
                parameter[at] = before;
                assertThat(Math.abs((high - low) / 2e-4 - gradient[i])).isLessThan(1e-6);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "mlp, empirical, false", "mlp, mc, false", "mlp, exact, false",
        "transformer, empirical, false", "transformer, mc, false", "transformer, exact, false",
        "transformer, empirical, true", "transformer, mc, true", "transformer, exact, true"
    })
    void fisher_eachLayer_agrees(String name, String kind, boolean fused) {
        OracleNetwork network = network(name);
        OracleFisher fisher =
                new OracleFisher(network, kind, fused ? OracleTransformer::fused : UnaryOperator.identity());
        for (int l = 0; l < fisher.layers().size(); l++) {
            String layer = fisher.layers().get(l).name();
            check(fisher.inputs(l), network.tensor(kind + "/A/" + layer));
            check(fisher.outputs(l), network.tensor(kind + "/G/" + layer));
            check(fisher.diagonal(l), network.tensor(kind + "/L_diag/" + layer));
            double[] qa = network.tensor(kind + "/QA/" + layer);
            double[] qg = network.tensor(kind + "/QG/" + layer);
            check(fisher.rotated(l, qa, qg), network.tensor(kind + "/L_ekfac/" + layer));
        }
    }

    @Test
    void fused_transformer_joinsThreeLayers() {
        OracleNetwork network = new OracleTransformer();
        OracleNetwork.Pass pass = observed(network, "train", 1);
        OracleNetwork.Pass fused = OracleTransformer.fused(pass);
        assertThat(fused.layers()).isEqualTo(OracleTransformer.fusedLayers());
        double[] joined = new double[24 * 13];
        int at = 0;
        for (int l = 0; l < 3; l++) {
            double[] part = pass.weightGradient(l);
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        assertThat(fused.weightGradient(0)).isEqualTo(joined);
        assertThat(fused.weightGradient(3)).isEqualTo(pass.weightGradient(5));
    }
}
