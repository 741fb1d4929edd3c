// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The words of a text: what stands between spaces. In scripts that set no spaces between words (Chinese, Japanese,
 * Thai, Lao, Khmer, Burmese, …) each character is a word, with the marks that belong to it; so are signs beside them,
 * while letters and digits of other scripts there stay together.
 */
final class Words {
    private static final Set<UnicodeScript> WITHOUT_SPACES = EnumSet.of(
            UnicodeScript.HAN,
            UnicodeScript.HIRAGANA,
            UnicodeScript.KATAKANA,
            UnicodeScript.BOPOMOFO,
            UnicodeScript.YI,
            UnicodeScript.TANGUT,
            UnicodeScript.NUSHU,
            UnicodeScript.THAI,
            UnicodeScript.LAO,
            UnicodeScript.KHMER,
            UnicodeScript.MYANMAR,
            UnicodeScript.TIBETAN,
            UnicodeScript.TAI_LE,
            UnicodeScript.NEW_TAI_LUE,
            UnicodeScript.TAI_THAM,
            UnicodeScript.TAI_VIET,
            UnicodeScript.JAVANESE,
            UnicodeScript.BALINESE);

    private static final int FIRST_WITHOUT_SPACES = 0x02EA; // Bopomofo tone marks

    private Words() {}

    /** Of a text whose white space is single spaces. */
    static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        for (String token : text.split(" ", -1)) {
            if (hasWordsWithoutSpaces(token)) {
                split(token, words);
            } else {
                words.add(token);
            }
        }
        return words;
    }

    private static boolean hasWordsWithoutSpaces(String token) {
        return token.codePoints().anyMatch(Words::isWordItself);
    }

    private static boolean isWordItself(int c) {
        return c >= FIRST_WITHOUT_SPACES && WITHOUT_SPACES.contains(UnicodeScript.of(c));
    }

    private static void split(String token, List<String> words) {
        int start = 0;
        boolean joins = false; // whether a letter or digit may go on with what stands before
        for (int i = 0; i < token.length(); ) {
            int c = token.codePointAt(i);
            boolean letter = Character.isLetterOrDigit(c) && !isWordItself(c);
            boolean mark = UnicodeScript.of(c) == UnicodeScript.INHERITED;
            if (i > start && !mark && !(letter && joins)) {
                words.add(token.substring(start, i));
                start = i;
            }
            joins = letter || (mark && joins);
            i += Character.charCount(c);
        }
        words.add(token.substring(start));
    }
}
