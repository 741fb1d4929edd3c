// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Tokenizer;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordScoresTest {
    private static float[] ones(int count) {
        float[] ones = new float[count];
        java.util.Arrays.fill(ones, 1);
        return ones;
    }

    /** A one for each byte, so that a word has as many as bytes, the space before it counted. */
    @Test
    void words_haveTheSumsOfTheirTokens() {
        WordScores words = WordScores.of("so é \n五六😀x ", Tokenizer.bytes(), ones(21));

        assertThat(words.ends()).containsExactly(2, 4, 7, 8, 11, 12);
        assertThat(words.scores()).containsExactly(2.0, 3.0, 5.0, 3.0, 5.0, 1.0);
    }

    @Test
    void words_beyondTheLastScore_areLeftOut() {
        assertThat(WordScores.of("one two three", Tokenizer.bytes(), ones(5)))
                .isEqualTo(new WordScores(List.of(3, 7), List.of(3.0, 2.0)));
        assertThat(WordScores.of("one", Tokenizer.bytes()).ends()).isEmpty();
        assertThatThrownBy(() -> new WordScores(List.of(1), List.of())).hasMessageContaining("1 words have 0 scores");
    }
}
