// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import dev.quad.InputException;
import dev.quad.QuadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Loads damaged tokenizers and has them encode texts: {@code Fuzz FILE... FIRST COUNT SCRATCH}, a mutant of each file
 * for each seed. Every mutant is written to SCRATCH before it is tried, so that one which ends the process is found
 * there.
 */
final class Fuzz {
    static final List<String> TEXTS = List.of(
            "",
            "a",
            "The river stone text; it's 1,234 tokens.\n\n\tAnd  more   spaces    \r\n",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ".repeat(40),
            "naïve \u0301é ﷺ 中文字符 ไทย \uD83D\uDE00\u200D\uD83D\uDE00 \u0000 \uFEFF İ ß",
            "<s>[CLS]<|endoftext|></s> <unk> [MASK]",
            " ".repeat(3000) + "x");

    private Fuzz() {}

    public static void main(String[] arguments) throws IOException {
        int n = arguments.length;
        long first = Long.parseLong(arguments[n - 3]);
        long count = Long.parseLong(arguments[n - 2]);
        Path scratch = Path.of(arguments[n - 1]);
        int taken = 0;
        int refused = 0;
        for (long seed = first; seed < first + count; seed++) {
            for (int i = 0; i < n - 3; i++) {
                String mutant = Mutations.of(Files.readString(Path.of(arguments[i])), new Random(seed * 31 + i));
                Files.writeString(scratch, mutant);
                Files.writeString(scratch.resolveSibling("seed"), Long.toString(seed));
                if (takes(mutant)) {
                    taken++;
                } else {
                    refused++;
                }
            }
        }
        System.out.println(taken + " taken, " + refused + " refused");
    }

    /** Whether a tokenizer is taken; what it does may be refused, but nothing else may happen. */
    static boolean takes(String json) {
        try (JsonTokenizer tokenizer = JsonTokenizer.parse(json, "mutant")) {
            for (String text : TEXTS) {
                try {
                    for (int i = 0; i < tokenizer.encode(text).length(); i++) {
                        int id = tokenizer.encode(text).id(i);
                        if (id < 0 || id >= tokenizer.vocabularySize()) {
                            throw new IllegalStateException("id " + id + " of " + tokenizer.vocabularySize());
                        }
                        if (i > 20) {
                            break;
                        }
                    }
                } catch (InputException e) {
                    check(e);
                }
            }
            return true;
        } catch (InputException e) {
            check(e);
            return false;
        }
    }

    private static void check(QuadException e) {
        String message = String.valueOf(e.getMessage());
        if (message.length() > 1500 || message.contains("Optional[") || message.contains("gson")) {
            throw new IllegalStateException("a message that is none: " + message, e);
        }
    }
}
