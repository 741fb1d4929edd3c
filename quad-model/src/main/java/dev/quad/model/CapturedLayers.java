// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.influence.LayerShape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The linear layers of the blocks, four each, then the head, and which of them are captured. */
final class CapturedLayers {
    static final int KINDS = 4;
    static final int QKV = 0;
    static final int OUTPUT = 1;
    static final int GATE_UP = 2;
    static final int DOWN = 3;
    static final String HEAD = "head";

    private final Layout layout;
    private final List<LayerShape> shapes = new ArrayList<>();
    private final int[] indexes;

    CapturedLayers(DecoderConfig c, Layout layout, Predicate<String> include) {
        this.layout = layout;
        this.indexes = new int[KINDS * c.layers() + 1];
        Biases b = c.biases();
        for (int l = 0; l < c.layers(); l++) {
            String block = "layers." + l;
            add(place(l, QKV), new LayerShape(block + ".attention.qkv", c.width(), c.qkvWidth(), b.qkv()), include);
            add(
                    place(l, OUTPUT),
                    new LayerShape(block + ".attention.output", c.attentionWidth(), c.width(), b.output()),
                    include);
            add(
                    place(l, GATE_UP),
                    new LayerShape(block + ".mlp.gate_up", c.width(), 2 * c.mlpWidth(), b.mlp()),
                    include);
            add(place(l, DOWN), new LayerShape(block + ".mlp.down", c.mlpWidth(), c.width(), b.mlp()), include);
        }
        add(place(c.layers(), 0), new LayerShape(HEAD, c.width(), c.vocabulary()), include);
    }

    private void add(int place, LayerShape shape, Predicate<String> include) {
        indexes[place] = include.test(shape.name()) ? shapes.size() : -1;
        if (indexes[place] >= 0) {
            shapes.add(shape);
        }
    }

    /** The place of a layer among all there are; that of the head is the first behind those of the blocks. */
    static int place(int block, int kind) {
        return KINDS * block + kind;
    }

    /** The captured layers, in their order. */
    List<LayerShape> shapes() {
        return shapes;
    }

    /** The number of the layer at a place among the captured ones, or −1. */
    int index(int place) {
        return indexes[place];
    }

    /** The number of the head among the captured ones, or −1. */
    int head() {
        return indexes[indexes.length - 1];
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
