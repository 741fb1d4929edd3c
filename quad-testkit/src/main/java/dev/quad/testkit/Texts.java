// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Texts as they are met, and as they are seldom met. */
final class Texts {
    private static final int SHOWN = 60;
    private static final int LONG = 10_000;

    /** A word whose hash is the least of all numbers, which has no absolute value. */
    static final String LEAST_HASH = "polygenelubricants";

    /** Places of characters at either end of the pieces that a long text is often read in, of any power of 2 or 10. */
    static final List<Integer> ENDS_OF_PIECES = List.of(4095, 4096, 8191, 8192, 9_999, 10_000, 16_383, 65_535);

    /** Of all kinds: scripts, blanks, ends of lines, characters that end a string elsewhere, halves of characters. */
    static final List<String> ODD = List.of(
            "",
            " ",
            "  \t ",
            "\n",
            "a",
            "A",
            "I i İ ı TITLE title",
            " a b",
            "a b ",
            "a  b",
            "one\ntwo",
            "one\r\ntwo\rthree",
            "before\u0000after",
            "\u0007\u001A\u001B[0m\u007F",
            "\uFEFFmark\u200B\u00A0blank\u2028line",
            "Größe, naïve, œuvre, ﬁne, Straße",
            "数据选择 データ 데이터",
            "العربية עברית ٣٤ ३४",
            "e\u0301 é",
            "👩‍👩‍👧 \uD83D\uDE80",
            "\uD83D",
            "a\uDE80b\uD83D",
            "?",
            "�",
            "<s></s><unk><|endoftext|>[CLS] [SEP] ##a",
            "0123456789 3.14159e-10 1,5",
            "%s %d {0} \\n \" '",
            "Aa",
            "BB",
            "\u0840", // of the hash of Aa
            LEAST_HASH);

    private Texts() {}

    /** The odd ones, and some of 10,000 characters: of one word, of many, and in other scripts. */
    static List<String> oddAndLong() {
        List<String> texts = new ArrayList<>(ODD);
        texts.add("word".repeat(LONG / 4));
        texts.add("many words\n".repeat(LONG / 11));
        texts.add("数据 👩‍👩‍👧 é\t".repeat(LONG / 13));
        texts.add(" ".repeat(LONG));
        return texts;
    }

    /** Those that any encoding of Unicode keeps, without halves of characters, and longer ones. */
    static List<String> whole() {
        List<String> texts = new ArrayList<>(oddAndLong());
        texts.removeIf(text -> text.codePoints().anyMatch(point -> Character.getType(point) == Character.SURROGATE));
        for (int words : new int[] {100, 200, LONG, 4 * LONG}) { // more than a byte and more than a short counts
            texts.add("word ".repeat(words));
        }
        return texts;
    }

    /** The text as an item, where all items are strings. */
    @SuppressWarnings("unchecked") // a string is a T where all Ts seen are strings
    static <T> Optional<T> asItem(String text, List<T> items) {
        return items.stream().allMatch(String.class::isInstance) ? Optional.of((T) text) : Optional.empty();
    }

    /** The text, or its beginning and its length, with the numbers of characters that show in nothing. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(SHOWN).forEach(point -> {
            switch (Character.getType(point)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.LINE_SEPARATOR,
                        Character.UNASSIGNED ->
                    shown.append("\\u").append(HexFormat.of().toHexDigits((char) point));
                default -> shown.appendCodePoint(point);
            }
        });
        return text.codePointCount(0, text.length()) <= SHOWN
                ? shown.toString()
                : shown + "… (" + text.length() + " characters)";
    }
}
