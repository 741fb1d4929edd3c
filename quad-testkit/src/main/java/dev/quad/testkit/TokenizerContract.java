// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every {@link Tokenizer} promises. */
public abstract class TokenizerContract {
    private static final int TIMES = 20_000;
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "The quick brown fox jumps over the lazy dog.",
            "line one\nline two\r\n\ttabbed",
            "Größe, naïve, œuvre",
            "数据选择 データ 데이터",
            "العربية עברית",
            "e\u0301 é",
            "👩‍👩‍👧 \uD83D\uDE80",
            "\u0000\u0007\u200B",
            "<s></s><unk><|endoftext|>",
            "0123456789 3.14159e-10");

    /** A tokenizer, always the same. */
    protected abstract Tokenizer tokenizer();

    /**
     * One whose ids differ, by another vocabulary or whatever it may be made of; its name must differ too. Empty unless
     * overridden: not tested.
     */
    protected Optional<Tokenizer> other() {
        return Optional.empty();
    }

    /** A text of different words with blanks between them, in the language of the tokenizer. */
    protected String text() {
        return "Select the documents that lower the loss on the reference set, and train the model on them. ";
    }

    /** Every id is one of the vocabulary, and the first of each text is the one that starts a document. */
    @Test
    public void encode_anyText_isOfTheVocabulary() {
        Tokenizer tokenizer = tokenizer();
        int size = tokenizer.vocabularySize();
        assertThat(size).isPositive();
        int start = tokenizer.encode("").id(0);
        for (String text : TEXTS) {
            TokenSequence tokens = tokenizer.encode(text);
            assertThat(tokens.id(0)).as("the first id of '%s'", text).isEqualTo(start);
            for (int i = 0; i < tokens.length(); i++) {
                assertThat(tokens.id(i)).as("id %s of '%s'", i, text).isBetween(0, size - 1);
            }
        }
        assertThat(tokenizer.vocabularySize()).as("the size after use").isEqualTo(size);
    }

    /** The same text gives the same ids: again, after others, and from another instance. */
    @Test
    public void encode_again_isTheSame() {
        Tokenizer tokenizer = tokenizer();
        List<TokenSequence> first = TEXTS.stream().map(tokenizer::encode).toList();
        assertThat(TEXTS.stream().map(tokenizer::encode).toList()).isEqualTo(first);
        for (int i = TEXTS.size() - 1; i >= 0; i--) {
            assertThat(tokenizer.encode(TEXTS.get(i))).as("'%s'", TEXTS.get(i)).isEqualTo(first.get(i));
        }
        Tokenizer other = tokenizer();
        for (int i = TEXTS.size() - 1; i >= 0; i--) {
            assertThat(other.encode(TEXTS.get(i)))
                    .as("'%s', by another instance that begins with the last text", TEXTS.get(i))
                    .isEqualTo(first.get(i));
        }
        assertThat(other.vocabularySize()).isEqualTo(tokenizer.vocabularySize());
    }

    /** All of a text is encoded, however long it is. */
    @Test
    public void encode_longText_isWhole() {
        Tokenizer tokenizer = tokenizer();
        int one = tokenizer.encode(text()).length();
        assertThat(one).as("tokens of '%s'", text()).isGreaterThan(1);
        int before = one;
        for (int times : new int[] {10, 100, 1000}) {
            int tokens = tokenizer.encode(text().repeat(times)).length();
            assertThat(tokens).as("tokens of %s times the text", times).isGreaterThan(8 * before);
            before = tokens;
        }
    }

    /** Other texts have other ids. */
    @Test
    public void encode_otherText_isAnother() {
        Tokenizer tokenizer = tokenizer();
        assertThat(tokenizer.encode(text())).isNotEqualTo(tokenizer.encode(text() + text()));
        List<String> words = new ArrayList<>(List.of(text().strip().split(" ")));
        Set<TokenSequence> found = new HashSet<>();
        for (int turn = 0; turn < words.size(); turn++) {
            String turned = String.join(" ", words);
            assertThat(found.add(tokenizer.encode(turned)))
                    .as("'%s' has ids that no other order of its words has", turned)
                    .isTrue();
            Collections.rotate(words, 1);
        }
    }

    /** Several threads may encode at once. */
    @Test
    public void encode_manyThreads_isTheSame() {
        Tokenizer tokenizer = tokenizer();
        List<TokenSequence> expected = TEXTS.stream().map(tokenizer::encode).toList();
        Threads.manyTimes(TIMES, i -> {
            int text = i % TEXTS.size();
            TokenSequence tokens = tokenizer.encode(TEXTS.get(text));
            if (!tokens.equals(expected.get(text))) { // sooner than an assertion, so that threads meet
                assertThat(tokens).as("'%s'", TEXTS.get(text)).isEqualTo(expected.get(text));
            }
        });
    }

    /** The id names the tokenizer, on one line, always the same. */
    @Test
    public void id_isOneStableLine() {
        Tokenizer tokenizer = tokenizer();
        String id = tokenizer.id();
        assertThat(id)
                .isNotBlank()
                .doesNotContain("\n", "@" + Integer.toHexString(System.identityHashCode(tokenizer)))
                .isEqualTo(tokenizer().id());
        tokenizer.encode(text());
        assertThat(tokenizer.id()).as("the id after use").isEqualTo(id);
        other().ifPresent(other -> assertThat(other.id())
                .as("the id of one that encodes otherwise")
                .isNotEqualTo(id));
    }
}
