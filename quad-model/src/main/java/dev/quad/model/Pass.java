// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.influence.CaptureSink;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.Targets;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
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
final class Pass {
    private static final int ROWS = 256;
    /** Outputs per task of a weight gradient. */
    private static final int SLICE = 96;

    private final DecoderConfig c;
    private final Layout at;
    private final Floats w;
    private final Rotary rotary;
    private final Attention attention;
    private final Workspace m;
    private final PackedBatch batch;
    private final int d;
    private final int[] weightStarts;

    Pass(DecoderConfig config, Layout layout, Floats parameters, Rotary rotary, Workspace memory, PackedBatch batch) {
        this.c = config;
        this.at = layout;
        this.w = parameters;
        this.rotary = rotary;
        this.attention = new Attention(config);
        this.m = memory;
        this.batch = batch;
        this.d = config.width();
        this.weightStarts = new int[batch.sequences() + 1];
        for (int s = 0; s < batch.sequences(); s++) {
            int n = batch.length(s);
            weightStarts[s + 1] = weightStarts[s] + config.heads() * n * n;
        }
    }

    /** {@code y[from..] = beta·y + x · Wᵀ} for a block of rows. */
    private void linear(Floats x, int in, int weight, int out, float beta, Floats y, int from, int count) {
        Blas.gemm(false, true, count, out, in, 1, x, from * in, in, w, weight, in, beta, y, from * out, out);
    }

    /** {@code dx[from..] = dy · W} for a block of rows. */
    private void linearBackward(Floats dy, int out, int weight, int in, Floats dx, int from, int count) {
        Blas.gemm(false, false, count, in, out, 1, dy, from * out, out, w, weight, in, 0, dx, from * in, in);
    }

    /** Fills the activations up to the logits. */
    void forward() {
        Floats first = m.layers.get(0).x;
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            for (int i = from; i < from + count; i++) {
                first.copy(i * d, w, at.embedding + batch.inputs[i] * d, d);
            }
        });
        for (int l = 0; l < c.layers(); l++) {
            int layer = l;
            Workspace.Layer a = m.layers.get(l);
            Floats next = l + 1 < c.layers() ? m.layers.get(l + 1).x : m.x;
            Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
                RmsNorm.forward(
                        a.x,
                        w,
                        at.attentionNorm(layer),
                        c.normEpsilon(),
                        a.attentionInput,
                        a.attentionScale,
                        from,
                        count,
                        d);
                linear(a.attentionInput, d, at.qkv(layer), c.qkvWidth(), 0, a.qkv, from, count);
                rotary.turn(a.qkv, c.qkvWidth(), c.heads() + c.keyValueHeads(), batch.positions, 1, from, count);
            });
            forSequences((s, group) ->
                    attention.forward(a.qkv, a.o, a.p, weightStarts[s], batch.starts[s], batch.length(s), group));
            Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
                a.middle.copy(from * d, a.x, from * d, count * d);
                linear(a.o, d, at.output(layer), d, 1, a.middle, from, count);
                RmsNorm.forward(
                        a.middle, w, at.mlpNorm(layer), c.normEpsilon(), a.mlpInput, a.mlpScale, from, count, d);
                linear(a.mlpInput, d, at.gateUp(layer), 2 * c.mlpWidth(), 0, a.gateUp, from, count);
                SwiGlu.forward(a.gateUp, a.h, from, count, c.mlpWidth());
                next.copy(from * d, a.middle, from * d, count * d);
                linear(a.h, c.mlpWidth(), at.down(layer), d, 1, next, from, count);
            });
        }
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            RmsNorm.forward(m.x, w, at.finalNorm, c.normEpsilon(), m.finalInput, m.finalScale, from, count, d);
            linear(m.finalInput, d, at.head, c.vocabulary(), 0, m.logits, from, count);
        });
    }

    /**
     * Turns the logits into their gradients.
     *
     * @param keys identifies the sequence of each row, for drawn labels
     * @return the loss of each row, in nats
     */
    float[] losses(Targets targets, long[] keys) {
        float[] losses = new float[batch.rows];
        Workers.forBlocks(
                batch.rows,
                ROWS,
                (from, count) -> SoftmaxLoss.rows(m.logits, batch, c.vocabulary(), targets, keys, losses, from, count));
        return losses;
    }

    /**
     * Goes back from the gradients of the logits.
     *
     * @param gradient receives {@code +=} the gradient of all parameters, or null where it is not wanted
     * @param sink receives four captures a layer, in the order of {@link DecoderGradients}, or null
     */
    void backward(@Nullable Floats gradient, @Nullable CaptureSink sink) {
        Norms norms = new Norms();
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            linearBackward(m.logits, c.vocabulary(), at.head, d, m.dNormed, from, count);
            m.dMiddle.clear(from * d, count * d);
            RmsNorm.backward(
                    m.dNormed, m.x, m.finalScale, w, at.finalNorm, m.dMiddle, m.dx, norms.of(from), from, count, d);
        });
        norms.addTo(gradient, at.finalNorm);
        weightGradients(gradient, new Weight(m.logits, c.vocabulary(), m.finalInput, d, at.head));
        for (int l = c.layers() - 1; l >= 0; l--) {
            backward(l, gradient, sink);
        }
        if (gradient != null) {
            float[] row = new float[d];
            float[] sum = new float[d];
            Floats first = m.dx;
            for (int i = 0; i < batch.rows; i++) {
                int target = at.embedding + batch.inputs[i] * d;
                first.get(i * d, row, 0, d);
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
        Workspace.Layer a = m.layers.get(layer);
        int f = c.mlpWidth();
        Norms mlpNorms = new Norms();
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            linearBackward(m.dx, d, at.down(layer), f, m.dH, from, count);
            SwiGlu.backward(m.dH, a.gateUp, m.dGateUp, from, count, f);
            linearBackward(m.dGateUp, 2 * f, at.gateUp(layer), d, m.dNormed, from, count);
            RmsNorm.backward(
                    m.dNormed,
                    a.middle,
                    a.mlpScale,
                    w,
                    at.mlpNorm(layer),
                    m.dx,
                    m.dMiddle,
                    mlpNorms.of(from),
                    from,
                    count,
                    d);
            linearBackward(m.dMiddle, d, at.output(layer), d, m.dO, from, count);
            m.dQkv.clear(from * c.qkvWidth(), count * c.qkvWidth());
        });
        mlpNorms.addTo(gradient, at.mlpNorm(layer));
        capture(sink, 4 * layer + 3, a.h, f, m.dx, d);
        capture(sink, 4 * layer + 2, a.mlpInput, d, m.dGateUp, 2 * f);
        capture(sink, 4 * layer + 1, a.o, d, m.dMiddle, d);

        int longest = 0;
        for (int s = 0; s < batch.sequences(); s++) {
            longest = Math.max(longest, batch.length(s));
        }
        int scratchSize = Attention.scratchSize(longest);
        forSequences((s, group) -> {
            try (Floats scratch = Floats.allocate(scratchSize)) {
                attention.backward(
                        a.qkv, a.p, weightStarts[s], m.dO, m.dQkv, scratch, batch.starts[s], batch.length(s), group);
            }
        });
        weightGradients(
                gradient,
                new Weight(m.dx, d, a.h, f, at.down(layer)),
                new Weight(m.dGateUp, 2 * f, a.mlpInput, d, at.gateUp(layer)),
                new Weight(m.dMiddle, d, a.o, d, at.output(layer)));

        Norms attentionNorms = new Norms();
        Workers.forBlocks(batch.rows, ROWS, (from, count) -> {
            rotary.turn(m.dQkv, c.qkvWidth(), c.heads() + c.keyValueHeads(), batch.positions, -1, from, count);
            linearBackward(m.dQkv, c.qkvWidth(), at.qkv(layer), d, m.dNormed, from, count);
            RmsNorm.backward(
                    m.dNormed,
                    a.x,
                    a.attentionScale,
                    w,
                    at.attentionNorm(layer),
                    m.dMiddle,
                    m.dx,
                    attentionNorms.of(from),
                    from,
                    count,
                    d);
        });
        attentionNorms.addTo(gradient, at.attentionNorm(layer));
        capture(sink, 4 * layer, a.attentionInput, d, m.dQkv, c.qkvWidth());
        weightGradients(gradient, new Weight(m.dQkv, c.qkvWidth(), a.attentionInput, d, at.qkv(layer)));
    }

    private void capture(@Nullable CaptureSink sink, int layer, Floats x, int in, Floats delta, int out) {
        if (sink != null) {
            sink.accept(new LayerCapture(
                    layer, x.slice(0, batch.rows * in), delta.slice(0, batch.rows * out), batch.starts));
        }
    }

    private interface SequenceBody {
        void accept(int sequence, int group);
    }

    private void forSequences(SequenceBody body) {
        int groups = c.keyValueHeads();
        Workers.forEach(batch.sequences() * groups, task -> body.accept(task / groups, task % groups));
    }

    /** A weight matrix whose gradient is {@code deltaᵀ · x}. */
    private record Weight(Floats delta, int out, Floats x, int in, int position) {
        int slices() {
            return (out + SLICE - 1) / SLICE;
        }
    }

    private void weightGradients(@Nullable Floats gradient, Weight... weights) {
        if (gradient == null) {
            return;
        }
        int tasks = Arrays.stream(weights).mapToInt(Weight::slices).sum();
        Workers.forEach(tasks, task -> {
            int slice = task;
            int index = 0;
            while (slice >= weights[index].slices()) {
                slice -= weights[index++].slices();
            }
            Weight v = weights[index];
            int from = slice * SLICE;
            int count = Math.min(SLICE, v.out() - from);
            Blas.gemm(
                    true,
                    false,
                    count,
                    v.in(),
                    batch.rows,
                    1,
                    v.delta(),
                    from,
                    v.out(),
                    v.x(),
                    0,
                    v.in(),
                    1,
                    gradient,
                    v.position() + from * v.in(),
                    v.in());
        });
    }

    /** Gradients of a norm's gain: one sum for each block of rows, added in order. */
    private final class Norms {
        private final float[][] sums = new float[(batch.rows + ROWS - 1) / ROWS][d];

        float[] of(int from) {
            return sums[from / ROWS];
        }

        void addTo(@Nullable Floats gradient, int position) {
            if (gradient != null) {
                for (float[] sum : sums) {
                    for (int j = 0; j < d; j++) {
                        gradient.set(position + j, gradient.get(position + j) + sum[j]);
                    }
                }
            }
        }
    }
}
