// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A rectangle of a layer's weights that counts as a layer of its own: some of its outputs, some of its inputs. The
 * bias, where there is one, belongs to the part that has the last input.
 *
 * @param name of the part; unique within the model
 * @param outputFrom first output, {@code >= 0}
 * @param outputTo after the last output, {@code > outputFrom}
 * @param inputFrom first input, {@code >= 0}
 * @param inputTo after the last input, {@code > inputFrom}
 */
public record LayerPart(String name, int outputFrom, int outputTo, int inputFrom, int inputTo) {

    /** Checks the ranges. */
    public LayerPart {
        if (outputFrom < 0 || outputTo <= outputFrom || inputFrom < 0 || inputTo <= inputFrom) {
            throw new IllegalArgumentException("part " + name + " has the outputs [" + outputFrom + ", " + outputTo
                    + ") and the inputs [" + inputFrom + ", " + inputTo + "); both must hold one or more, from 0 on");
        }
    }

    /** The whole layer under its own name. */
    public static LayerPart whole(LayerShape layer) {
        Objects.requireNonNull(layer, "the layer is null");
        return outputs(layer, layer.name(), 0, layer.outputs());
    }

    /** Outputs {@code [from, to)} of a layer, with all of its inputs. */
    public static LayerPart outputs(LayerShape layer, String name, int from, int to) {
        Objects.requireNonNull(layer, "the layer is null");
        return new LayerPart(name, from, to, 0, layer.inputs());
    }

    /** Inputs {@code [from, to)} of a layer, with all of its outputs. */
    public static LayerPart inputs(LayerShape layer, String name, int from, int to) {
        Objects.requireNonNull(layer, "the layer is null");
        return new LayerPart(name, 0, layer.outputs(), from, to);
    }

    /**
     * The outputs in equal ranges, such as the heads of a query projection: {@code name.0}, {@code name.1} and so on.
     */
    public static List<LayerPart> outputHeads(LayerShape layer, int heads) {
        Objects.requireNonNull(layer, "the layer is null");
        int size = size(layer, layer.outputs(), heads, "outputs");
        List<LayerPart> parts = new ArrayList<>();
        for (int h = 0; h < heads; h++) {
            parts.add(outputs(layer, layer.name() + "." + h, h * size, (h + 1) * size));
        }
        return parts;
    }

    /**
     * The inputs in equal ranges, such as the heads that an attention's output projection reads: {@code name.0} and so
     * on.
     */
    public static List<LayerPart> inputHeads(LayerShape layer, int heads) {
        Objects.requireNonNull(layer, "the layer is null");
        int size = size(layer, layer.inputs(), heads, "inputs");
        List<LayerPart> parts = new ArrayList<>();
        for (int h = 0; h < heads; h++) {
            parts.add(inputs(layer, layer.name() + "." + h, h * size, (h + 1) * size));
        }
        return parts;
    }

    /**
     * A fused query, key and value projection in its three parts: {@code heads} query heads, then {@code keyValueHeads}
     * key heads, then as many value heads, all of one size. A name that ends with {@code qkv} ends with {@code q},
     * {@code k}, {@code v} instead; any other gets {@code .q}, {@code .k}, {@code .v} behind it.
     *
     * @param heads query heads, {@code >= 1}
     * @param keyValueHeads {@code >= 1}; fewer than {@code heads} where queries share them (grouped-query attention)
     */
    public static List<LayerPart> qkv(LayerShape layer, int heads, int keyValueHeads) {
        Objects.requireNonNull(layer, "the layer is null");
        int size = size(layer, layer.outputs(), heads + 2 * keyValueHeads, "outputs");
        int keys = heads * size;
        int values = keys + keyValueHeads * size;
        return List.of(
                outputs(layer, renamed(layer, "q"), 0, keys),
                outputs(layer, renamed(layer, "k"), keys, values),
                outputs(layer, renamed(layer, "v"), values, layer.outputs()));
    }

    /** {@link #qkv} with a part for each head: {@code q.0}, {@code q.1}, …, {@code k.0}, …, {@code v.0}, … */
    public static List<LayerPart> qkvHeads(LayerShape layer, int heads, int keyValueHeads) {
        Objects.requireNonNull(layer, "the layer is null");
        int size = size(layer, layer.outputs(), heads + 2 * keyValueHeads, "outputs");
        List<LayerPart> parts = new ArrayList<>();
        for (LayerPart part : qkv(layer, heads, keyValueHeads)) {
            for (int at = part.outputFrom; at < part.outputTo; at += size) {
                int head = (at - part.outputFrom) / size;
                parts.add(outputs(layer, part.name + "." + head, at, at + size));
            }
        }
        return parts;
    }

    private static String renamed(LayerShape layer, String part) {
        String name = layer.name();
        return name.endsWith("qkv") ? name.substring(0, name.length() - 3) + part : name + "." + part;
    }

    private static int size(LayerShape layer, int width, int heads, String what) {
        if (heads < 1 || width % heads != 0) {
            throw new IllegalArgumentException("layer " + layer.name() + " has " + width + " " + what
                    + ", which cannot be cut into " + heads + " heads of one size");
        }
        return width / heads;
    }

    /** Its shape as a layer. */
    LayerShape shape(LayerShape layer) {
        if (outputTo > layer.outputs() || inputTo > layer.inputs()) {
            throw new IllegalArgumentException("part " + name + " has the outputs [" + outputFrom + ", " + outputTo
                    + ") and the inputs [" + inputFrom + ", " + inputTo + ") of layer " + layer.name() + ", which has "
                    + layer.outputs() + " and " + layer.inputs());
        }
        return new LayerShape(
                name, inputTo - inputFrom, outputTo - outputFrom, layer.bias() && inputTo == layer.inputs());
    }
}
