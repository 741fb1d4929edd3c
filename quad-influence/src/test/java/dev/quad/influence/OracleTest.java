// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.files.Safetensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A network of two layers with biases, with factors and scores from a NumPy program in double precision that agrees
 * with kronfluence to 6e-14. A bias is a last input that is always 1. Captures here are single precision; hence 1e-4.
 */
class OracleTest {
    private static final List<LayerShape> LAYERS = List.of(new LayerShape("fc1", 6, 6), new LayerShape("fc2", 7, 4));
    private static final ArraySource SOURCE = new ArraySource(LAYERS);

    private static Safetensors oracle;
    private static List<ArraySource.Item> train = List.of();
    private static List<ArraySource.Item> queries = List.of();

    @BeforeAll
    static void open() throws IOException {
        oracle = OracleFiles.open("mlp");
        train = items("train");
        queries = items("query");
    }

    private static List<ArraySource.Item> items(String set) throws IOException {
        double[] losses = oracle.doubles(set + "/loss");
        List<ArraySource.Item> items = new ArrayList<>();
        for (int n = 0; n < losses.length; n++) {
            float[][] inputs = new float[2][];
            float[][] gradients = new float[2][];
            for (int l = 0; l < 2; l++) {
                LayerShape layer = LAYERS.get(l);
                inputs[l] = row(oracle.doubles(set + "/a/" + layer.name()), n, layer.inputs());
                gradients[l] = row(oracle.doubles(set + "/g/" + layer.name()), n, layer.outputs());
            }
            items.add(new ArraySource.Item(losses[n], 1, inputs, gradients));
        }
        return items;
    }

    private static float[] row(double[] matrix, int row, int columns) {
        return Dense.floats(Arrays.copyOfRange(matrix, row * columns, (row + 1) * columns));
    }

    private static void check(double[] found, double[] expected) {
        assertThat(Dense.distance(found, expected)).isLessThan(1e-4 * Dense.largest(expected));
    }

    private static KroneckerFactors factors() {
        return KroneckerFactors.fit(SOURCE, train, Fisher.empirical(), 7, tokens -> {});
    }

    @Test
    void factors_empiricalFisher_agree() throws IOException {
        KroneckerFactors factors = factors();
        for (int l = 0; l < 2; l++) {
            check(
                    factors.inputCovariance(l),
                    oracle.doubles("empirical/A/" + LAYERS.get(l).name()));
            check(
                    factors.outputCovariance(l),
                    oracle.doubles("empirical/G/" + LAYERS.get(l).name()));
        }
    }

    @Test
    void gradient_eachQuery_agrees() throws IOException {
        for (int l = 0; l < 2; l++) {
            double[] all = oracle.doubles("query/D/" + LAYERS.get(l).name());
            int weights = LAYERS.get(l).weights();
            for (int q = 0; q < queries.size(); q++) {
                try (ReferenceDirection direction = plain(queries.subList(q, q + 1))) {
                    check(direction.values(l), Arrays.copyOfRange(all, q * weights, (q + 1) * weights));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"kfac_d1e-3, absolute, 1e-3", "kfac_heur, relative, 0.1"})
    void scores_kfac_agree(String name, String rule, double value) throws IOException {
        Damping damping = rule.equals("absolute") ? Damping.absolute(value) : Damping.relative(value);
        double[] expected = oracle.doubles("empirical/score/" + name);
        KroneckerFactors factors = factors();
        double[] sum = new double[train.size()];
        for (int q = 0; q < queries.size(); q++) {
            double[] row = Arrays.copyOfRange(expected, q * train.size(), (q + 1) * train.size());
            sum = Dense.sum(sum, row);
            try (ReferenceDirection plain = plain(queries.subList(q, q + 1));
                    ReferenceDirection direction = plain.precondition(factors, damping)) {
                check(scores(direction), row);
            }
        }
        try (ReferenceDirection plain = plain(queries);
                ReferenceDirection direction = plain.precondition(factors, damping)) {
            check(scores(direction), Dense.scaled(sum, 1.0 / queries.size()));
        }
    }

    @Test
    void scores_withoutCurvature_agree() throws IOException {
        double[] expected = oracle.doubles("empirical/score/identity_d1e-3");
        for (int q = 0; q < queries.size(); q++) {
            try (ReferenceDirection plain = plain(queries.subList(q, q + 1))) {
                check(scores(plain), Arrays.copyOfRange(expected, q * train.size(), (q + 1) * train.size()));
            }
        }
    }

    private static ReferenceDirection plain(List<ArraySource.Item> reference) {
        return ReferenceDirection.gradient(SOURCE, ReferenceSet.of(reference), 100, tokens -> {});
    }

    private static double[] scores(ReferenceDirection direction) {
        try (InfluenceEstimator<ArraySource.Item> influence =
                Influence.of(SOURCE).direction(direction).batchTokens(10).estimator()) {
            InfluenceScores scores = influence.score(train);
            double[] result = new double[scores.size()];
            for (int i = 0; i < result.length; i++) {
                result[i] = scores.value(i);
            }
            return result;
        }
    }
}
