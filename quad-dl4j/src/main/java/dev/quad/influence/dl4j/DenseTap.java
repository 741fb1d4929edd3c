// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.LayerShape;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.util.TimeSeriesUtils;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A dense layer, or an output layer: {@code a = f(z), z = xW + b}; so {@code δ = f′(z) ∘ ε}, or what the loss says.
 * DL4J keeps z and δ to itself, so that they are computed again here.
 */
record DenseTap(LayerShape shape) implements Tap {

    DenseTap(Layer layer, String name) {
        this(shape(layer, name));
    }

    private static LayerShape shape(Layer layer, String name) {
        if (layer.conf().getLayer() instanceof DenseLayer dense && dense.isHasLayerNorm()) {
            throw new IllegalArgumentException(
                    "layer " + name + " normalises between its product and its activation, which"
                            + " cannot be captured; leave it out by its name");
        }
        INDArray w = layer.getParam(DefaultParamInitializer.WEIGHT_KEY);
        boolean bias = layer.paramTable().containsKey(DefaultParamInitializer.BIAS_KEY);
        return new LayerShape(name, Math.toIntExact(w.size(0)), Math.toIntExact(w.size(1)), bias);
    }

    @Override
    public List<LayerShape> layers() {
        return List.of(shape);
    }

    @Override
    public void read(
            Layer layer, @Nullable INDArray epsilon, @Nullable INDArray labels, int first, int[] items, Rows rows) {
        BaseLayer conf = (BaseLayer) layer.conf().getLayer();
        INDArray x = flat(layer.input(), conf);
        if (x.rank() != 2) {
            throw new IllegalStateException("layer " + shape.name() + " has an input of rank " + x.rank()
                    + "; rows are needed: put a preprocessor before it, such as RnnToFeedForwardPreProcessor");
        }
        INDArray z = x.mmul(layer.getParam(DefaultParamInitializer.WEIGHT_KEY));
        if (shape.bias()) {
            z.addiRowVector(layer.getParam(DefaultParamInitializer.BIAS_KEY));
        }
        INDArray mask = layer.getMaskArray();
        INDArray delta;
        if (conf instanceof BaseOutputLayer output && labels != null) {
            delta = output.getLossFn().computeGradient(flat(labels, conf), z, conf.getActivationFn(), mask);
        } else if (epsilon != null) {
            delta = conf.getActivationFn().backprop(z, epsilon.dup()).getFirst();
            if (mask != null) {
                delta.muliColumnVector(mask.castTo(delta.dataType()));
            }
        } else {
            throw new IllegalStateException("layer " + shape.name() + " got no gradient from the layers above it");
        }
        rows.put(first, x, delta, mask != null && mask.length() == x.size(0) ? mask : null, items);
    }

    /** Time becomes rows, as everywhere in DL4J: step by step, in each step item by item. */
    private static INDArray flat(INDArray array, BaseLayer conf) {
        if (array.rank() != 3 || !(conf instanceof RnnOutputLayer output)) {
            return array;
        }
        boolean timeLast = output.getRnnDataFormat() == RNNFormat.NCW;
        return TimeSeriesUtils.reshape3dTo2d(timeLast ? array : array.permute(0, 2, 1));
    }
}
