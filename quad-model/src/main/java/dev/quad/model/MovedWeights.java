// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;

/**
 * Weights at {@code θ + step·v}, made block by block when they are asked for, so that they take the memory of one block
 * and not of a model. A head that is the embedding is moved where it is the head only. Base and direction are the
 * caller's and must stay open.
 */
final class MovedWeights implements Weights {
    private static final int ROWS = 64;

    private final Weights base;
    private final Layout layout;
    private final CapturedLayers layers;
    private final ReferenceDirection direction;
    private final double step;
    private final Floats scratch;

    MovedWeights(Weights base, Layout layout, CapturedLayers layers, ReferenceDirection direction, double step) {
        base.checkOpen();
        this.base = base;
        this.layout = layout;
        this.layers = layers;
        this.direction = direction;
        this.step = step;
        int block = layout.length(layout.block(0));
        this.scratch = Floats.allocate(layers.head() < 0 ? block : Math.max(block, layout.length(layout.head)));
    }

    @Override
    public Part part(int index) {
        Part original = base.part(index);
        boolean head = index == layout.head && layers.head() >= 0;
        if (!head && (index == Layout.EMBEDDING || index >= layout.finalNorm)) {
            return original;
        }
        Workers.forBlocks(
                layout.length(index),
                1 << 18,
                (from, count) -> scratch.copy(from, original.memory(), original.at() + from, count));
        if (head) {
            move(layers.head(), 0, 0);
            return new Part(scratch, 0);
        }
        for (int kind = 0; kind < CapturedLayers.KINDS; kind++) {
            int layer = layers.index(CapturedLayers.place(index - layout.block(0), kind));
            if (layer >= 0) {
                move(layer, layers.weight(kind), layers.bias(kind));
            }
        }
        return new Part(scratch, 0);
    }

    /** Adds to the rows of a matrix and to its bias, which is the last column of the direction. */
    private void move(int layer, int weight, int bias) {
        LayerShape shape = layers.shapes().get(layer);
        int in = shape.inputs();
        Workers.forBlocks(shape.outputs(), ROWS, (from, count) -> {
            double[] v = new double[count * shape.columns()];
            direction.read(layer, from * shape.columns(), v, v.length);
            float[] row = new float[in];
            for (int i = 0; i < count; i++) {
                int at = weight + (from + i) * in;
                scratch.get(at, row, 0, in);
                for (int j = 0; j < in; j++) {
                    row[j] = (float) (row[j] + step * v[i * shape.columns() + j]);
                }
                scratch.set(at, row, 0, in);
                if (shape.bias()) {
                    int b = bias + from + i;
                    scratch.set(b, (float) (scratch.get(b) + step * v[i * shape.columns() + in]));
                }
            }
        });
    }

    @Override
    public void embed(int token, Floats target, int at) {
        base.embed(token, target, at);
    }

    @Override
    public void checkOpen() {
        scratch.buffer();
    }

    @Override
    public void close() {
        scratch.close();
    }
}
