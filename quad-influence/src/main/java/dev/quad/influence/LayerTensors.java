// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.files.Safetensors;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import java.io.IOException;
import java.util.Locale;

/** What of a safetensors file has to do with layers, and with numbers of either precision. */
final class LayerTensors {
    private LayerTensors() {}

    /** A layer whose gradient has that many columns; the metadata entry "bias" tells whether the last is of a bias. */
    static LayerShape layer(Safetensors file, String name, int index, int outputs, int columns) {
        String biases = file.metadata().getOrDefault("bias", "");
        boolean bias = index < biases.length() && biases.charAt(index) == '1';
        if (bias && columns < 2) {
            throw file.fault("layer \"" + name + "\" has a bias, but no more than " + columns + " column");
        }
        return new LayerShape(name, bias ? columns - 1 : columns, outputs, bias);
    }

    /** A metadata entry that must be a precision, in small letters. */
    static Precision precision(Safetensors file, String key) {
        String found = file.metadata(key);
        for (Precision precision : Precision.values()) {
            if (precision.name().toLowerCase(Locale.ROOT).equals(found)) {
                return precision;
            }
        }
        throw file.fault("its metadata entry \"" + key + "\" is \"" + found + "\"; allowed are single and double");
    }

    /** A matrix of type F32 or F64 in new memory of that precision. */
    static Reals reals(Safetensors file, String name) throws IOException {
        int[] shape = file.matrix(name);
        if (file.type(name).equals("F64")) {
            return Reals.of(Precision.DOUBLE, file.doubles(name));
        }
        try (Owned parts = new Owned()) {
            Floats result = parts.add(Floats.allocate(shape[0], shape[1]));
            file.floats(name, result.buffer());
            return parts.release(result);
        }
    }

    /** Adds a matrix of either precision, whose memory must stay open until the file is written. */
    static void add(SafetensorsWriter writer, String name, Reals values, int rows, int columns) {
        if (values instanceof Floats floats) {
            writer.add(name, floats.slice(0, Math.multiplyExact(rows, columns)), rows, columns);
        } else {
            writer.add(name, values.toDoubles(), rows, columns);
        }
    }
}
