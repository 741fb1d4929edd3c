// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerShape;
import dev.quad.testkit.GradientSourceContract;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

class GraphGradientsContractTest extends GradientSourceContract<MultiDataSet> {
    private static final List<MultiDataSet> ITEMS = GraphGradientsTest.pairs();

    private final ComputationGraph graph = GraphGradientsTest.branched();
    private final List<LayerShape> layers = new GraphGradients(graph).layers();

    @Override
    protected GradientSource<MultiDataSet> source() {
        return new GraphGradients(graph);
    }

    @Override
    protected GradientSource<MultiDataSet> other() {
        ComputationGraph changed = graph.clone();
        changed.params().putScalar(3, changed.params().getDouble(3) + 0.01);
        return new GraphGradients(changed);
    }

    @Override
    protected List<MultiDataSet> items() {
        return ITEMS;
    }

    @Override
    protected double loss(MultiDataSet item, int layer, double[] change) {
        ComputationGraph changed = graph.clone();
        LayerShape shape = layers.get(layer);
        Layer moved = changed.getLayer(shape.name());
        moved.getParam("W")
                .addi(Nd4j.createFromArray(Differences.weights(change, shape, true))
                        .reshape('c', shape.inputs(), shape.outputs()));
        INDArray bias = moved.getParam("b");
        bias.addi(Nd4j.createFromArray(Differences.bias(change, shape)).reshape(bias.shape()));
        return GraphGradientsTest.loss(changed, item);
    }

    @Override
    protected double step() {
        return 1e-3;
    }

    @Override
    protected double tolerance() {
        return 1e-6;
    }
}
