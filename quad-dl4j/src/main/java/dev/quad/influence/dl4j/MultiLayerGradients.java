// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * The captures of a {@link MultiLayerNetwork}: its dense layers under their names, or {@code layer0}, {@code layer1}
 * and so on where they have none, and of each self-attention layer with projections {@code NAME.query},
 * {@code NAME.key}, {@code NAME.value} and {@code NAME.output}. Gradients go through every other kind of layer too. An
 * item is a {@link DataSet} with one example, of any length in time.
 *
 * <p>Works on a copy of the network as it is when this is made, without dropout and weight noise; regularisation is no
 * part of the loss. A layer's rows are the time steps that are not masked. Shapes: W is {@code outputs × inputs}, the
 * transpose of DL4J's {@code W}. Costs a forward and a backward pass of DL4J, and holds the captures of a batch. For
 * use by one thread.
 */
public final class MultiLayerGradients extends NetworkGradients<DataSet> {
    private final MultiLayerNetwork network;
    private final List<String> names = new ArrayList<>();

    /** All layers but the output layer. */
    public MultiLayerGradients(MultiLayerNetwork network) {
        this(network, hidden(network));
    }

    /**
     * Some layers.
     *
     * @param include asked with their names
     * @throws IllegalArgumentException if nothing is included, names come twice, or a layer makes the loss of an item
     *     depend on the others (batch normalisation)
     */
    public MultiLayerGradients(MultiLayerNetwork network, Predicate<String> include) {
        Objects.requireNonNull(network, "the network is null");
        Objects.requireNonNull(include, "include is null; give name -> true for all layers");
        this.network = network.clone();
        this.network.initGradientsView();
        if (!(network.getOutputLayer() instanceof IOutputLayer)) {
            throw new IllegalArgumentException(
                    "the last layer of the network is no output layer, so that there is no loss");
        }
        for (int i = 0; i < network.getnLayers(); i++) {
            names.add(name(network, i));
            Tap.makeExact(layer(i), names.get(i));
            add(Tap.of(layer(i), names.get(i), include));
        }
        finish(network.params(), network.getLayerWiseConfigurations().toJson());
    }

    private static Predicate<String> hidden(MultiLayerNetwork network) {
        Objects.requireNonNull(network, "the network is null");
        String output = name(network, network.getnLayers() - 1);
        return name -> !name.equals(output);
    }

    private static String name(MultiLayerNetwork network, int index) {
        String name = network.getLayer(index).conf().getLayer().getLayerName();
        return name == null ? "layer" + index : name;
    }

    private Layer layer(int index) {
        return network.getLayer(index);
    }

    @Override
    MultiDataSet set(DataSet item) {
        return item.toMultiDataSet();
    }

    @Override
    long steps(int output, INDArray labels) {
        return Labels.steps(layer(network.getnLayers() - 1), labels);
    }

    @Override
    double[] run(MultiDataSet items, int[] where, Targets targets, Rows rows) {
        LayerWorkspaceMgr memory = LayerWorkspaceMgr.noWorkspaces();
        int n = where.length;
        int last = network.getnLayers() - 1;
        network.setInputMiniBatchSize(n);
        network.setLayerMaskArrays(
                items.hasMaskArrays() ? items.getFeaturesMaskArray(0) : null,
                items.hasMaskArrays() ? items.getLabelsMaskArray(0) : null);
        try {
            INDArray a = items.getFeatures(0);
            for (int i = 0; i <= last; i++) {
                InputPreProcessor before = network.getLayerWiseConfigurations().getInputPreProcess(i);
                INDArray input = before == null ? a : before.preProcess(a, n, memory);
                layer(i).setInput(input, memory);
                a = i < last ? layer(i).activate(false, memory) : input;
            }
            Layer outputLayer = layer(last);
            IOutputLayer output = (IOutputLayer) outputLayer;
            output.setLabels(items.getLabels(0));
            double[] losses = Rows.values(output.computeScoreForExamples(0, memory));
            INDArray labels = items.getLabels(0);
            if (targets instanceof Targets.Sampled sampled) {
                labels = Labels.draw(
                        outputLayer, names.get(last), outputLayer.activate(false, memory), sampled, keys(items), 0);
                output.setLabels(labels);
            }
            backward(labels, where, memory, rows);
            return losses;
        } finally {
            network.clearLayerMaskArrays();
            network.clear();
        }
    }

    private void backward(INDArray labels, int[] where, LayerWorkspaceMgr memory, Rows rows) {
        INDArray epsilon = null;
        int last = network.getnLayers() - 1;
        int lowest = 0;
        while (tap(lowest).layers().isEmpty()) {
            lowest++;
        }
        for (int i = last; i >= lowest; i--) {
            if (layer(i) instanceof FrozenLayer) {
                return;
            }
            tap(i).read(layer(i), epsilon, i == last ? labels : null, first(i), where, rows);
            if (i > lowest) {
                epsilon = through(i, epsilon, where.length, memory);
            }
        }
    }

    private INDArray through(int index, @Nullable INDArray epsilon, int items, LayerWorkspaceMgr memory) {
        INDArray below = layer(index).backpropGradient(epsilon, memory).getSecond();
        InputPreProcessor before = network.getLayerWiseConfigurations().getInputPreProcess(index);
        return before == null ? below : before.backprop(below, items, memory);
    }
}
