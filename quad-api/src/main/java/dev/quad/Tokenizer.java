// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/** Turns text into token ids. Deterministic and safe for use by several threads. */
public interface Tokenizer {

    /** The number of ids; every id is in {@code [0, vocabularySize())}. */
    int vocabularySize();

    /**
     * The ids of a text, led by the id that starts a document, so that the first token of the text is predicted too.
     *
     * @return at least the leading id
     */
    TokenSequence encode(String text);

    /** Names the tokenizer and what changes its ids. Goes into the manifest. */
    String id();

    /** The UTF-8 bytes of the text as ids 0 to 255, led by id 256. */
    static Tokenizer bytes() {
        return ByteTokenizer.INSTANCE;
    }
}
