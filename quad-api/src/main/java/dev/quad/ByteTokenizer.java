// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.charset.StandardCharsets;

/** One token per UTF-8 byte; id 256 starts a document. */
final class ByteTokenizer implements Tokenizer {
    static final ByteTokenizer INSTANCE = new ByteTokenizer();
    private static final int START = 256;

    private ByteTokenizer() {}

    @Override
    public int vocabularySize() {
        return START + 1;
    }

    @Override
    public TokenSequence encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length + 1];
        ids[0] = START;
        for (int i = 0; i < bytes.length; i++) {
            ids[i + 1] = bytes[i] & 0xFF;
        }
        return TokenSequence.of(ids);
    }

    @Override
    public String id() {
        return "bytes";
    }

    @Override
    public String toString() {
        return "bytes of UTF-8";
    }
}
