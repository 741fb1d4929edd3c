// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a safetensors file of half-width tensors, which the library reads but does not write. */
final class RawTensors {
    private final List<String> entries = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    /** Adds a tensor whose type is F32, F16 or BF16; values are cut to it, not rounded. */
    RawTensors add(String name, String type, int[] shape, float... values) {
        int from = data.size();
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (type) {
                case "F32" -> bytes.putFloat(value);
                case "BF16" -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
                default -> bytes.putShort(half(value));
            }
        }
        data.write(bytes.array(), 0, bytes.position());
        entries.add("\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + Arrays.toString(shape)
                + ",\"data_offsets\":[" + from + "," + data.size() + "]}");
        return this;
    }

    /** Of a value whose binary16 is normal or 0. */
    private static short half(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int exponent = ((bits >>> 23) & 255) - 112;
        return (short) (exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >>> 13) & 0x3ff));
    }

    void write(Path file) throws IOException {
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header).put(data.toByteArray());
        Files.write(file, bytes.array());
    }
}
