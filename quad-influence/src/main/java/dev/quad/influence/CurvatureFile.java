// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InputException;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Curvatures as safetensors: for each layer {@code name.grid}, the measured eigenvalues, {@code outputs × columns}; and
 * where it has an eigenbasis {@code name.outputs.values} and {@code name.outputs.vectors}, of G with eigenvectors in
 * rows, and {@code name.inputs.*} of A. K-FAC has no grid, but a scale.
 */
final class CurvatureFile {
    private static final String FORMAT = "quad.curvature.1";

    private CurvatureFile() {}

    static void write(Curvature curvature, Path file) {
        CurvatureKind kind = curvature.kindOf();
        if (!kind.isKept()) {
            throw new IllegalArgumentException("a curvature of the kind " + kind.label()
                    + " is not written to a file; allowed are " + CurvatureKind.allKept() + ": fit it again");
        }
        List<LayerShape> shapes = curvature.layers();
        StringBuilder scales = new StringBuilder();
        List<Reals> vectors = new ArrayList<>();
        try {
            for (int l = 0; l < shapes.size(); l++) {
                scales.append(l == 0 ? "" : " ").append(curvature.layer(l).scale);
            }
            SafetensorsWriter writer = new SafetensorsWriter(Map.ofEntries(
                    Map.entry("format", FORMAT),
                    Map.entry("kind", kind.label()),
                    Map.entry("damping", "none"),
                    Map.entry("mask", "gradient"),
                    Map.entry("model", curvature.modelFingerprint()),
                    Map.entry("made of", curvature.origin().made()),
                    Map.entry("items", Long.toString(curvature.origin().count())),
                    Map.entry("fisher", curvature.origin().fisher()),
                    Map.entry("scales", scales.toString()),
                    Map.entry(
                            "unit",
                            kind.isProduct()
                                    ? "of (gradient of a token's loss)^2"
                                    : "mean over items of (gradient of the summed loss)^2"),
                    Map.entry("layers", LayerNames.join(shapes)),
                    Map.entry("bias", LayerNames.biases(shapes))));
            for (int l = 0; l < shapes.size(); l++) {
                LayerShape shape = shapes.get(l);
                LayerCurvature layer = curvature.layer(l);
                double[] grid = layer.grid();
                if (grid != null) {
                    writer.add(shape.name() + ".grid", grid, shape.outputs(), shape.columns());
                }
                add(writer, shape.name() + ".outputs", layer.outputSide, vectors);
                add(writer, shape.name() + ".inputs", layer.inputSide, vectors);
            }
            writer.write(file);
        } finally {
            vectors.forEach(Reals::close);
        }
    }

    private static void add(SafetensorsWriter writer, String name, @Nullable SymmetricEigen side, List<Reals> vectors) {
        if (side != null) {
            int n = side.size();
            Reals rows = side.rows(side.precision());
            vectors.add(rows);
            writer.add(name + ".values", side.values(), n);
            LayerTensors.add(writer, name + ".vectors", rows, n, n);
        }
    }

    static Curvature read(Path file) throws IOException {
        Safetensors tensors = Safetensors.open(file, FORMAT);
        String label = tensors.metadata("kind");
        CurvatureKind kind = CurvatureKind.kept(label)
                .orElseThrow(() -> new InputException(file + " holds a curvature of the kind \"" + label
                        + "\"; known are " + CurvatureKind.allKept() + ": write it again"));
        List<String> names = LayerNames.split(tensors.metadata("layers"));
        String[] scales = tensors.metadata("scales").split(" ", -1);
        List<LayerCurvature> layers = new ArrayList<>();
        for (int l = 0; l < names.size(); l++) {
            String name = names.get(l);
            boolean basis = kind.hasBasis();
            SymmetricEigen outputs = basis ? side(file, tensors, name + ".outputs") : null;
            SymmetricEigen inputs = basis ? side(file, tensors, name + ".inputs") : null;
            if (kind.isProduct() && outputs != null && inputs != null) {
                LayerShape shape = LayerTensors.layer(tensors, name, l, outputs.size(), inputs.size());
                layers.add(LayerCurvature.product(shape, outputs, inputs, scale(file, scales, l, names.size())));
            } else {
                int[] sizes = tensors.matrix(name + ".grid");
                if (outputs != null && inputs != null && (outputs.size() != sizes[0] || inputs.size() != sizes[1])) {
                    throw new InputException(file + " has a grid of " + sizes[0] + " × " + sizes[1] + " for layer "
                            + name + ", and a basis of " + outputs.size() + " and " + inputs.size()
                            + " vectors; write it again");
                }
                double[] grid = tensors.doubles(name + ".grid");
                require(file, name + ".grid", grid, true);
                LayerShape shape = LayerTensors.layer(tensors, name, l, sizes[0], sizes[1]);
                layers.add(LayerCurvature.measured(shape, outputs, inputs, grid));
            }
        }
        long items = tensors.metadataLong("items");
        Curvature.Origin origin = new Curvature.Origin(tensors.metadata("made of"), items, tensors.metadata("fisher"));
        if (layers.isEmpty() || (kind.isMeasured() && items < 1)) {
            throw new InputException(file + " holds a curvature of " + layers.size() + " layers and " + items
                    + " items; write it again");
        }
        return new Curvature(kind, layers, tensors.metadata("model"), origin);
    }

    private static double scale(Path file, String[] scales, int layer, int layers) {
        try {
            double scale = scales.length == layers ? Double.parseDouble(scales[layer]) : Double.NaN;
            if (scale > 0 && scale < Double.POSITIVE_INFINITY) {
                return scale;
            }
        } catch (NumberFormatException e) {
            throw new InputException(file + " has the scale \"" + scales[layer] + "\"; write it again", e);
        }
        throw new InputException(file + " has the scales " + String.join(" ", scales) + "; a positive one for each of "
                + layers + " layers is needed: write it again");
    }

    private static SymmetricEigen side(Path file, Safetensors tensors, String name) throws IOException {
        int n = tensors.square(name + ".vectors");
        double[] values = tensors.doubles(name + ".values");
        require(file, name + ".values", values, false);
        if (values.length != n) {
            throw new InputException(file + " has " + values.length + " eigenvalues and " + n + " eigenvectors in "
                    + name + "; write it again");
        }
        try (Reals rows = LayerTensors.reals(tensors, name + ".vectors")) {
            int at = rows.firstNotFinite();
            if (at >= 0) {
                throw new InputException(file + " holds the value " + rows.value(at) + " in tensor \"" + name
                        + ".vectors\"; write it again");
            }
            return SymmetricEigen.of(values, rows);
        }
    }

    private static void require(Path file, String name, double[] values, boolean notNegative) {
        for (double value : values) {
            if (!Double.isFinite(value) || (notNegative && value < 0)) {
                throw new InputException(file + " holds the value " + value + " in tensor \"" + name + "\"; "
                        + (notNegative ? "allowed is [0, ∞)" : "a finite one is needed") + ": write it again");
            }
        }
    }
}
