// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What the words of a text add to its score, so that people see which do: a word has the space before it, and an
 * ideograph is a word. Immutable.
 *
 * @param ends where each word ends in the text, in characters of UTF-16, ascending
 * @param scores of each word, the sum over its tokens; positive as those of documents
 */
public record WordScores(List<Integer> ends, List<Double> scores) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there are more of one than of the other
     */
    public WordScores {
        ends = List.copyOf(Objects.requireNonNull(ends, "the ends of the words are null"));
        scores = List.copyOf(Objects.requireNonNull(scores, "the scores of the words are null"));
        if (ends.size() != scores.size()) {
            throw new IllegalArgumentException(
                    ends.size() + " words have " + scores.size() + " scores; needed is one each");
        }
    }

    /**
     * Adds up what is known of tokens. A token is of the word with which the text up to there has it; that is exact for
     * bytes and for tokenizers that keep words apart. Words beyond the last token with a score are left out. Cost: the
     * text is encoded up to each word.
     *
     * @param tokenScores of the tokens of the text in their order, without the one that starts it
     */
    public static WordScores of(String text, Tokenizer tokenizer, float... tokenScores) {
        Objects.requireNonNull(text, "the text is null");
        Objects.requireNonNull(tokenizer, "the tokenizer is null");
        Objects.requireNonNull(tokenScores, "tokenScores is null; give the score of each token");
        List<Integer> ends = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        int token = 0;
        for (int end = next(text, 0); end > 0 && token < tokenScores.length; end = next(text, end)) {
            int until = Math.min(
                    tokenScores.length, tokenizer.encode(text.substring(0, end)).length() - 1);
            double sum = 0;
            for (; token < until; token++) {
                sum += tokenScores[token];
            }
            ends.add(end);
            scores.add(sum);
        }
        return new WordScores(ends, scores);
    }

    /** Where the word ends that begins at a place; 0 at the end of the text. */
    private static int next(String text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        while (at < text.length() && !Character.isWhitespace(text.codePointAt(at))) {
            int letter = text.codePointAt(at);
            at += Character.charCount(letter);
            if (Character.isIdeographic(letter)) {
                break;
            }
        }
        return at > from ? at : 0;
    }
}
