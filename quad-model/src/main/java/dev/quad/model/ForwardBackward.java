// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.influence.CaptureSink;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.Targets;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One batch through the decoder and back. A block computes
 *
 * <pre>{@code
 * qkv = W_qkv · norm(x)          rotated; O = attention(qkv)
 * m   = x + W_o · O
 * x'  = m + W_down · swiglu(W_gateup · norm(m))
 * }</pre>
 *
 * <p>All that is done row by row is one parallel step over blocks of {@link #ROWS} rows; attention is one over
 * sequences and key-value heads. The cut depends on the batch only, so that the bits of the result do not depend on the
 * number of threads.
 */
final class ForwardBackward {
    static final int ROWS = 256;
    private static final int NONE = -1;

    private final DecoderConfig c;
    private final Layout at;
    private final Weights w;
    private final Rotary rotary;
    private final Attention attention;
    private final Workspace m;
    private final PackedBatch batch;
    private final int d;
    private final int f;
    private final int longest;

    ForwardBackward(
            DecoderConfig config, Layout layout, Weights weights, Rotary rotary, Workspace memory, PackedBatch batch) {
        this.c = config;
        this.at = layout;
        this.w = weights;
        this.rotary = rotary;
        this.attention = new Attention(config);
        this.m = memory;
        this.batch = batch;
        this.d = config.width();
        this.f = config.mlpWidth();
        this.longest = batch.longest();
        rotary.upTo(longest);
    }

    /** A linear layer of the part that is in use; a bias is a product with the constant 1. */
    final class Linear {
        final Weights.Part part;
        final int weight;
        final int in;
        final int out;
        final int bias;

        Linear(Weights.Part part, int weight, int in, int out, int bias) {
            this.part = part;
            this.weight = weight;
            this.in = in;
            this.out = out;
            this.bias = bias;
        }

        /** {@code y = beta·y + x·Wᵀ + b} for rows from {@code from} on; y begins at row {@code first}. */
        void forward(Floats x, float beta, Floats y, int first, int from, int count) {
            times(x, beta, y, first, from, count);
            if (bias != NONE) {
                Matrix target = Matrix.of(y, (from - first) * out, count, out, out);
                Matrix b = Matrix.of(part.memory(), part.at() + bias, 1, out, out);
                Blas.multiply(1, Matrix.of(m.ones, count, 1), b, 1, target);
            }
        }

        /** {@link #forward} without the bias. */
        void times(Floats x, float beta, Floats y, int first, int from, int count) {
            Matrix target = Matrix.of(y, (from - first) * out, count, out, out);
            Blas.multiply(1, Matrix.of(x, from * in, count, in, in), weights().transposed(), beta, target);
        }

        /** {@code dx = dy·W} for rows from {@code from} on; dy begins at row {@code first}. */
        void backward(Floats dy, int first, Floats dx, int from, int count) {
            Blas.multiply(
                    1,
                    Matrix.of(dy, (from - first) * out, count, out, out),
                    weights(),
                    0,
                    Matrix.of(dx, from * in, count, in, in));
        }

        private Matrix weights() {
            return Matrix.of(part.memory(), part.at() + weight, out, in, in);
        }
    }

    Linear qkv(Weights.Part part) {
        return new Linear(part, at.qkv, d, c.qkvWidth(), c.biases().qkv() ? at.qkvBias : NONE);
    }

    Linear output(Weights.Part part) {
        return new Linear(part, at.output, c.attentionWidth(), d, c.biases().output() ? at.outputBias : NONE);
    }

    Linear gateUp(Weights.Part part) {
        return new Linear(part, at.gateUp, d, 2 * f, c.biases().mlp() ? at.gateUpBias : NONE);
    }

    Linear down(Weights.Part part) {
        return new Linear(part, at.down, f, d, c.biases().mlp() ? at.downBias : NONE);
    }

    /** Fills the activations up to the output of the last block. */
    void forward() {
        embed();
        for (int l = 0; l < c.layers(); l++) {
            forward(l, m.input(l + 1));
        }
    }

    /** Fills the input of the first block. */
    void embed() {
        Floats first = m.input(0);
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            for (int i = from; i < from + count; i++) {
                w.embed(batch.inputs[i], first, i * d);
            }
        });
    }

    Weights.Part part(int layer) {
        return w.part(at.block(layer));
    }

    Workspace memory() {
        return m;
    }

    Attention attention() {
        return attention;
    }

    /** Turns queries and keys by their positions. */
    void rotate(Floats qkv, int from, int count) {
        rotary.turn(qkv, c.qkvWidth(), c.heads() + c.keyValueHeads(), batch.positions, 1, from, count);
    }

    /** One block; without {@code next} only what the backward pass needs. */
    void forward(int layer, @Nullable Floats next) {
        Weights.Part part = part(layer);
        Floats v = part.memory();
        Floats x = m.input(layer);
        Workspace.Layer a = m.layer(layer);
        Linear qkv = qkv(part);
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            RmsNorm.forward(
                    x,
                    v,
                    part.at() + at.attentionNorm,
                    c.normEpsilon(),
                    a.attentionInput,
                    a.attentionScale,
                    from,
                    count,
                    d);
            qkv.forward(a.attentionInput, 0, a.qkv, 0, from, count);
            rotate(a.qkv, from, count);
        });
        forSequences(
                (s, group, scratch) -> attention.forward(a.qkv, a.o, scratch, batch.starts[s], batch.length(s), group));
        Linear output = output(part);
        Linear gateUp = gateUp(part);
        Linear down = down(part);
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            a.middle.copy(from * d, x, from * d, count * d);
            output.forward(a.o, 1, a.middle, 0, from, count);
            RmsNorm.forward(
                    a.middle, v, part.at() + at.mlpNorm, c.normEpsilon(), a.mlpInput, a.mlpScale, from, count, d);
            gateUp.forward(a.mlpInput, 0, a.gateUp, 0, from, count);
            SwiGlu.forward(a.gateUp, a.h, from, count, f);
            if (next != null) {
                next.copy(from * d, a.middle, from * d, count * d);
                down.forward(a.h, 1, next, 0, from, count);
            }
        });
    }

    /** The logits of one row, after {@link #forward}. */
    float[] logits(int row) {
        Weights.Part norm = w.part(at.finalNorm);
        RmsNorm.forward(
                m.input(c.layers()), norm.memory(), norm.at(), c.normEpsilon(), m.finalInput, m.finalScale, row, 1, d);
        new Linear(w.part(at.head), 0, d, c.vocabulary(), NONE).forward(m.finalInput, 0, m.logits, row, row, 1);
        float[] result = new float[c.vocabulary()];
        m.logits.get(0, result, 0, result.length);
        return result;
    }

    /**
     * The loss of each row, in nats, after {@link #forward}. Logits are made, turned to gradients and used up in pieces
     * of rows, so that a large vocabulary takes little memory.
     *
     * @param keys identifies the sequence of each row, for drawn labels
     * @param back whether {@link #backward} follows
     * @param gradient receives {@code +=} that of the head and of the last norm, or null
     * @param sink receives the capture of the head, for which the logits of all rows are held at once, or null
     */
    float[] losses(Targets targets, long[] keys, boolean back, @Nullable Floats gradient, @Nullable CaptureSink sink) {
        if (sink == null) {
            return losses(targets, keys, back, gradient, m.logits, false);
        }
        long size = (long) batch.rows * c.vocabulary();
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a batch of " + batch.rows + " tokens has " + size
                    + " logits; the capture of the head holds at most " + Integer.MAX_VALUE
                    + ": give batches of fewer tokens, or leave the head out");
        }
        try (Floats logits = Floats.scratch((int) size)) {
            float[] losses = losses(targets, keys, back, gradient, logits, true);
            capture(sink, c.layers(), 0, m.finalInput, d, logits, c.vocabulary());
            return losses;
        }
    }

    private float[] losses(
            Targets targets, long[] keys, boolean back, @Nullable Floats gradient, Floats logits, boolean whole) {
        float[] losses = new float[batch.rows];
        Floats x = m.input(c.layers());
        Weights.Part norm = w.part(at.finalNorm);
        Linear head = new Linear(w.part(at.head), 0, d, c.vocabulary(), NONE);
        Norms norms = new Norms();
        for (int piece = 0; piece < batch.rows; piece += m.logitRows) {
            int begin = piece;
            int first = whole ? 0 : begin; // the row that the logits begin with
            int rows = Math.min(m.logitRows, batch.rows - begin);
            Workers.forBlocks(rows, ROWS, (start, count) -> {
                int from = begin + start;
                RmsNorm.forward(
                        x, norm.memory(), norm.at(), c.normEpsilon(), m.finalInput, m.finalScale, from, count, d);
                head.forward(m.finalInput, 0, logits, first, from, count);
                SoftmaxLoss.rows(logits, first, batch, c.vocabulary(), targets, keys, losses, back, from, count);
                if (back) {
                    head.backward(logits, first, m.dNormed, from, count);
                    m.dMiddle.clear(from * d, count * d);
                    RmsNorm.backward(
                            m.dNormed,
                            x,
                            m.finalScale,
                            norm.memory(),
                            norm.at(),
                            m.dMiddle,
                            m.dx,
                            norms.of(from),
                            from,
                            count,
                            d);
                }
            });
            if (gradient != null) {
                new WeightGradients(gradient, rows)
                        .add(logits, c.vocabulary(), m.finalInput, begin * d, d, (int) at.start(at.head))
                        .run();
            }
        }
        norms.addTo(gradient, at.finalNorm, 0);
        return losses;
    }

    /** The last norm and the head, for the rows of a task. */
    record Head(Weights.Part norm, Linear linear) {}

    /** What is done with some rows whose gradient of the logits lies in {@code m.logits}, from row {@code first} on. */
    interface HeadBody {
        void accept(Head head, int from, int count, int first);
    }

    /** The gradients of the logits of all rows by the observed labels, after {@link #forward}, in pieces of rows. */
    void heads(HeadBody body) {
        Weights.Part norm = w.part(at.finalNorm);
        Head head = new Head(norm, new Linear(w.part(at.head), 0, d, c.vocabulary(), NONE));
        float[] losses = new float[batch.rows];
        long[] keys = new long[batch.rows];
        for (int piece = 0; piece < batch.rows; piece += m.logitRows) {
            int first = piece;
            Workers.forBlocks(Math.min(m.logitRows, batch.rows - first), ROWS, (start, count) -> {
                int from = first + start;
                RmsNorm.forward(
                        m.input(c.layers()),
                        norm.memory(),
                        norm.at(),
                        c.normEpsilon(),
                        m.finalInput,
                        m.finalScale,
                        from,
                        count,
                        d);
                head.linear().forward(m.finalInput, 0, m.logits, first, from, count);
                SoftmaxLoss.rows(
                        m.logits, first, batch, c.vocabulary(), Targets.observed(), keys, losses, true, from, count);
                body.accept(head, from, count, first);
            });
        }
    }

    /**
     * Goes back through the blocks, after {@link #losses}.
     *
     * @param gradient receives {@code +=} the gradient of all parameters, or null where it is not wanted
     * @param sink receives four captures a layer, in the order of {@link CapturedLayers}, or null
     */
    void backward(@Nullable Floats gradient, @Nullable CaptureSink sink) {
        for (int l = c.layers() - 1; l >= 0; l--) {
            if (m.keep == Workspace.Keep.INPUTS) {
                forward(l, null);
            }
            backward(l, gradient, sink);
        }
        if (gradient != null) {
            float[] row = new float[d];
            float[] sum = new float[d];
            for (int i = 0; i < batch.rows; i++) {
                int target = batch.inputs[i] * d;
                m.dx.get(i * d, row, 0, d);
                gradient.get(target, sum, 0, d);
                for (int j = 0; j < d; j++) {
                    sum[j] += row[j];
                }
                gradient.set(target, sum, 0, d);
            }
        }
    }

    /** One block: dx holds the gradient of its output before, that of its input after. */
    private void backward(int layer, @Nullable Floats gradient, @Nullable CaptureSink sink) {
        Weights.Part part = part(layer);
        Floats v = part.memory();
        Workspace.Layer a = m.layer(layer);
        Linear down = down(part);
        Linear gateUp = gateUp(part);
        Linear output = output(part);
        Norms mlpNorms = new Norms();
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            down.backward(m.dx, 0, m.dH, from, count);
            SwiGlu.backward(m.dH, a.gateUp, m.dGateUp, from, count, f);
            gateUp.backward(m.dGateUp, 0, m.dNormed, from, count);
            RmsNorm.backward(
                    m.dNormed,
                    a.middle,
                    a.mlpScale,
                    v,
                    part.at() + at.mlpNorm,
                    m.dx,
                    m.dMiddle,
                    mlpNorms.of(from),
                    from,
                    count,
                    d);
            output.backward(m.dMiddle, 0, m.dO, from, count);
            m.dQkv.clear(from * c.qkvWidth(), count * c.qkvWidth());
        });
        mlpNorms.addTo(gradient, at.block(layer), at.mlpNorm);
        capture(sink, layer, CapturedLayers.DOWN, a.h, f, m.dx, d);
        capture(sink, layer, CapturedLayers.GATE_UP, a.mlpInput, d, m.dGateUp, 2 * f);
        capture(sink, layer, CapturedLayers.OUTPUT, a.o, c.attentionWidth(), m.dMiddle, d);

        forSequences((s, group, scratch) ->
                attention.backward(a.qkv, m.dO, m.dQkv, scratch, batch.starts[s], batch.length(s), group));
        if (gradient != null) {
            new WeightGradients(gradient, batch.rows)
                    .add(down, m.dx, a.h, layer)
                    .add(gateUp, m.dGateUp, a.mlpInput, layer)
                    .add(output, m.dMiddle, a.o, layer)
                    .run();
        }

        Linear qkv = qkv(part);
        Norms attentionNorms = new Norms();
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            rotary.turn(m.dQkv, c.qkvWidth(), c.heads() + c.keyValueHeads(), batch.positions, -1, from, count);
            qkv.backward(m.dQkv, 0, m.dNormed, from, count);
            RmsNorm.backward(
                    m.dNormed,
                    m.input(layer),
                    a.attentionScale,
                    v,
                    part.at() + at.attentionNorm,
                    m.dMiddle,
                    m.dx,
                    attentionNorms.of(from),
                    from,
                    count,
                    d);
        });
        attentionNorms.addTo(gradient, at.block(layer), at.attentionNorm);
        capture(sink, layer, CapturedLayers.QKV, a.attentionInput, d, m.dQkv, c.qkvWidth());
        if (gradient != null) {
            new WeightGradients(gradient, batch.rows)
                    .add(qkv, m.dQkv, a.attentionInput, layer)
                    .run();
        }
    }

    private void capture(@Nullable CaptureSink sink, int block, int kind, Floats x, int in, Floats delta, int out) {
        if (sink != null) {
            sink.accept(new LayerCapture(
                    CapturedLayers.place(block, kind),
                    x.slice(0, batch.rows * in),
                    delta.slice(0, batch.rows * out),
                    batch.starts));
        }
    }

    interface SequenceBody {
        void accept(int sequence, int group, Floats scratch);
    }

    void forSequences(SequenceBody body) {
        int groups = c.keyValueHeads();
        int size = Attention.scratchSize(longest);
        Workers.forEach(batch.sequences() * groups, task -> {
            try (Floats scratch = Floats.allocate(size)) {
                body.accept(task / groups, task % groups, scratch);
            }
        });
    }

    /** Gradients of weight matrices, {@code deltaᵀ · x}, shared out in slices of outputs. */
    private final class WeightGradients {
        private static final int SLICE = 96;

        private final Floats gradient;
        private final int rows;
        private final List<Slice> slices = new ArrayList<>();

        private record Slice(Floats delta, int out, int from, Floats x, int xAt, int in, int target) {}

        WeightGradients(Floats gradient, int rows) {
            this.gradient = gradient;
            this.rows = rows;
        }

        WeightGradients add(Linear layer, Floats delta, Floats x, int block) {
            add(delta, layer.out, x, 0, layer.in, at.position(block, layer.weight));
            return layer.bias == NONE ? this : add(delta, layer.out, m.ones, 0, 1, at.position(block, layer.bias));
        }

        WeightGradients add(Floats delta, int out, Floats x, int xAt, int in, int target) {
            for (int from = 0; from < out; from += SLICE) {
                slices.add(new Slice(delta, out, from, x, xAt, in, target));
            }
            return this;
        }

        void run() {
            Workers.forEach(slices.size(), task -> {
                Slice s = slices.get(task);
                int count = Math.min(SLICE, s.out() - s.from());
                Blas.multiply(
                        1,
                        Matrix.of(s.delta(), s.from(), rows, count, s.out()).transposed(),
                        Matrix.of(s.x(), s.xAt(), rows, s.in(), s.in()),
                        1,
                        Matrix.of(gradient, s.target() + s.from() * s.in(), count, s.in(), s.in()));
            });
        }
    }

    /** Gradients of a norm's gain: one sum for each block of rows, added in order. */
    private final class Norms {
        private final float[][] sums = new float[(batch.rows + ROWS - 1) / ROWS][d];

        float[] of(int from) {
            return sums[from / ROWS];
        }

        void addTo(@Nullable Floats gradient, int part, int offset) {
            if (gradient != null) {
                int position = Math.toIntExact(at.start(part) + offset);
                for (float[] sum : sums) {
                    for (int j = 0; j < d; j++) {
                        gradient.set(position + j, gradient.get(position + j) + sum[j]);
                    }
                }
            }
        }
    }
}
