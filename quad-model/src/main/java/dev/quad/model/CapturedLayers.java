// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.influence.LayerShape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The linear layers of the blocks, four each, and which of them are captured. */
final class CapturedLayers {
    static final int KINDS = 4;
    static final int QKV = 0;
    static final int OUTPUT = 1;
    static final int GATE_UP = 2;
    static final int DOWN = 3;

    private final Layout layout;
    private final List<LayerShape> shapes = new ArrayList<>();
    private final int[] indexes;

    CapturedLayers(DecoderConfig c, Layout layout, Predicate<String> include) {
        this.layout = layout;
        this.indexes = new int[KINDS * c.layers()];
        Biases b = c.biases();
        for (int l = 0; l < c.layers(); l++) {
            String block = "layers." + l;
            add(l, QKV, new LayerShape(block + ".attention.qkv", c.width(), c.qkvWidth(), b.qkv()), include);
            add(
                    l,
                    OUTPUT,
                    new LayerShape(block + ".attention.output", c.attentionWidth(), c.width(), b.output()),
                    include);
            add(l, GATE_UP, new LayerShape(block + ".mlp.gate_up", c.width(), 2 * c.mlpWidth(), b.mlp()), include);
            add(l, DOWN, new LayerShape(block + ".mlp.down", c.mlpWidth(), c.width(), b.mlp()), include);
        }
    }

    private void add(int block, int kind, LayerShape shape, Predicate<String> include) {
        indexes[KINDS * block + kind] = include.test(shape.name()) ? shapes.size() : -1;
        if (index(block, kind) >= 0) {
            shapes.add(shape);
        }
    }

    /** The captured layers, in their order. */
    List<LayerShape> shapes() {
        return shapes;
    }

    /** The number of a layer among the captured ones, or −1. */
    int index(int block, int kind) {
        return indexes[KINDS * block + kind];
    }

    /** Where the matrix lies in its block. */
    int weight(int kind) {
        return switch (kind) {
            case QKV -> layout.qkv;
            case OUTPUT -> layout.output;
            case GATE_UP -> layout.gateUp;
            default -> layout.down;
        };
    }

    /** Where the bias lies in its block, if there is one. */
    int bias(int kind) {
        return switch (kind) {
            case QKV -> layout.qkvBias;
            case OUTPUT -> layout.outputBias;
            case GATE_UP -> layout.gateUpBias;
            default -> layout.downBias;
        };
    }
}
