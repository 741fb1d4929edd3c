// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;

/**
 * How the loss of each row changes as the weights move along v, {@code d/ds L(θ + s·v)} at {@code s = 0}: every value
 * of a forward pass with its derivative beside it (forward mode, Wengert 1964), so that no step is chosen and no
 * difference taken. A linear layer {@code y = W·x + b} gives
 *
 * <pre>{@code ẏ = W·ẋ + V·x + v_b}</pre>
 *
 * <p>and the loss {@code L̇ = Σ_j (softmax(z) − onehot(label))_j·ż_j}. For use by one thread; owns the directions of
 * one block and the derivatives of one batch: close it.
 */
final class TangentPass implements AutoCloseable {
    private static final int ROWS = 64;

    private final DecoderConfig c;
    private final Layout at;
    private final CapturedLayers layers;
    private final ReferenceDirection v;
    private final Floats directions; // of the layers of a block, or of the head
    private final int[] places = new int[CapturedLayers.KINDS];
    private Workspace t;

    TangentPass(DecoderConfig config, Layout layout, CapturedLayers layers, ReferenceDirection v) {
        this.c = config;
        this.at = layout;
        this.layers = layers;
        this.v = v;
        int most = 0;
        for (int block = 0; block <= c.layers(); block++) {
            int size = 0;
            for (int kind = 0; kind < (block == c.layers() ? 1 : CapturedLayers.KINDS); kind++) {
                int layer = layers.index(CapturedLayers.place(block, kind));
                if (layer >= 0) {
                    size += layers.shapes().get(layer).weights();
                }
            }
            most = Math.max(most, size);
        }
        this.directions = Floats.allocate(most);
        this.t = new Workspace(c, 1, Workspace.Keep.NOTHING);
    }

    /**
     * The derivative of the loss of each row; 0 where it does not count.
     *
     * @param pass of the batch, not begun
     */
    float[] rows(ForwardBackward pass, PackedBatch batch) {
        Workspace m = pass.memory();
        if (t.rows < batch.rows) {
            t.close();
            t = new Workspace(c, batch.rows, Workspace.Keep.NOTHING);
        }
        pass.embed();
        t.input(0).clear(0, batch.rows * c.width());
        for (int l = 0; l < c.layers(); l++) {
            pass.forward(l, m.input(l + 1));
            block(pass, m, batch, l);
        }
        float[] result = new float[batch.rows];
        loadBlock(c.layers());
        int vocabulary = c.vocabulary();
        pass.heads((head, from, count, first) -> {
            RmsNorm.tangent(
                    m.input(c.layers()),
                    t.input(c.layers()),
                    m.finalScale,
                    head.norm().memory(),
                    head.norm().at(),
                    t.finalInput,
                    from,
                    count,
                    c.width());
            head.linear().times(t.finalInput, 0, t.logits, first, from, count);
            move(c.layers(), 0, m.finalInput, t.logits, first, from, count);
            for (int i = from; i < from + count; i++) {
                int row = (i - first) * vocabulary;
                result[i] = Blas.dot(vocabulary, m.logits, row, t.logits, row);
            }
        });
        return result;
    }

    private void block(ForwardBackward pass, Workspace m, PackedBatch batch, int l) {
        loadBlock(l);
        Weights.Part part = pass.part(l);
        Floats gains = part.memory();
        Floats x = m.input(l);
        Floats dx = t.input(l);
        Floats next = t.input(l + 1);
        Workspace.Layer a = m.layer(l);
        Workspace.Layer d = t.layer(l);
        int width = c.width();
        Workers.forBlocks(batch.rows, ForwardBackward.ROWS, (from, count) -> {
            RmsNorm.tangent(
                    x, dx, a.attentionScale, gains, part.at() + at.attentionNorm, d.attentionInput, from, count, width);
            pass.qkv(part).times(d.attentionInput, 0, d.qkv, 0, from, count);
            move(l, CapturedLayers.QKV, a.attentionInput, d.qkv, 0, from, count);
            pass.rotate(d.qkv, from, count);
        });
        pass.forSequences((s, group, scratch) ->
                pass.attention().tangent(a.qkv, d.qkv, d.o, scratch, batch.starts[s], batch.length(s), group));
        Workers.forBlocks(batch.rows, ForwardBackward.ROWS, (from, count) -> {
            d.middle.copy(from * width, dx, from * width, count * width);
            pass.output(part).times(d.o, 1, d.middle, 0, from, count);
            move(l, CapturedLayers.OUTPUT, a.o, d.middle, 0, from, count);
            RmsNorm.tangent(
                    a.middle, d.middle, a.mlpScale, gains, part.at() + at.mlpNorm, d.mlpInput, from, count, width);
            pass.gateUp(part).times(d.mlpInput, 0, d.gateUp, 0, from, count);
            move(l, CapturedLayers.GATE_UP, a.mlpInput, d.gateUp, 0, from, count);
            SwiGlu.tangent(a.gateUp, d.gateUp, d.h, from, count, c.mlpWidth());
            next.copy(from * width, d.middle, from * width, count * width);
            pass.down(part).times(d.h, 1, next, 0, from, count);
            move(l, CapturedLayers.DOWN, a.h, next, 0, from, count);
        });
    }

    /** {@code y += x·Vᵀ + v_b} for rows from {@code from} on, where the layer is captured; y begins at row first. */
    private void move(int block, int kind, Floats x, Floats y, int first, int from, int count) {
        int layer = layers.index(CapturedLayers.place(block, kind));
        if (layer < 0) {
            return;
        }
        LayerShape shape = layers.shapes().get(layer);
        int in = shape.inputs();
        int out = shape.outputs();
        int place = places[kind];
        Matrix target = Matrix.of(y, (from - first) * out, count, out, out);
        Matrix moves = Matrix.of(directions, place, out, in, shape.columns());
        Blas.multiply(1, Matrix.of(x, from * in, count, in, in), moves.transposed(), 1, target);
        if (shape.bias()) {
            Matrix bias = Matrix.of(directions, place + in, out, 1, shape.columns());
            Blas.multiply(1, Matrix.of(t.ones, count, 1), bias.transposed(), 1, target);
        }
    }

    /** Reads the directions of the layers of a block, or of the head behind the last. */
    private void loadBlock(int block) {
        int place = 0;
        for (int kind = 0; kind < (block == c.layers() ? 1 : CapturedLayers.KINDS); kind++) {
            int layer = layers.index(CapturedLayers.place(block, kind));
            if (layer < 0) {
                continue;
            }
            LayerShape shape = layers.shapes().get(layer);
            int start = place;
            places[kind] = start;
            Workers.forBlocks(shape.outputs(), ROWS, (from, count) -> {
                double[] values = new double[count * shape.columns()];
                v.read(layer, from * shape.columns(), values, values.length);
                directions.write(start + from * shape.columns(), values, 0, values.length);
            });
            place += shape.weights();
        }
    }

    @Override
    public void close() {
        directions.close();
        t.close();
    }
}
