// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;
import java.util.stream.Collectors;

/** The order of layers in a file's metadata. */
final class LayerNames {
    private LayerNames() {}

    static String join(List<LayerShape> layers) {
        return layers.stream().map(LayerShape::name).collect(Collectors.joining("\n"));
    }

    static List<String> split(String joined) {
        return joined.isEmpty() ? List.of() : List.of(joined.split("\n"));
    }

    /** A digit for each layer: 1 where it has a bias. */
    static String biases(List<LayerShape> layers) {
        return layers.stream().map(layer -> layer.bias() ? "1" : "0").collect(Collectors.joining());
    }
}
