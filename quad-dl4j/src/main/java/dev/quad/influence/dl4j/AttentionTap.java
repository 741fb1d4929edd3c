// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence.dl4j;

import dev.quad.influence.LayerShape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The four projections of a {@link SelfAttentionLayer}: {@code NAME.query}, {@code .key}, {@code .value} and
 * {@code .output}.
 *
 * <p>To DL4J the layer is one operation of SameDiff that tells nothing of its inside. So its forward and backward pass
 * are written out here, item by item, with time in columns: {@code q = W_q x}, for each head {@code P =
 * softmax(kᵀq/√s)} over the keys and {@code c = vP}, {@code y = W_oᵀc}; back, {@code ∂c = W_o ε, ∂v = ∂c Pᵀ, ∂P = vᵀ∂c,
 * ∂S = P ∘ (∂P − 1·1ᵀ(P ∘ ∂P)), ∂q = k ∂S/√s, ∂k = q ∂Sᵀ/√s} (Vaswani et al., 2017).
 */
final class AttentionTap implements Tap {
    private static final List<String> PARTS = List.of("query", "key", "value", "output");

    private final int heads;
    private final int size;
    private final List<LayerShape> layers = new ArrayList<>();
    private final int[] indexes = {-1, -1, -1, -1};

    AttentionTap(SelfAttentionLayer conf, String name, Predicate<String> include) {
        this.heads = conf.getNHeads();
        this.size = Math.toIntExact(conf.getHeadSize());
        for (int part = 0; part < PARTS.size(); part++) {
            String whole = name + "." + PARTS.get(part);
            if (include.test(whole)) {
                indexes[part] = layers.size();
                int in = part < 3 ? Math.toIntExact(conf.getNIn()) : heads * size;
                int out = part < 3 ? heads * size : Math.toIntExact(conf.getNOut());
                layers.add(new LayerShape(whole, in, out));
            }
        }
    }

    @Override
    public List<LayerShape> layers() {
        return layers;
    }

    @Override
    public void read(
            Layer layer, @Nullable INDArray epsilon, @Nullable INDArray labels, int first, int[] items, Rows rows) {
        if (epsilon == null) {
            throw new IllegalStateException("a self-attention layer got no gradient from the layers above it");
        }
        INDArray mask = layer.getMaskArray();
        for (int i = 0; i < items.length; i++) {
            INDArray itemMask = mask == null
                    ? null
                    : mask.reshape(items.length, -1).getRow(i).dup();
            INDArray[] deltas = new INDArray[4];
            INDArray[] inputs = new INDArray[4];
            backward(layer, item(layer.input(), i), item(epsilon, i), itemMask, inputs, deltas);
            for (int part = 0; part < 4; part++) {
                if (indexes[part] >= 0) {
                    rows.put(
                            first + indexes[part],
                            inputs[part].transpose(),
                            deltas[part].transpose(),
                            itemMask,
                            new int[] {items[i]});
                }
            }
        }
    }

    private static INDArray item(INDArray array, int i) {
        return array.get(NDArrayIndex.point(i), NDArrayIndex.all(), NDArrayIndex.all());
    }

    /** Features × time for all four. */
    private void backward(
            Layer layer, INDArray x, INDArray epsilon, @Nullable INDArray mask, INDArray[] inputs, INDArray[] deltas) {
        int width = heads * size;
        INDArray[] projected = new INDArray[3];
        List<String> keys = List.of("Wq", "Wk", "Wv");
        for (int part = 0; part < 3; part++) {
            INDArray w = layer.getParam(keys.get(part)).reshape('c', width, x.size(0));
            projected[part] = w.mmul(x);
            inputs[part] = x;
            deltas[part] = Nd4j.createUninitialized(x.dataType(), width, x.size(1));
        }
        INDArray contextGradient = layer.getParam("Wo").mmul(epsilon);
        INDArray context = Nd4j.createUninitialized(x.dataType(), width, x.size(1));
        for (int head = 0; head < heads; head++) {
            INDArray q = head(projected[0], head);
            INDArray k = head(projected[1], head);
            INDArray v = head(projected[2], head);
            double scale = 1 / Math.sqrt(size);
            INDArray weights = softmaxOfColumns(k.transpose().mmul(q).muli(scale), mask);
            head(context, head).assign(v.mmul(weights));
            INDArray dc = head(contextGradient, head);
            INDArray dWeights = v.transpose().mmul(dc);
            INDArray dots = weights.mul(dWeights).sum(true, 0);
            INDArray ds = dWeights.subRowVector(dots).muli(weights).muli(scale);
            head(deltas[0], head).assign(k.mmul(ds));
            head(deltas[1], head).assign(q.mmul(ds.transpose()));
            head(deltas[2], head).assign(dc.mmul(weights.transpose()));
        }
        inputs[3] = context;
        deltas[3] = epsilon;
    }

    private INDArray head(INDArray all, int head) {
        return all.get(NDArrayIndex.interval(head * size, (head + 1) * size), NDArrayIndex.all());
    }

    /** Over the keys, which are the rows; masked ones get the weight 0. */
    private static INDArray softmaxOfColumns(INDArray scores, @Nullable INDArray mask) {
        INDArray shifted = scores.subRowVector(scores.max(true, 0));
        INDArray e = org.nd4j.linalg.ops.transforms.Transforms.exp(shifted, false);
        if (mask != null) {
            e.muliColumnVector(mask.reshape(-1, 1).castTo(e.dataType()));
        }
        return e.diviRowVector(e.sum(true, 0));
    }
}
