// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.text.Chunker;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;

/**
 * The value of {@code --short-documents}.
 *
 * @param zero whether a short document counts as 0, and not at all otherwise
 * @param tokens below which a document is short; empty for {@value Chunker#DEFAULT_MIN_TOKENS}, or half a chunk where it
 *     counts as 0, as in the paper's code
 */
record ShortDocuments(boolean zero, OptionalInt tokens) {
    static final ShortDocuments UNSCORED = new ShortDocuments(false, OptionalInt.empty());
    static final ShortDocuments ZERO = new ShortDocuments(true, OptionalInt.empty());

    /**
     * The tokens below which a document is short.
     *
     * @throws InputException if they are more than half a chunk
     */
    int tokens(int chunk) {
        int half = chunk / 2;
        int least = tokens.orElse(zero ? half : Math.min(half, Chunker.DEFAULT_MIN_TOKENS));
        if (least < 1 || least > half) {
            throw new InputException("--short-documents is " + this + ", and chunks have " + chunk
                    + " tokens; allowed is 1 to " + half + ", half of them");
        }
        return least;
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return (zero ? "zero" : "unscored") + (tokens.isPresent() ? ":" + tokens.getAsInt() : "");
    }

    /** From the command line. */
    static final class Converter implements ITypeConverter<ShortDocuments> {
        @Override
        public ShortDocuments convert(String value) {
            return Word.parse(value, "unscored, unscored:20, zero and zero:20", word -> {
                OptionalInt tokens = word.text().isEmpty() ? OptionalInt.empty() : OptionalInt.of(word.count());
                return switch (word.name()) {
                    case "unscored" -> new ShortDocuments(false, tokens);
                    case "zero" -> new ShortDocuments(true, tokens);
                    default -> throw word.unknown();
                };
            });
        }
    }
}
