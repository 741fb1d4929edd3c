// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.influence.Curvature;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class MultiLayerGradientsTest {

    private static MultiLayerNetwork network(InputType input, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .seed(1)
                .list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        MultiLayerNetwork network =
                new MultiLayerNetwork(list.setInputType(input).build());
        network.init();
        network.params().addi(Differences.gaussian(9, network.numParams()).muli(0.1)); // biases too
        return network;
    }

    static MultiLayerNetwork dense() {
        return network(
                InputType.feedForward(4),
                new DenseLayer.Builder()
                        .nOut(5)
                        .activation(Activation.TANH)
                        .dropOut(0.5)
                        .build(),
                new DenseLayer.Builder()
                        .name("second")
                        .nOut(3)
                        .activation(Activation.SOFTPLUS)
                        .hasBias(false)
                        .build(),
                new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build());
    }

    static List<DataSet> points() {
        List<DataSet> items = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            INDArray label = Nd4j.zeros(DataType.DOUBLE, 1, 3);
            label.putScalar(0, i % 3, 1);
            items.add(new DataSet(Differences.gaussian(i, 1, 4), label));
        }
        return items;
    }

    /** Sequences of 2, 3 and 4 steps, classes at each. */
    private static List<DataSet> sequences(boolean perStep) {
        List<DataSet> items = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int length = 2 + i % 3;
            INDArray labels = Nd4j.zeros(DataType.DOUBLE, perStep ? new long[] {1, 3, length} : new long[] {1, 3});
            for (int t = 0; t < (perStep ? length : 1); t++) {
                labels.putScalar(perStep ? new long[] {0, (i + t) % 3, t} : new long[] {0, i % 3}, 1);
            }
            items.add(new DataSet(Differences.gaussian(i, 1, 4, length), labels));
        }
        return items;
    }

    private static Layer attention() {
        return new SelfAttentionLayer.Builder()
                .name("attention")
                .nOut(6)
                .nHeads(2)
                .headSize(3)
                .projectInput(true)
                .build();
    }

    private static MultiLayerNetwork transformer() {
        return network(
                InputType.recurrent(4),
                new LSTM.Builder()
                        .name("lstm")
                        .nOut(5)
                        .activation(Activation.TANH)
                        .build(),
                attention(),
                new DenseLayer.Builder()
                        .name("dense")
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build(),
                new RnnOutputLayer.Builder(LossFunction.MCXENT)
                        .name("head")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build());
    }

    private static double loss(MultiLayerNetwork network, List<DataSet> items) {
        return items.stream()
                .mapToDouble(item -> network.scoreExamples(item, false).getDouble(0))
                .sum();
    }

    /** All captured layers, against differences of the summed loss that DL4J gives. */
    private static void checkAll(MultiLayerNetwork network, List<DataSet> items) {
        MultiLayerGradients source = new MultiLayerGradients(network, name -> true);
        Supplier<Double> loss = () -> loss(network, items);
        for (int l = 0; l < source.layers().size(); l++) {
            LayerShape shape = source.layers().get(l);
            double[] gradient = Differences.gradient(source, items, Targets.observed(), l);
            String name = shape.name();
            int dot = name.indexOf('.');
            String owner = dot < 0 ? name : name.substring(0, dot);
            String key = dot < 0 ? "W" : "W" + name.charAt(dot + 1);
            INDArray weight = network.getLayer(index(network, owner)).getParam(key);
            Differences.check(name, weight, Differences.weights(gradient, shape, dot < 0 || key.equals("Wo")), loss);
            if (shape.bias()) {
                INDArray bias = network.getLayer(index(network, owner)).getParam("b");
                Differences.check(name, bias, Differences.bias(gradient, shape), loss);
            }
        }
    }

    private static int index(MultiLayerNetwork network, String name) {
        for (int i = 0; i < network.getnLayers(); i++) {
            if (name.equals(network.getLayer(i).conf().getLayer().getLayerName()) || name.equals("layer" + i)) {
                return i;
            }
        }
        throw new AssertionError(name);
    }

    @Test
    void capture_denseLayers_givesTheGradientsOfTheLoss() {
        MultiLayerNetwork network = dense();
        assertThat(new MultiLayerGradients(network).layers())
                .containsExactly(new LayerShape("layer0", 4, 5, true), new LayerShape("second", 5, 3, false));
        checkAll(network, points());
    }

    @Test
    void capture_attentionOverRaggedSequences_givesTheGradientsOfTheLoss() {
        MultiLayerNetwork network = transformer();
        List<String> names = new MultiLayerGradients(network)
                .layers().stream().map(LayerShape::name).toList();
        assertThat(names)
                .containsExactly("attention.query", "attention.key", "attention.value", "attention.output", "dense");
        checkAll(network, sequences(true));
    }

    @Test
    void capture_attentionBelowPooling_givesTheGradientsOfTheLoss() {
        MultiLayerNetwork network = network(
                InputType.recurrent(4),
                attention(),
                new GlobalPoolingLayer.Builder().build(),
                new OutputLayer.Builder(LossFunction.MSE)
                        .nOut(3)
                        .activation(Activation.IDENTITY)
                        .build());
        checkAll(network, sequences(false));
    }

    /** DL4J's own sums over a batch are the same, so that rows are neither lost nor mixed up. */
    @Test
    void capture_batch_reproducesTheWeightGradientsOfDl4j() {
        MultiLayerNetwork network = transformer();
        List<DataSet> items = sequences(true);
        MultiLayerGradients source = new MultiLayerGradients(network);
        for (DataSet item : items) {
            network.setInput(item.getFeatures());
            network.setLabels(item.getLabels());
            network.computeGradientAndScore();
            double[] expected = Rows.values(Objects.requireNonNull(
                            network.gradient().gradientForVariable().get("2_W"))
                    .transpose());
            LayerShape shape = source.layers().get(4);
            double[] found = Differences.weights(
                    Differences.gradient(source, List.of(item), Targets.observed(), 4), shape, false);
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-12));
            }
        }
    }

    @Test
    void capture_itemsTogetherOrPadded_hasTheRowsOfEachAlone() {
        MultiLayerNetwork network = transformer();
        MultiLayerGradients source = new MultiLayerGradients(network);
        List<DataSet> items = sequences(true);
        DataSet padded = DataSet.merge(items); // to the longest, with masks
        List<DataSet> apart = padded.asList();
        assertThat(apart.get(0).getFeaturesMaskArray()).isNotNull();
        for (int l = 0; l < source.layers().size(); l++) {
            double[] together = Differences.gradient(source, items, Targets.observed(), l);
            double[] masked = Differences.gradient(source, apart, Targets.observed(), l);
            double[] alone = new double[together.length];
            for (DataSet item : items) {
                double[] one = Differences.gradient(source, List.of(item), Targets.observed(), l);
                for (int i = 0; i < alone.length; i++) {
                    alone[i] += one[i];
                }
            }
            assertThat(distance(together, alone)).as("together " + l).isLessThan(1e-12);
            assertThat(distance(masked, alone)).as("masked " + l).isLessThan(1e-12);
        }
        source.capture(apart, Targets.observed(), capture -> {
            for (int i = 0; i < items.size(); i++) {
                assertThat(capture.firstRow(i + 1) - capture.firstRow(i)).isEqualTo(2 + i % 3);
            }
        });
        assertThat(source.tokens(apart.get(0)))
                .isEqualTo(source.tokens(items.get(0)))
                .isEqualTo(2);
    }

    private static double distance(double[] a, double[] b) {
        double furthest = 0;
        for (int i = 0; i < a.length; i++) {
            furthest = Math.max(furthest, Math.abs(a[i] - b[i]));
        }
        return furthest;
    }

    @Test
    void capture_drawnLabels_doNotDependOnTheBatch() {
        MultiLayerGradients source = new MultiLayerGradients(transformer());
        List<DataSet> items = sequences(true);
        Targets draw = Targets.sampled(new Seed(3), 0);
        double[] together = Differences.gradient(source, items, draw, 4);
        double[] alone = new double[together.length];
        for (DataSet item : items) {
            double[] one = Differences.gradient(source, List.of(item), draw, 4);
            for (int i = 0; i < alone.length; i++) {
                alone[i] += one[i];
            }
        }
        assertThat(distance(together, alone)).isLessThan(1e-12);
        double[] other = Differences.gradient(source, items, Targets.sampled(new Seed(3), 1), 4);
        assertThat(distance(together, other)).isGreaterThan(1e-3);
    }

    /** The score function has the mean zero. */
    @Test
    void capture_drawnLabels_haveNoGradientInTheMean() {
        MultiLayerGradients source = new MultiLayerGradients(dense());
        double[] mean = new double[source.layers().get(0).weights()];
        double size = 0;
        int draws = 150;
        for (int d = 0; d < draws; d++) {
            double[] one = Differences.gradient(source, points(), Targets.sampled(new Seed(5), d), 0);
            for (int i = 0; i < mean.length; i++) {
                mean[i] += one[i] / draws;
            }
            size += distance(one, new double[one.length]) / draws;
        }
        assertThat(distance(mean, new double[mean.length])).isLessThan(0.25 * size);
    }

    /** The whole way: a score is the derivative of DL4J's own loss along the direction. */
    @Test
    void score_alongADirection_isTheDerivativeOfTheLoss() {
        MultiLayerNetwork network = transformer();
        MultiLayerGradients source = new MultiLayerGradients(network);
        List<DataSet> items = sequences(true);
        KroneckerFactors factors = KroneckerFactors.fit(source, items, Fisher.sampled(new Seed(1), 3));
        try (ReferenceDirection gradient = ReferenceDirection.gradient(source, ReferenceSet.of(items.subList(0, 2)));
                ReferenceDirection direction = gradient.precondition(Curvature.kfac(factors), Damping.relative(0.1));
                InfluenceEstimator<DataSet> influence =
                        Influence.of(source).direction(direction).estimator()) {
            InfluenceScores scores = influence.score(items);
            double step = 1e-5 / direction.norm();
            MultiLayerNetwork up = moved(network, source, direction, step);
            MultiLayerNetwork down = moved(network, source, direction, -step);
            for (int i = 0; i < items.size(); i++) {
                double difference = (loss(up, items.subList(i, i + 1)) - loss(down, items.subList(i, i + 1)))
                        / (2 * step * source.tokens(items.get(i)));
                // captures are single: each product is off by 2⁻²⁴ of itself, and they are larger than their sum
                assertThat(scores.value(i)).isCloseTo(difference, within(1e-6 * Math.abs(difference) + 1e-6));
            }
        }
    }

    private static MultiLayerNetwork moved(
            MultiLayerNetwork network, MultiLayerGradients source, ReferenceDirection direction, double step) {
        MultiLayerNetwork moved = network.clone();
        for (int l = 0; l < source.layers().size(); l++) {
            LayerShape shape = source.layers().get(l);
            INDArray v = Nd4j.createFromArray(direction.values(l)).reshape('c', shape.outputs(), shape.columns());
            INDArray w = v.get(NDArrayIndex.all(), NDArrayIndex.interval(0, shape.inputs()))
                    .mul(step);
            int dot = shape.name().indexOf('.');
            if (dot < 0) {
                moved.getLayer(2).getParam("W").addi(w.transpose());
                moved.getLayer(2).getParam("b").addi(v.getColumn(shape.inputs()).mul(step));
            } else {
                INDArray param = moved.getLayer(1).getParam("W" + shape.name().charAt(dot + 1));
                param.addi(
                        shape.name().endsWith("output")
                                ? w.transpose()
                                : w.dup('c').reshape('c', param.shape()));
            }
        }
        return moved;
    }

    @Test
    void fingerprint_changesWithParametersAndLayers() {
        MultiLayerNetwork network = dense();
        String one = new MultiLayerGradients(network).fingerprint();
        assertThat(new MultiLayerGradients(network.clone()).fingerprint()).isEqualTo(one);
        assertThat(new MultiLayerGradients(network, name -> true).fingerprint()).isNotEqualTo(one);
        network.params().putScalar(3, 7);
        assertThat(new MultiLayerGradients(network).fingerprint()).isNotEqualTo(one);
    }

    @Test
    void construct_whatCannotBeCaptured_saysWhy() {
        OutputLayer.Builder output =
                new OutputLayer.Builder(LossFunction.MSE).nOut(2).activation(Activation.IDENTITY);
        MultiLayerNetwork normalised = network(
                InputType.feedForward(3),
                new DenseLayer.Builder().nOut(3).build(),
                new BatchNormalization.Builder().name("norm").build(),
                output.build());
        assertThatThrownBy(() -> new MultiLayerGradients(normalised))
                .hasMessageContaining("layer norm normalises over the batch");
        MultiLayerNetwork alone = network(InputType.feedForward(3), output.build());
        assertThatThrownBy(() -> new MultiLayerGradients(alone))
                .hasMessageContaining("output layers are left out unless a predicate takes them in");
        MultiLayerNetwork open = network(
                InputType.feedForward(3), new DenseLayer.Builder().nOut(3).build());
        assertThatThrownBy(() -> new MultiLayerGradients(open)).hasMessageContaining("is no output layer");
        MultiLayerNetwork inner = network(
                InputType.feedForward(3),
                new DenseLayer.Builder()
                        .name("inner")
                        .nOut(3)
                        .hasLayerNorm(true)
                        .build(),
                output.build());
        assertThatThrownBy(() -> new MultiLayerGradients(inner)).hasMessageContaining("leave it out by its name");
    }

    @Test
    void capture_whatIsNotThere_saysWhatToDo() {
        MultiLayerGradients source = new MultiLayerGradients(dense());
        DataSet two = DataSet.merge(points().subList(0, 2));
        assertThatThrownBy(() -> source.capture(List.of(two), Targets.observed(), capture -> {}))
                .hasMessageContaining("features of the shape [2, 4]; an item is one example");
        assertThatThrownBy(() -> KroneckerFactors.fit(source, points(), Fisher.exact(1, 3)))
                .hasMessageContaining("use Fisher.sampled with many draws");
        MultiLayerGradients squares = new MultiLayerGradients(network(
                InputType.feedForward(4),
                new DenseLayer.Builder().nOut(3).build(),
                new OutputLayer.Builder(LossFunction.MSE)
                        .nOut(3)
                        .activation(Activation.IDENTITY)
                        .build()));
        assertThatThrownBy(() -> KroneckerFactors.fit(squares, points(), Fisher.sampled(new Seed(1), 1)))
                .hasMessageContaining("labels cannot be drawn for output layer");
    }

    /** Single precision: the same to rounding. */
    @Test
    void capture_networkInSinglePrecision_givesSingleCaptures() {
        RandomGenerator random = new Seed(1).stream("x");
        MultiLayerNetwork network = dense().convertDataType(DataType.FLOAT);
        MultiLayerGradients source = new MultiLayerGradients(network);
        INDArray x = Nd4j.createFromArray(new float[][] {{random.nextFloat(), 1, 2, 3}});
        INDArray y = Nd4j.createFromArray(new float[][] {{0, 1, 0}});
        source.capture(List.of(new DataSet(x, y)), Targets.observed(), capture -> {
            assertThat(capture.inputs().remaining())
                    .isEqualTo(source.layers().get(capture.layer()).inputs());
        });
    }
}
