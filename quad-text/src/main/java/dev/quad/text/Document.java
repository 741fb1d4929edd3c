// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.Objects;

/**
 * One text of a corpus.
 *
 * @param id names the document in reports; unique within a pool
 * @param text what is trained on
 */
public record Document(String id, String text) {
    /** Checks that both are there. */
    public Document {
        Objects.requireNonNull(id, "the id is null");
        Objects.requireNonNull(text, "the text is null");
    }
}
