// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.Targets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * The captures of a {@link ComputationGraph}: its dense layers under their names, and of each self-attention layer with
 * projections {@code NAME.query}, {@code NAME.key}, {@code NAME.value} and {@code NAME.output}. Gradients go through
 * every other kind of vertex too. An item is a {@link MultiDataSet} with one example; the loss is the sum over all
 * outputs.
 *
 * <p>As for a {@link MultiLayerGradients} in all else. For use by one thread.
 */
public final class GraphGradients extends NetworkGradients<MultiDataSet> {
    private final ComputationGraph graph;
    private final int[] order;
    private final Map<Integer, Integer> taps = new HashMap<>();

    /** All layers but output layers. */
    public GraphGradients(ComputationGraph graph) {
        this(graph, name -> !graph.getConfiguration().getNetworkOutputs().contains(name));
    }

    /**
     * Some layers.
     *
     * @param include asked with their names
     * @throws IllegalArgumentException if nothing is included, or a layer makes the loss of an item depend on the
     *     others (batch normalisation), or an output of the graph is no output layer
     */
    public GraphGradients(ComputationGraph graph, Predicate<String> include) {
        Objects.requireNonNull(graph, "the graph is null");
        Objects.requireNonNull(include, "include is null; give name -> true for all layers");
        this.graph = graph.clone();
        this.graph.initGradientsView();
        this.order = this.graph.topologicalSortOrder();
        for (String output : graph.getConfiguration().getNetworkOutputs()) {
            if (!(graph.getVertex(output).getLayer() instanceof IOutputLayer)) {
                throw new IllegalArgumentException(
                        "the output " + output + " of the graph is no output layer, so that it has no loss");
            }
        }
        for (int index : order) {
            GraphVertex vertex = this.graph.getVertices()[index];
            if (vertex.hasLayer()) {
                Tap.makeExact(vertex.getLayer(), vertex.getVertexName());
                taps.put(index, taps.size());
                add(Tap.of(vertex.getLayer(), vertex.getVertexName(), include));
            }
        }
        finish(graph.params(), graph.getConfiguration().toJson());
    }

    @Override
    MultiDataSet set(MultiDataSet item) {
        return item;
    }

    private Layer outputLayer(int output) {
        return graph.getVertex(graph.getConfiguration().getNetworkOutputs().get(output))
                .getLayer();
    }

    @Override
    long steps(int output, INDArray labels) {
        return Labels.steps(outputLayer(output), labels);
    }

    @Override
    double[] run(MultiDataSet items, int[] where, Targets targets, Rows rows) {
        LayerWorkspaceMgr memory = LayerWorkspaceMgr.noWorkspaces();
        List<String> outputs = graph.getConfiguration().getNetworkOutputs();
        graph.setLayerMaskArrays(items.getFeaturesMaskArrays(), items.getLabelsMaskArrays());
        try {
            Map<String, INDArray> activations = graph.feedForward(items.getFeatures(), false, false);
            double[] losses = new double[where.length];
            INDArray[] labels = items.getLabels().clone();
            for (int o = 0; o < labels.length; o++) {
                IOutputLayer layer = (IOutputLayer) outputLayer(o);
                layer.setLabels(labels[o]);
                double[] found = Rows.values(layer.computeScoreForExamples(0, memory));
                for (int i = 0; i < losses.length; i++) {
                    losses[i] += found[i];
                }
                if (targets instanceof Targets.Sampled sampled) {
                    INDArray predicted = Objects.requireNonNull(activations.get(outputs.get(o)));
                    labels[o] = Labels.draw(outputLayer(o), outputs.get(o), predicted, sampled, keys(items), o);
                    layer.setLabels(labels[o]);
                }
            }
            backward(labels, where, memory, rows);
            return losses;
        } finally {
            graph.clearLayerMaskArrays();
            for (GraphVertex vertex : graph.getVertices()) {
                vertex.clear();
            }
        }
    }

    private void backward(INDArray[] labels, int[] where, LayerWorkspaceMgr memory, Rows rows) {
        List<String> outputs = graph.getConfiguration().getNetworkOutputs();
        INDArray[] epsilons = new INDArray[order.length];
        for (int step = order.length - 1; step >= 0; step--) {
            GraphVertex vertex = graph.getVertices()[order[step]];
            if (vertex.isInputVertex()
                    || vertex instanceof FrozenVertex
                    || (vertex.hasLayer() && vertex.getLayer() instanceof FrozenLayer)) {
                continue;
            }
            INDArray epsilon = epsilons[vertex.getVertexIndex()];
            int output = outputs.indexOf(vertex.getVertexName());
            if (epsilon == null && output < 0) {
                continue; // leads to no output
            }
            Integer tap = taps.get(vertex.getVertexIndex());
            if (tap != null) {
                tap(tap).read(vertex.getLayer(), epsilon, output < 0 ? null : labels[output], first(tap), where, rows);
            }
            vertex.setEpsilon(epsilon);
            INDArray[] below = vertex.doBackward(false, memory).getSecond();
            VertexIndices[] inputs = vertex.getInputVertices();
            for (int j = 0; j < inputs.length; j++) {
                if (below[j] != null) { // as below embeddings
                    int index = inputs[j].getVertexIndex();
                    epsilons[index] = epsilons[index] == null ? below[j] : epsilons[index].add(below[j]);
                }
            }
        }
    }
}
