// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.LayerShape;
import java.util.List;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads x and δ off one layer of DL4J, which may hold several linear layers or none. */
interface Tap {
    /** The linear layers in it. */
    List<LayerShape> layers();

    /**
     * Reads a layer after a forward pass.
     *
     * @param epsilon the gradient of the loss by the layer's activations; null for an output layer
     * @param labels of an output layer, else null
     * @param first index of the first of {@link #layers()} in the batch's rows
     * @param items where the items stand in the batch
     */
    void read(Layer layer, @Nullable INDArray epsilon, @Nullable INDArray labels, int first, int[] items, Rows rows);

    /** A tap for a layer, none where the predicate refuses all of it or there is nothing linear in it. */
    static Tap of(Layer layer, String name, Predicate<String> include) {
        org.deeplearning4j.nn.conf.layers.Layer conf = layer.conf().getLayer();
        if (conf instanceof org.deeplearning4j.nn.conf.layers.DenseLayer
                || conf instanceof org.deeplearning4j.nn.conf.layers.OutputLayer
                || conf instanceof org.deeplearning4j.nn.conf.layers.RnnOutputLayer) {
            return include.test(name) ? new DenseTap(layer, name) : NONE;
        }
        if (conf instanceof SelfAttentionLayer attention && attention.isProjectInput()) {
            return new AttentionTap(attention, name, include);
        }
        return NONE;
    }

    /** Of a layer that is not captured. */
    Tap NONE = new Tap() {
        @Override
        public List<LayerShape> layers() {
            return List.of();
        }

        @Override
        public void read(
                Layer layer,
                @Nullable INDArray epsilon,
                @Nullable INDArray labels,
                int first,
                int[] items,
                Rows rows) {}
    };

    /** Takes what is random out of a private copy of a layer, and refuses what couples the items of a batch. */
    static void makeExact(Layer layer, String name) {
        org.deeplearning4j.nn.conf.layers.Layer conf = layer.conf().getLayer();
        if (conf instanceof BatchNormalization) {
            throw new IllegalArgumentException(
                    "layer " + name + " normalises over the batch, so that the loss of an item"
                            + " depends on the other items and has no gradient of its own; use a network without it");
        }
        conf.setIDropout(null);
        if (conf instanceof BaseLayer base) {
            base.setWeightNoise(null);
        }
    }
}
