// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class GraphGradientsTest {

    private static NeuralNetConfiguration.Builder builder() {
        return new NeuralNetConfiguration.Builder().dataType(DataType.DOUBLE).seed(1);
    }

    private static ComputationGraph made(org.deeplearning4j.nn.conf.ComputationGraphConfiguration conf) {
        ComputationGraph graph = new ComputationGraph(conf);
        graph.init();
        graph.params().addi(Differences.gaussian(9, graph.numParams()).muli(0.1));
        return graph;
    }

    /** Two inputs, one used twice, a sum, and two outputs. */
    static ComputationGraph branched() {
        return made(builder()
                .graphBuilder()
                .addInputs("left", "right")
                .addLayer(
                        "a",
                        new DenseLayer.Builder()
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build(),
                        "left")
                .addLayer(
                        "b",
                        new DenseLayer.Builder()
                                .nOut(4)
                                .activation(Activation.SIGMOID)
                                .build(),
                        "right")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "a", "b")
                .addVertex("merged", new MergeVertex(), "sum", "a")
                .addLayer(
                        "c",
                        new DenseLayer.Builder()
                                .nOut(3)
                                .activation(Activation.TANH)
                                .build(),
                        "merged")
                .addLayer(
                        "classes",
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "c")
                .addLayer(
                        "bits",
                        new OutputLayer.Builder(LossFunction.XENT)
                                .nOut(2)
                                .activation(Activation.SIGMOID)
                                .build(),
                        "sum")
                .setOutputs("classes", "bits")
                .setInputTypes(InputType.feedForward(3), InputType.feedForward(2))
                .build());
    }

    static List<org.nd4j.linalg.dataset.api.MultiDataSet> pairs() {
        List<org.nd4j.linalg.dataset.api.MultiDataSet> items = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            INDArray classes = Nd4j.zeros(DataType.DOUBLE, 1, 2);
            classes.putScalar(0, i % 2, 1);
            INDArray bits = Nd4j.createFromArray(new double[][] {{i % 2, i < 2 ? 0 : 1}});
            items.add(new MultiDataSet(
                    new INDArray[] {Differences.gaussian(i, 1, 3), Differences.gaussian(10 + i, 1, 2)},
                    new INDArray[] {classes, bits}));
        }
        return items;
    }

    /** A residual block: attention and dense layers over time. */
    private static ComputationGraph residual() {
        return made(builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "attention",
                        new SelfAttentionLayer.Builder()
                                .nIn(4)
                                .nOut(4)
                                .nHeads(2)
                                .headSize(3)
                                .projectInput(true)
                                .build(),
                        "in")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "in", "attention")
                .addLayer(
                        "up",
                        new DenseLayer.Builder()
                                .nOut(5)
                                .activation(Activation.TANH)
                                .build(),
                        "sum")
                .addLayer(
                        "head",
                        new RnnOutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "up")
                .setOutputs("head")
                .setInputTypes(InputType.recurrent(4))
                .build());
    }

    private static List<org.nd4j.linalg.dataset.api.MultiDataSet> sequences() {
        List<org.nd4j.linalg.dataset.api.MultiDataSet> items = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int length = 2 + i % 3;
            INDArray labels = Nd4j.zeros(DataType.DOUBLE, 1, 3, length);
            for (int t = 0; t < length; t++) {
                labels.putScalar(new long[] {0, (i + t) % 3, t}, 1);
            }
            items.add(new MultiDataSet(Differences.gaussian(i, 1, 4, length), labels));
        }
        return items;
    }

    private static void checkAll(ComputationGraph graph, List<org.nd4j.linalg.dataset.api.MultiDataSet> items) {
        GraphGradients source = new GraphGradients(graph, name -> true);
        Supplier<Double> loss =
                () -> items.stream().mapToDouble(item -> loss(graph, item)).sum();
        for (int l = 0; l < source.layers().size(); l++) {
            LayerShape shape = source.layers().get(l);
            double[] gradient = Differences.gradient(source, items, Targets.observed(), l);
            int dot = shape.name().indexOf('.');
            String owner = dot < 0 ? shape.name() : shape.name().substring(0, dot);
            String key = dot < 0 ? "W" : "W" + shape.name().charAt(dot + 1);
            double[] weights = Differences.weights(gradient, shape, dot < 0 || key.equals("Wo"));
            Differences.check(shape.name(), graph.getLayer(owner).getParam(key), weights, loss);
            if (shape.bias()) {
                INDArray bias = graph.getLayer(owner).getParam("b");
                Differences.check(shape.name(), bias, Differences.bias(gradient, shape), loss);
            }
        }
        BatchLosses found = source.capture(items, Targets.observed(), capture -> {});
        for (int i = 0; i < items.size(); i++) {
            assertThat(found.sum(i)).isCloseTo(loss(graph, items.get(i)), within(1e-12));
        }
    }

    /** From the outputs; DL4J's own scoreExamples fails for graphs such as these. */
    static double loss(ComputationGraph graph, org.nd4j.linalg.dataset.api.MultiDataSet item) {
        double sum = 0;
        INDArray[] outputs = graph.output(item.getFeatures());
        for (int o = 0; o < outputs.length; o++) {
            double[] p = Rows.values(outputs[o]);
            double[] y = Rows.values(item.getLabels(o));
            boolean bits = graph.getConfiguration().getNetworkOutputs().get(o).equals("bits");
            for (int i = 0; i < p.length; i++) {
                sum -= y[i] * Math.log(p[i]) + (bits ? (1 - y[i]) * Math.log(1 - p[i]) : 0);
            }
        }
        return sum;
    }

    @Test
    void capture_branchesAndTwoOutputs_givesTheGradientsOfTheLoss() {
        ComputationGraph graph = branched();
        assertThat(new GraphGradients(graph).layers())
                .extracting(LayerShape::name)
                .containsExactlyInAnyOrder("a", "b", "c");
        checkAll(graph, pairs());
    }

    @Test
    void capture_residualAttention_givesTheGradientsOfTheLoss() {
        checkAll(residual(), sequences());
    }

    @Test
    void capture_drawnLabels_haveNoGradientInTheMean() {
        GraphGradients source = new GraphGradients(branched());
        double[] mean = new double[source.layers().get(0).weights()];
        double size = 0;
        int draws = 100;
        for (int d = 0; d < draws; d++) {
            double[] one = Differences.gradient(source, pairs(), Targets.sampled(new Seed(2), d), 0);
            for (int i = 0; i < mean.length; i++) {
                mean[i] += one[i] / draws;
                size = Math.max(size, Math.abs(one[i]));
            }
        }
        for (double value : mean) {
            assertThat(Math.abs(value)).isLessThan(0.2 * size);
        }
        assertThat(source.tokens(pairs().get(0))).isEqualTo(2);
    }

    @Test
    void construct_outputWithoutLoss_namesIt() {
        ComputationGraph open = made(builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("a", new DenseLayer.Builder().nOut(4).build(), "in")
                .setOutputs("a")
                .setInputTypes(InputType.feedForward(3))
                .build());
        assertThatThrownBy(() -> new GraphGradients(open)).hasMessageContaining("output a of the graph");
    }
}
