// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a forward and a backward pass for up to {@code rows} rows: activations, and gradients that are reused
 * from layer to layer. Everything is row-major.
 */
final class Workspace implements AutoCloseable {
    /** Logits are made and used up in pieces of at most about so many elements. */
    private static final int LOGITS = 1 << 24;

    /** What a forward pass keeps for the backward pass. */
    enum Keep {
        /** Nothing: there is none. */
        NOTHING,
        /** The input of each block; the rest is computed again. */
        INPUTS,
        /** All activations. */
        EVERYTHING
    }

    /** The activations inside of one block. */
    static final class Layer {
        final Floats attentionInput;
        final Floats attentionScale;
        final Floats qkv;
        final Floats o;
        final Floats middle;
        final Floats mlpInput;
        final Floats mlpScale;
        final Floats gateUp;
        final Floats h;

        private Layer(Workspace w, int rows, DecoderConfig c) {
            attentionInput = w.allocate(rows, c.width());
            attentionScale = w.allocate(rows, 1);
            qkv = w.allocate(rows, c.qkvWidth());
            o = w.allocate(rows, c.attentionWidth());
            middle = w.allocate(rows, c.width());
            mlpInput = w.allocate(rows, c.width());
            mlpScale = w.allocate(rows, 1);
            gateUp = w.allocate(rows, 2 * c.mlpWidth());
            h = w.allocate(rows, c.mlpWidth());
        }

        private static long elements(DecoderConfig c) {
            return 3L * c.width() + c.qkvWidth() + c.attentionWidth() + 3L * c.mlpWidth() + 2;
        }
    }

    final int rows;
    final Keep keep;
    /** Rows of a piece of logits. */
    final int logitRows;

    final Floats finalInput;
    final Floats finalScale;
    final Floats logits;
    final Floats ones;
    final Floats dx;
    final Floats dMiddle;
    final Floats dNormed;
    final Floats dO;
    final Floats dQkv;
    final Floats dGateUp;
    final Floats dH;
    private final List<Floats> inputs = new ArrayList<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Floats> all = new ArrayList<>();

    Workspace(DecoderConfig c, int rows, Keep keep) {
        this.rows = rows;
        this.keep = keep;
        this.logitRows = Math.min(rows, logitRows(c));
        int back = keep == Keep.NOTHING ? 0 : rows;
        try {
            for (int l = 0; l < (keep == Keep.NOTHING ? 2 : c.layers() + 1); l++) {
                inputs.add(allocate(rows, c.width()));
            }
            for (int l = 0; l < (keep == Keep.EVERYTHING ? c.layers() : 1); l++) {
                layers.add(new Layer(this, rows, c));
            }
            finalInput = allocate(rows, c.width());
            finalScale = allocate(rows, 1);
            logits = allocate(logitRows, c.vocabulary());
            ones = allocate(c.biases() == Biases.NONE ? 0 : rows, 1);
            for (int i = 0; i < ones.length(); i++) {
                ones.set(i, 1);
            }
            dx = allocate(back, c.width());
            dMiddle = allocate(back, c.width());
            dNormed = allocate(back, c.width());
            dO = allocate(back, c.attentionWidth());
            dQkv = allocate(back, c.qkvWidth());
            dGateUp = allocate(back, 2 * c.mlpWidth());
            dH = allocate(back, c.mlpWidth());
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    private static int logitRows(DecoderConfig c) {
        return Math.max(1, LOGITS / c.vocabulary() / ForwardBackward.ROWS) * ForwardBackward.ROWS;
    }

    /** The bytes of the activations that {@link Keep#EVERYTHING} keeps. */
    static long activationBytes(DecoderConfig c, int rows) {
        return 4L * rows * c.layers() * (c.width() + Layer.elements(c));
    }

    /** The input of a block; that of the one after the last is the output of all. */
    Floats input(int block) {
        return inputs.get(block % inputs.size());
    }

    Layer layer(int block) {
        return layers.get(block % layers.size());
    }

    private Floats allocate(int rows, int columns) {
        Floats result = Floats.allocate(rows, columns);
        all.add(result);
        return result;
    }

    @Override
    public void close() {
        all.forEach(Floats::close);
    }
}
