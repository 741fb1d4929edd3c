// SPDX-License-Identifier: Apache-2.0
package dev.quad.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** ONNX files by hand: a table of 9 vectors (i, i²) as in {@code tiny.onnx}, and tensors with values elsewhere. */
final class ModelBytes {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;

    private ModelBytes() {}

    /** The values of the table. */
    static byte[] table() {
        ByteBuffer values = ByteBuffer.allocate(9 * 2 * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 9; i++) {
            values.putFloat(i).putFloat(i * i);
        }
        return values.array();
    }

    /** A model that looks its ids up in a table. */
    static byte[] model(byte[] tableTensor, byte[]... more) {
        byte[] ids = input("input_ids");
        byte[] mask = input("attention_mask");
        byte[] output = join(
                text(1, "last_hidden_state"),
                message(2, message(1, number(1, FLOAT), message(2, dim("b"), dim("l"), message(1, number(1, 2))))));
        byte[] gather = join(text(1, "table"), text(1, "input_ids"), text(2, "last_hidden_state"), text(4, "Gather"));
        byte[] graph = join(
                message(1, gather),
                text(2, "g"),
                message(5, tableTensor),
                message(11, ids),
                message(11, mask),
                message(12, output),
                join(more));
        return join(number(1, 8), message(7, graph), message(8, text(1, ""), number(2, 13)));
    }

    private static byte[] input(String name) {
        return join(text(1, name), message(2, message(1, number(1, INT64), message(2, dim("b"), dim("l")))));
    }

    private static byte[] dim(String name) {
        return message(1, text(2, name));
    }

    /** The table, with its values elsewhere. */
    static byte[] external(Map<String, String> entries) {
        byte[] result = join(number(1, 9), number(1, 2), number(2, FLOAT), text(8, "table"));
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            result = join(result, message(13, text(1, entry.getKey()), text(2, entry.getValue())));
        }
        return join(result, number(14, 1));
    }

    /** The table, with its values in it. */
    static byte[] internal() {
        return join(number(1, 9), number(1, 2), number(2, FLOAT), text(8, "table"), field(9, table()));
    }

    static byte[] message(int field, byte[]... parts) {
        return field(field, join(parts));
    }

    static byte[] text(int field, String value) {
        return field(field, value.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] field(int field, byte[] value) {
        return join(varint(field << 3 | 2), varint(value.length), value);
    }

    static byte[] number(int field, long value) {
        return join(varint(field << 3), varint(value));
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }
}
