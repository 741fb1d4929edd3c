// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InputException;
import dev.quad.Precision;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Directions as safetensors: a tensor a layer, by its name, {@code outputs × columns}. */
final class DirectionFile {
    static final String FORMAT = "quad.reference-direction.1";

    private DirectionFile() {}

    static void write(ReferenceDirection direction, Path file) {
        List<LayerShape> layers = direction.layers();
        SafetensorsWriter writer = new SafetensorsWriter(Map.of(
                "format",
                FORMAT,
                "model",
                direction.modelFingerprint(),
                "curvature",
                direction.origin().words(),
                "fingerprint",
                direction.fingerprint(),
                "loss",
                "mean over the supervised tokens of the reference",
                "unit",
                "nats",
                "mask",
                "gradient",
                "sign",
                "positive inner product with a gradient = training on the item lowers the reference loss",
                "bias",
                LayerNames.biases(layers),
                "layers",
                LayerNames.join(layers)));
        for (int l = 0; l < layers.size(); l++) {
            LayerShape layer = layers.get(l);
            if (direction.matrix(l) instanceof Floats floats) {
                LayerTensors.add(writer, layer.name(), floats, layer.outputs(), layer.columns());
            } else {
                writer.add(layer.name(), direction.values(l), layer.outputs(), layer.columns());
            }
        }
        writer.write(file);
    }

    static ReferenceDirection read(Path file) throws IOException {
        Safetensors tensors = Safetensors.open(file, FORMAT);
        String model = tensors.metadata("model");
        List<LayerShape> layers = new ArrayList<>();
        List<Reals> matrices = new ArrayList<>();
        try (Owned parts = new Owned()) {
            for (String name : LayerNames.split(tensors.metadata("layers"))) {
                int[] shape = tensors.matrix(name);
                layers.add(LayerTensors.layer(tensors, name, layers.size(), shape[0], shape[1]));
                Reals matrix = parts.add(LayerTensors.reals(tensors, name));
                matrices.add(matrix);
                if (matrix.precision() != matrices.get(0).precision()) {
                    throw new InputException(file + " mixes precisions: its tensor \"" + name + "\" has type "
                            + (matrix.precision() == Precision.DOUBLE ? "F64" : "F32")
                            + ", the first has another; compute the direction again");
                }
                int at = matrix.firstNotFinite();
                if (at >= 0) {
                    throw new InputException(file + " holds the value " + matrix.value(at) + " in tensor \"" + name
                            + "\"; compute the direction again");
                }
            }
            ReferenceDirection direction =
                    new ReferenceDirection(layers, matrices, model, new DirectionOrigin(tensors.metadata("curvature")));
            if (!direction.fingerprint().equals(tensors.metadata("fingerprint"))) {
                throw new InputException(file + " holds other values than were written: its fingerprint is "
                        + tensors.metadata("fingerprint") + ", theirs " + direction.fingerprint()
                        + "; compute the direction again");
            }
            return parts.release(direction);
        }
    }
}
