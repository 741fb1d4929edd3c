// SPDX-License-Identifier: Apache-2.0
package dev.quad.tokenizer;

import dev.quad.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tries a pattern on a text before the library does, and counts. The library's engine (Oniguruma) tries like Java's,
 * but without an end, or aborts the process after ten million steps back.
 */
final class Guard {
    private static final long STEPS_OF_A_MATCH = 5_000_000;
    private static final long STEPS_OF_A_CHARACTER = 200;
    private static final long STEPS = 2_000_000;

    private final Pattern pattern;
    private final String name;

    Guard(Pattern pattern, String name) {
        this.pattern = pattern;
        this.name = name;
    }

    void check(String text) {
        Counted counted = new Counted(text, text.length() * STEPS_OF_A_CHARACTER + STEPS);
        Matcher matcher = pattern.matcher(counted);
        try {
            while (matcher.find()) {
                counted.matchEnds();
            }
        } catch (TooMany | StackOverflowError e) {
            throw new InputException(
                    "the text of " + text.length() + " characters takes the tokenizer's pattern \"" + name
                            + "\" too many steps: it has a run that goes on for too long; cut the document, or leave it out",
                    e);
        }
    }

    private static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooMany() {
            super("too many steps", null, false, false);
        }
    }

    private static final class Counted implements CharSequence {
        private final String text;
        private long left;
        private long leftOfMatch = STEPS_OF_A_MATCH;

        Counted(String text, long steps) {
            this.text = text;
            this.left = steps;
        }

        void matchEnds() {
            left -= STEPS_OF_A_MATCH - leftOfMatch;
            leftOfMatch = STEPS_OF_A_MATCH;
        }

        @Override
        public char charAt(int index) {
            if (--leftOfMatch < 0 || left < STEPS_OF_A_MATCH - leftOfMatch) {
                throw new TooMany();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
