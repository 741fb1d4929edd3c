// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What is found of a document.
 *
 * @param tokens by the pool
 * @param score NaN where there is none
 * @param values by layer, token or reference document; none where that is not asked for, or there is no score
 * @param flag why there is no score; empty if there is one
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ScoredDocument(String id, long tokens, double score, float[] values, Optional<String> flag) {
    static final float[] NO_VALUES = {};

    boolean isScored() {
        return flag.isEmpty();
    }

    void write(DataOutputStream out) throws IOException {
        write(out, id);
        out.writeLong(tokens);
        out.writeBoolean(isScored());
        if (flag.isPresent()) {
            write(out, flag.get());
            return;
        }
        out.writeDouble(score);
        out.writeInt(values.length);
        for (float value : values) {
            out.writeFloat(value);
        }
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static ScoredDocument read(DataInputStream in) throws IOException {
        String id = readText(in);
        long tokens = in.readLong();
        if (!in.readBoolean()) {
            return new ScoredDocument(id, tokens, Double.NaN, NO_VALUES, Optional.of(readText(in)));
        }
        double score = in.readDouble();
        float[] values = new float[in.readInt()];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readFloat();
        }
        return new ScoredDocument(id, tokens, score, values, Optional.empty());
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
}
