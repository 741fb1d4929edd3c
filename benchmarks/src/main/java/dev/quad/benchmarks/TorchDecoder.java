// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.quad.TokenSequence;
import dev.quad.files.Safetensors;
import dev.quad.linalg.Floats;
import dev.quad.model.DecoderConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The same decoder in libtorch, eager, through DJL: its matrix products, its automatic differentiation, its AdamW.
 * Queries, keys and values are one product, as are gates and ups, as in the embedded model. All sequences have one
 * length.
 */
final class TorchDecoder implements AutoCloseable {
    private final DecoderConfig c;
    private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    private final Map<String, NDArray> weights = new LinkedHashMap<>();
    private final NDArray cosines;
    private final NDArray sines;
    private final NDArray mask;
    private final Optimizer adam = Optimizer.adamW()
            .optLearningRateTracker(Tracker.fixed(1e-4f))
            .optWeightDecays(0.1f)
            .build();

    /** Takes the weights of a model folder without biases, tied and with plain positions. */
    TorchDecoder(DecoderConfig config, Path folder) throws IOException {
        this.c = config;
        Safetensors file = Safetensors.open(folder.resolve("model.safetensors"));
        add("embedding", file, "model.embed_tokens");
        add("norm", file, "model.norm");
        for (int l = 0; l < c.layers(); l++) {
            String from = "model.layers." + l + ".";
            add(l + "norm1", file, from + "input_layernorm");
            String attention = from + "self_attn.";
            add(l + "qkv", file, attention + "q_proj", attention + "k_proj", attention + "v_proj");
            add(l + "output", file, attention + "o_proj");
            add(l + "norm2", file, from + "post_attention_layernorm");
            add(l + "gateUp", file, from + "mlp.gate_proj", from + "mlp.up_proj");
            add(l + "down", file, from + "mlp.down_proj");
        }
        int n = c.maxLength();
        int h = c.headWidth();
        float[] cos = new float[n * h];
        float[] sin = new float[n * h];
        float[] masked = new float[n * n];
        for (int t = 0; t < n; t++) {
            for (int j = 0; j < h; j++) {
                double angle = t * Math.pow(c.ropeTheta(), -2.0 * (j % (h / 2)) / h);
                cos[t * h + j] = (float) Math.cos(angle);
                sin[t * h + j] = (float) Math.sin(angle);
            }
            for (int s = t + 1; s < n; s++) {
                masked[t * n + s] = Float.NEGATIVE_INFINITY;
            }
        }
        cosines = manager.create(cos, new Shape(n, h));
        sines = manager.create(sin, new Shape(n, h));
        mask = manager.create(masked, new Shape(n, n));
    }

    private void add(String name, Safetensors file, String... tensors) throws IOException {
        NDList parts = new NDList();
        for (String tensor : tensors) {
            int[] shape = file.shape(tensor + ".weight");
            int size = shape.length == 2 ? shape[0] * shape[1] : shape[0];
            try (Floats values = Floats.allocate(size)) {
                file.floats(tensor + ".weight", values.buffer());
                Shape torch = shape.length == 2 ? new Shape(shape[0], shape[1]) : new Shape(shape[0]);
                parts.add(manager.create(values.toArray(), torch));
            }
        }
        NDArray all = parts.size() == 1 ? parts.get(0) : ai.djl.ndarray.NDArrays.concat(parts, 0);
        all.setRequiresGradient(true);
        weights.put(name, all);
    }

    /** The mean loss of a token before one step of training. */
    float step(List<TokenSequence> batch) {
        try (NDManager inner = manager.newSubManager();
                GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray loss = loss(batch, inner);
            collector.backward(loss);
            float result = loss.getFloat();
            weights.forEach((name, weight) -> {
                try (NDArray gradient = weight.getGradient()) {
                    adam.update(name, weight, gradient);
                }
            });
            collector.zeroGradients();
            return result;
        }
    }

    private NDArray loss(List<TokenSequence> batch, NDManager inner) {
        int n = batch.get(0).length() - 1;
        int[] inputs = new int[batch.size() * n];
        int[] targets = new int[batch.size() * n];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = batch.get(i / n).id(i % n);
            targets[i] = batch.get(i / n).id(i % n + 1);
        }
        NDArray x = Embedding.embedding(
                        inner.create(inputs, new Shape(batch.size(), n)), weight("embedding"), SparseFormat.DENSE)
                .singletonOrThrow();
        x.attach(inner);
        for (int l = 0; l < c.layers(); l++) {
            x = x.add(linear(attention(linear(norm(x, l + "norm1"), l + "qkv"), batch.size(), n), l + "output"));
            NDList gateUp = linear(norm(x, l + "norm2"), l + "gateUp").split(2, 2);
            NDArray gate = gateUp.get(0);
            NDArray activated = gate.mul(ai.djl.nn.Activation.sigmoid(gate)).mul(gateUp.get(1));
            x = x.add(linear(activated, l + "down"));
        }
        NDArray logits = linear(norm(x, "norm"), "embedding").reshape(inputs.length, c.vocabulary());
        NDArray labels = inner.create(targets, new Shape(inputs.length, 1));
        return logits.logSoftmax(-1)
                .get(new NDIndex().addAllDim().addPickDim(labels))
                .neg()
                .mean();
    }

    private NDArray attention(NDArray qkv, int batch, int n) {
        NDArray split = qkv.reshape(batch, n, 3L * c.heads(), c.headWidth()).transpose(0, 2, 1, 3);
        NDList parts = split.split(3, 1);
        NDArray scores = turned(parts.get(0))
                .mul(1 / Math.sqrt(c.headWidth()))
                .matMul(turned(parts.get(1)).transpose(0, 1, 3, 2))
                .add(mask);
        return scores.softmax(-1).matMul(parts.get(2)).transpose(0, 2, 1, 3).reshape(batch, n, c.width());
    }

    private NDArray turned(NDArray x) {
        NDList halves = x.split(2, 3);
        return x.mul(cosines).add(halves.get(1).neg().concat(halves.get(0), 3).mul(sines));
    }

    private NDArray norm(NDArray x, String gain) {
        NDArray size = x.square().mean(new int[] {2}, true).add(c.normEpsilon()).sqrt();
        return x.div(size).mul(weight(gain));
    }

    private NDArray linear(NDArray x, String name) {
        return Linear.linear(x, weight(name)).singletonOrThrow();
    }

    private NDArray weight(String name) {
        NDArray weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException(name);
        }
        return weight;
    }

    /** Billions of floating-point operations a second of a square product, to see what its BLAS is worth. */
    double productRate(int side) {
        try (NDManager inner = manager.newSubManager()) {
            NDArray a = inner.ones(new Shape(side, side));
            a.matMul(a).getFloat(0, 0);
            long start = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                a.matMul(a).getFloat(0, 0);
            }
            return 5 * 2.0 * side * side * side / ((System.nanoTime() - start) / 1e9);
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
