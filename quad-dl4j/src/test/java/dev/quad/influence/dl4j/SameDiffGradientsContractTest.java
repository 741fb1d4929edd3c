// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerShape;
import dev.quad.testkit.GradientSourceContract;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SameDiffGradientsContractTest extends GradientSourceContract<Map<String, INDArray>> {
    private static final List<Map<String, INDArray>> ITEMS = SameDiffGradientsTest.items();

    private final SameDiff graph = SameDiffGradientsTest.graph();
    private final SameDiff moved = SameDiffGradientsTest.graph();
    private final List<LayerShape> layers = source(graph).layers();

    private static GradientSource<Map<String, INDArray>> source(SameDiff graph) {
        return new SameDiffGradients(graph, SameDiffGradientsTest::tokens);
    }

    @Override
    protected GradientSource<Map<String, INDArray>> source() {
        return source(graph);
    }

    @Override
    protected GradientSource<Map<String, INDArray>> other() {
        SameDiff changed = SameDiffGradientsTest.graph();
        changed.getVariable("shared").getArr().putScalar(3, 0.01);
        return source(changed);
    }

    @Override
    protected List<Map<String, INDArray>> items() {
        return ITEMS;
    }

    @Override
    protected double loss(Map<String, INDArray> item, int layer, double[] change) {
        LayerShape shape = layers.get(layer);
        move(shape, change);
        double loss = SameDiffGradientsTest.loss(moved, List.of(item));
        move(shape, new double[change.length]);
        return loss;
    }

    /** The bias of w1 is b1, that of w3 is b3. */
    private void move(LayerShape shape, double... change) {
        move(shape.name(), Differences.weights(change, shape, !shape.name().equals("w2")));
        if (shape.bias()) {
            move(shape.name().replace('w', 'b'), Differences.bias(change, shape));
        }
    }

    private void move(String name, double... change) {
        INDArray values = graph.getVariable(name).getArr();
        moved.getVariable(name)
                .getArr()
                .assign(values.add(Nd4j.createFromArray(change).reshape('c', values.shape())));
    }

    /** The labels are those of the placeholders. */
    @Override
    protected boolean samples() {
        return false;
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
