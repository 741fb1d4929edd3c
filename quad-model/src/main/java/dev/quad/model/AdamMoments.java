// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.files.Unchecked;
import dev.quad.influence.LayerShape;
import dev.quad.influence.UpdateRule;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The moments that Adam had when a training ended, in {@value #FILE} beside the model: for each tensor NAME of the
 * model {@code exp_avg.NAME}, the running mean m of its gradients, and {@code exp_avg_sq.NAME}, that v of their
 * squares, both F32 in the shape of NAME; {@code beta1}, {@code beta2} and {@code epsilon} in the metadata, and in
 * {@code model}, where it is known, the fingerprint of the model. Gradients are those of the mean loss of a token.
 * {@code write_optimizer} of the Python package {@code quad_torch} writes it from an optimiser of PyTorch.
 */
public final class AdamMoments {
    /** The name of the file. */
    public static final String FILE = "optimizer.safetensors";

    private static final String FORMAT = "quad.optimizer.1";
    private static final String MODEL = "model";
    private static final String FIRST = "exp_avg.";
    private static final String SECOND = "exp_avg_sq.";

    private AdamMoments() {}

    /**
     * Reads those of the layers that are captured, the others are not looked at: for {@link UpdateRule#adam}. Takes 16
     * bytes of heap for each weight of these layers. A head that is the embedding has the moments of both uses.
     *
     * @throws InputException if the file is damaged, lacks a tensor, has one of another shape than the model's or holds
     *     what no moment is
     * @throws MismatchException if the file says that it is of another model
     */
    public static UpdateRule.AdamState read(Path file, DecoderGradients gradients) {
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(gradients, "the gradients are null");
        return Unchecked.get(file, () -> {
            Safetensors tensors = Safetensors.open(file, FORMAT);
            String model = tensors.metadata().get(MODEL);
            String fingerprint = gradients.decoder().fingerprint();
            if (model != null && !model.equals(fingerprint)) {
                throw new MismatchException(file + " has the moments of the model " + model + ", and this one is "
                        + fingerprint + "; give those that its own training ended with");
            }
            List<double[]> first = moments(file, tensors, FIRST, gradients);
            List<double[]> second = moments(file, tensors, SECOND, gradients);
            double beta1 = number(file, tensors, "beta1");
            double beta2 = number(file, tensors, "beta2");
            double epsilon = number(file, tensors, "epsilon");
            try {
                return new UpdateRule.AdamState(beta1, beta2, epsilon, first, second);
            } catch (IllegalArgumentException e) {
                throw new InputException(
                        file + ": " + e.getMessage() + "; layers are counted in the order "
                                + gradients.layers().stream()
                                        .map(LayerShape::name)
                                        .toList(),
                        e);
            }
        });
    }

    private static double number(Path file, Safetensors tensors, String key) {
        String value = tensors.metadata().get(key);
        try {
            return Double.parseDouble(String.valueOf(value));
        } catch (NumberFormatException e) {
            throw new InputException(
                    file + " has " + value + " for \"" + key + "\" in its metadata; a number is needed", e);
        }
    }

    private static List<double[]> moments(Path file, Safetensors tensors, String kind, DecoderGradients gradients)
            throws IOException {
        CapturedLayers layers = gradients.captured();
        DecoderConfig config = gradients.decoder().config();
        Layout layout = gradients.decoder().layout();
        Set<String> names = tensors.names().stream()
                .filter(name -> name.startsWith(kind))
                .map(name -> name.substring(kind.length()))
                .collect(Collectors.toSet());
        try (Floats all = Floats.allocate(layout.size())) {
            for (Map.Entry<String, CheckpointFolder.Slot> entry :
                    CheckpointFolder.slots(config, layout, names).entrySet()) {
                if (isCaptured(entry.getValue(), layout, layers)) {
                    read(file, tensors, kind + entry.getKey(), entry.getValue(), all);
                }
            }
            List<double[]> moments = new ArrayList<>();
            for (int place = 0; place <= CapturedLayers.KINDS * config.layers(); place++) {
                if (layers.index(place) >= 0) {
                    LayerShape shape = layers.shapes().get(layers.index(place));
                    moments.add(layer(all, layout, layers, place, shape));
                }
            }
            return moments;
        }
    }

    /** Whether a tensor is the matrix or the bias of a captured layer, or some rows of it. */
    private static boolean isCaptured(CheckpointFolder.Slot slot, Layout layout, CapturedLayers layers) {
        int part = slot.part();
        if (part == Layout.EMBEDDING || part >= layout.finalNorm) {
            return layers.head() >= 0 && part == layout.head;
        }
        int at = (int) (slot.place() - layout.start(part));
        for (int kind = 0; kind < CapturedLayers.KINDS; kind++) {
            int layer = layers.index(CapturedLayers.place(part - layout.block(0), kind));
            if (layer >= 0) {
                LayerShape shape = layers.shapes().get(layer);
                int weight = at - layers.weight(kind);
                int bias = at - layers.bias(kind);
                if ((weight >= 0 && weight < shape.inputs() * shape.outputs())
                        || (shape.bias() && bias >= 0 && bias < shape.outputs())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void read(Path file, Safetensors tensors, String name, CheckpointFolder.Slot slot, Floats all)
            throws IOException {
        if (!tensors.has(name)) {
            throw new InputException(file + " has no tensor \"" + name
                    + "\"; each tensor of a layer that counts must have its two moments");
        }
        if (!Arrays.equals(tensors.shape(name), slot.sizes())) {
            throw new InputException(file + " has the tensor \"" + name + "\" of the shape "
                    + Arrays.toString(tensors.shape(name)) + ", and the model's is " + Arrays.toString(slot.sizes())
                    + "; give the moments of that model");
        }
        tensors.floats(name, all.slice(slot.position(), slot.size()));
    }

    /** Of one layer, {@code outputs × columns}. */
    private static double[] layer(Floats all, Layout layout, CapturedLayers layers, int place, LayerShape shape) {
        int head = layers.shapes().size() - 1;
        boolean isHead = layers.head() >= 0 && layers.index(place) == head;
        int kind = place % CapturedLayers.KINDS;
        int start = (int) layout.start(isHead ? layout.head : layout.block(place / CapturedLayers.KINDS));
        int weight = isHead ? start : start + layers.weight(kind);
        double[] values = new double[shape.weights()];
        float[] row = new float[shape.inputs()];
        float[] bias = new float[1];
        for (int output = 0; output < shape.outputs(); output++) {
            int to = output * shape.columns();
            all.get(weight + output * row.length, row, 0, row.length);
            for (int i = 0; i < row.length; i++) {
                values[to + i] = row[i];
            }
            if (shape.bias()) {
                all.get(start + layers.bias(kind) + output, bias, 0, 1);
                values[to + row.length] = bias[0];
            }
        }
        return values;
    }

    /**
     * Writes those that the state of a finished training holds to {@value #FILE}.
     *
     * @param state what {@link Trainer} has left of the training of this model
     */
    public static void write(Path state, Decoder decoder, Path folder) {
        Objects.requireNonNull(state, "the state is null");
        Objects.requireNonNull(decoder, "the decoder is null");
        Objects.requireNonNull(folder, "the folder is null");
        Unchecked.run(state, () -> {
            Safetensors tensors = Safetensors.open(state, Trainer.FORMAT);
            try (AdamW adam = new AdamW(decoder.config())) {
                tensors.floats("adam.m", adam.m.buffer());
                tensors.floats("adam.v", adam.v.buffer());
                SafetensorsWriter writer = new SafetensorsWriter(Map.of(
                        "format",
                        FORMAT,
                        MODEL,
                        decoder.fingerprint(),
                        "beta1",
                        Float.toString(AdamW.BETA1),
                        "beta2",
                        Float.toString(AdamW.BETA2),
                        "epsilon",
                        Float.toString(AdamW.EPSILON)));
                CheckpointFolder.slots(decoder.config(), decoder.layout()).forEach((name, slot) -> {
                    writer.add(FIRST + name, adam.m.slice(slot.position(), slot.size()), slot.sizes());
                    writer.add(SECOND + name, adam.v.slice(slot.position(), slot.size()), slot.sizes());
                });
                writer.write(folder.resolve(FILE));
            }
        });
    }
}
