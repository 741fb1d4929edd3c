// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a forward and a backward pass for up to {@code rows} rows: activations of every layer, and gradients
 * that are reused from layer to layer. Everything is row-major.
 */
final class Workspace implements AutoCloseable {
    /** What one layer keeps for the backward pass. */
    static final class Layer {
        final Floats x;
        final Floats attentionInput;
        final Floats attentionScale;
        final Floats qkv;
        final Floats p;
        final Floats o;
        final Floats middle;
        final Floats mlpInput;
        final Floats mlpScale;
        final Floats gateUp;
        final Floats h;

        private Layer(Workspace w, int rows, int weights, DecoderConfig c) {
            x = w.allocate(rows, c.width());
            attentionInput = w.allocate(rows, c.width());
            attentionScale = w.allocate(rows, 1);
            qkv = w.allocate(rows, c.qkvWidth());
            p = w.allocate(weights, c.heads());
            o = w.allocate(rows, c.width());
            middle = w.allocate(rows, c.width());
            mlpInput = w.allocate(rows, c.width());
            mlpScale = w.allocate(rows, 1);
            gateUp = w.allocate(rows, 2 * c.mlpWidth());
            h = w.allocate(rows, c.mlpWidth());
        }
    }

    final int rows;
    final int weights;
    final List<Layer> layers = new ArrayList<>();
    final Floats x;
    final Floats finalInput;
    final Floats finalScale;
    final Floats logits;
    final Floats dx;
    final Floats dMiddle;
    final Floats dNormed;
    final Floats dO;
    final Floats dQkv;
    final Floats dGateUp;
    final Floats dH;
    private final List<Floats> all = new ArrayList<>();

    /**
     * Memory for batches of up to {@code rows} rows whose squared sequence lengths sum up to {@code weights}.
     */
    Workspace(DecoderConfig c, int rows, int weights) {
        this.rows = rows;
        this.weights = weights;
        try {
            for (int l = 0; l < c.layers(); l++) {
                layers.add(new Layer(this, rows, weights, c));
            }
            x = allocate(rows, c.width());
            finalInput = allocate(rows, c.width());
            finalScale = allocate(rows, 1);
            logits = allocate(rows, c.vocabulary());
            dx = allocate(rows, c.width());
            dMiddle = allocate(rows, c.width());
            dNormed = allocate(rows, c.width());
            dO = allocate(rows, c.width());
            dQkv = allocate(rows, c.qkvWidth());
            dGateUp = allocate(rows, 2 * c.mlpWidth());
            dH = allocate(rows, c.mlpWidth());
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
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
