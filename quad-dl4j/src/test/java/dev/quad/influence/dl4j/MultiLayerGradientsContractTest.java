// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerShape;
import dev.quad.testkit.GradientSourceContract;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

class MultiLayerGradientsContractTest extends GradientSourceContract<DataSet> {
    private static final List<DataSet> ITEMS = MultiLayerGradientsTest.points();

    private final MultiLayerNetwork network = MultiLayerGradientsTest.dense();

    @Override
    protected GradientSource<DataSet> source() {
        return new MultiLayerGradients(network);
    }

    @Override
    protected GradientSource<DataSet> other() {
        MultiLayerNetwork changed = network.clone();
        changed.params().putScalar(3, changed.params().getDouble(3) + 0.01);
        return new MultiLayerGradients(changed);
    }

    @Override
    protected List<DataSet> items() {
        return ITEMS;
    }

    @Override
    protected double loss(DataSet item, int layer, double[] change) {
        MultiLayerNetwork changed = network.clone();
        LayerShape shape = source().layers().get(layer);
        INDArray matrix = Nd4j.createFromArray(Differences.weights(change, shape, true))
                .reshape('c', shape.inputs(), shape.outputs());
        changed.getLayer(layer).getParam("W").addi(matrix);
        if (shape.bias()) {
            INDArray bias = changed.getLayer(layer).getParam("b");
            bias.addi(Nd4j.createFromArray(Differences.bias(change, shape)).reshape(bias.shape()));
        }
        return changed.scoreExamples(item, false).getDouble(0);
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
