// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;

/** A matrix for each layer, as somebody has them in arrays: each given once, by the layer's name, in any order. */
final class LayerArrays {
    private final String what;
    private final Map<String, LayerShape> layers = new LinkedHashMap<>();
    private final ToIntFunction<LayerShape> rows;
    private final ToIntFunction<LayerShape> columns;
    private final Map<String, double[]> given = new LinkedHashMap<>();

    /**
     * None given yet.
     *
     * @param what the matrices are, for messages, such as "the direction"
     */
    LayerArrays(
            String what, List<LayerShape> layers, ToIntFunction<LayerShape> rows, ToIntFunction<LayerShape> columns) {
        this.what = what;
        layers.forEach(layer -> this.layers.put(layer.name(), layer));
        this.rows = rows;
        this.columns = columns;
    }

    /** Row-major; copied. */
    void put(String layer, double[] values) {
        LayerShape shape = shape(layer);
        given.put(layer, RowMajor.of(name(layer), values, rows.applyAsInt(shape), columns.applyAsInt(shape)));
    }

    void put(String layer, double[][] values) {
        LayerShape shape = shape(layer);
        given.put(layer, RowMajor.of(name(layer), values, rows.applyAsInt(shape), columns.applyAsInt(shape)));
    }

    void put(String layer, float[][] values) {
        LayerShape shape = shape(layer);
        given.put(layer, RowMajor.of(name(layer), values, rows.applyAsInt(shape), columns.applyAsInt(shape)));
    }

    private String name(String layer) {
        return what + " of layer " + layer;
    }

    private LayerShape shape(String layer) {
        LayerShape shape = layers.get(Objects.requireNonNull(layer, "the name of a layer is null"));
        if (shape == null) {
            throw new IllegalArgumentException(
                    "there is no layer " + layer + "; the layers are " + String.join(", ", layers.keySet()));
        }
        if (given.containsKey(layer)) {
            throw new IllegalArgumentException(name(layer) + " is given twice; give it once");
        }
        return shape;
    }

    /** Of all layers, in the order of the source. */
    List<double[]> all() {
        List<String> missing = layers.keySet().stream()
                .filter(layer -> !given.containsKey(layer))
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    what + " is missing for " + String.join(", ", missing) + "; give it for each layer");
        }
        return layers.keySet().stream().map(given::get).toList();
    }

    /** Of all layers; nothing in them below 0. */
    List<double[]> notNegative() {
        List<double[]> all = all();
        int at = 0;
        for (LayerShape layer : layers.values()) {
            double[] values = all.get(at++);
            for (int i = 0; i < values.length; i++) {
                if (values[i] < 0) {
                    int columnCount = columns.applyAsInt(layer);
                    throw new IllegalArgumentException(name(layer.name()) + " has " + values[i] + " in row "
                            + i / columnCount + ", column " + i % columnCount + "; a mean of squares is 0 or more");
                }
            }
        }
        return all;
    }

    /** Of all layers; symmetric, as a covariance is, with nothing negative on the diagonal. */
    List<double[]> covariances() {
        List<double[]> all = all();
        int at = 0;
        for (LayerShape layer : layers.values()) {
            requireCovariance(name(layer.name()), all.get(at++), rows.applyAsInt(layer));
        }
        return all;
    }

    /** Checks what can be checked without a decomposition; to four digits, since half precision has not more. */
    static void requireCovariance(String what, double[] matrix, int n) {
        double largest = Arrays.stream(matrix).map(Math::abs).max().orElse(0);
        for (int i = 0; i < n; i++) {
            if (matrix[i * n + i] < -1e-4 * largest) {
                throw new IllegalArgumentException(what + " has " + matrix[i * n + i] + " on its diagonal, in row " + i
                        + "; a mean of squares is 0 or more");
            }
            for (int j = 0; j < i; j++) {
                if (Math.abs(matrix[i * n + j] - matrix[j * n + i]) > 1e-4 * largest) {
                    throw new IllegalArgumentException(what + " is not symmetric: " + matrix[i * n + j] + " in row " + i
                            + ", column " + j + ", and " + matrix[j * n + i] + " in row " + j + ", column " + i
                            + "; a second moment is");
                }
            }
        }
    }
}
