// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SameDiffGradientsTest {

    /** Rows of 4 features to 3 classes; one weight is used twice, one product has no bias, one weight is turned. */
    static SameDiff graph() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable labels = sd.placeHolder("labels", DataType.DOUBLE, -1, 3);
        SDVariable w1 = sd.var("w1", Differences.gaussian(1, 4, 5));
        SDVariable b1 = sd.var("b1", Differences.gaussian(2, 5));
        SDVariable shared = sd.var("shared", Differences.gaussian(3, 5, 5).mul(0.3));
        SDVariable w2 = sd.var("w2", Differences.gaussian(4, 6, 5).mul(0.3));
        SDVariable w3 = sd.var("w3", Differences.gaussian(5, 6, 3));
        SDVariable b3 = sd.var("b3", Differences.gaussian(6, 3));
        SDVariable h = sd.math.tanh(x.mmul(w1).add(b1));
        h = sd.math.tanh(h.mmul(shared));
        h = sd.math.tanh(h.mmul(shared));
        h = sd.math.tanh(sd.mmul(h, w2, false, true, false));
        SDVariable logits = sd.nn.linear("logits", h, w3, b3);
        sd.loss.softmaxCrossEntropy("loss", labels, logits, null, LossReduce.SUM, 0);
        sd.setLossVariables("loss");
        return sd;
    }

    static List<Map<String, INDArray>> items() {
        List<Map<String, INDArray>> items = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int rows = 1 + i % 3;
            INDArray labels = Nd4j.zeros(DataType.DOUBLE, rows, 3);
            for (int t = 0; t < rows; t++) {
                labels.putScalar(t, (i + t) % 3, 1);
            }
            items.add(Map.of("x", Differences.gaussian(20 + i, rows, 4), "labels", labels));
        }
        return items;
    }

    static int tokens(Map<String, INDArray> item) {
        return (int) Objects.requireNonNull(item.get("x")).size(0);
    }

    static double loss(SameDiff sd, List<Map<String, INDArray>> items) {
        return items.stream()
                .mapToDouble(
                        item -> Objects.requireNonNull(sd.output(item, "loss").get("loss"))
                                .getDouble(0))
                .sum();
    }

    @Test
    void capture_everyKindOfProduct_givesTheGradientsOfTheLoss() {
        SameDiff sd = graph();
        SameDiffGradients source = new SameDiffGradients(sd, SameDiffGradientsTest::tokens);
        assertThat(source.layers())
                .containsExactly(
                        new LayerShape("w1", 4, 5, true),
                        new LayerShape("shared", 5, 5),
                        new LayerShape("w2", 5, 6),
                        new LayerShape("w3", 6, 3, true));
        Supplier<Double> loss = () -> loss(sd, items());
        List<String> biases = List.of("b1", "", "", "b3");
        for (int l = 0; l < 4; l++) {
            LayerShape shape = source.layers().get(l);
            double[] gradient = Differences.gradient(source, items(), Targets.observed(), l);
            INDArray w = sd.getVariable(shape.name()).getArr();
            Differences.check(
                    shape.name(),
                    w,
                    Differences.weights(gradient, shape, !shape.name().equals("w2")),
                    loss);
            if (shape.bias()) {
                INDArray b = sd.getVariable(biases.get(l)).getArr();
                Differences.check(biases.get(l), b, Differences.bias(gradient, shape), loss);
            }
        }
        source.capture(items(), Targets.observed(), capture -> {
            boolean twice = source.layers().get(capture.layer()).name().equals("shared");
            assertThat(capture.rows()).isEqualTo(twice ? 14 : 7);
        });
    }

    @Test
    void score_ofAGraph_isTheDerivativeOfItsLoss() {
        SameDiff sd = graph();
        SameDiffGradients source =
                new SameDiffGradients(sd, SameDiffGradientsTest::tokens, name -> name.equals("shared"));
        KroneckerFactors factors = KroneckerFactors.fit(source, items(), Fisher.empirical());
        try (ReferenceDirection gradient = ReferenceDirection.gradient(source, ReferenceSet.of(items().subList(0, 2)));
                ReferenceDirection v = gradient.precondition(factors, Damping.relative(0.1));
                InfluenceEstimator<Map<String, INDArray>> influence =
                        Influence.of(source).direction(v).estimator()) {
            InfluenceScores scores = influence.score(items());
            INDArray w = sd.getVariable("shared").getArr();
            INDArray move = Nd4j.createFromArray(v.values(0))
                    .reshape('c', 5, 5)
                    .transpose()
                    .mul(1e-5 / v.norm());
            for (int i = 0; i < items().size(); i++) {
                w.addi(move);
                double up = loss(sd, items().subList(i, i + 1));
                w.subi(move).subi(move);
                double down = loss(sd, items().subList(i, i + 1));
                w.addi(move);
                double difference = (up - down) / (2e-5 / v.norm()) / tokens(items().get(i));
                assertThat(scores.value(i))
                        .isCloseTo(
                                difference, org.assertj.core.api.Assertions.within(1e-6 * Math.abs(difference) + 1e-7));
            }
        }
    }

    @Test
    void fingerprint_changesWithValuesAndOperations() {
        String one = new SameDiffGradients(graph(), SameDiffGradientsTest::tokens).fingerprint();
        assertThat(new SameDiffGradients(graph(), SameDiffGradientsTest::tokens).fingerprint())
                .isEqualTo(one);
        SameDiff other = graph();
        other.getVariable("b1").getArr().putScalar(0, 9);
        assertThat(new SameDiffGradients(other, SameDiffGradientsTest::tokens).fingerprint())
                .isNotEqualTo(one);
    }

    @Test
    void construct_orCapture_whatCannotBe_saysWhy() {
        SameDiff sd = SameDiff.create();
        sd.var("w", Differences.gaussian(1, 2, 2));
        assertThatThrownBy(() -> new SameDiffGradients(sd, item -> 1)).hasMessageContaining("setLossVariables");
        assertThatThrownBy(() -> new SameDiffGradients(graph(), item -> 1, name -> false))
                .hasMessageContaining("no layer is included");
        SameDiffGradients source = new SameDiffGradients(graph(), SameDiffGradientsTest::tokens);
        assertThatThrownBy(() -> KroneckerFactors.fit(source, items(), Fisher.sampled(new Seed(1), 1)))
                .hasMessageContaining("use Fisher.empirical()");
    }
}
