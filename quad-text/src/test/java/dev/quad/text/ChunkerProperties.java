// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ChunkerProperties {

    /** One token a character, so that a token says where it was. */
    private static final Tokenizer CHARACTERS = new Tokenizer() {
        @Override
        public int vocabularySize() {
            return 1 << 16;
        }

        @Override
        public TokenSequence encode(String text) {
            int[] ids = new int[text.length() + 1];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = i;
            }
            return TokenSequence.of(ids);
        }

        @Override
        public String id() {
            return "places";
        }
    };

    @Example
    void chunks_textThatTheTokenizerRefuses_namesTheDocument() {
        Tokenizer refusing = new Tokenizer() {
            @Override
            public int vocabularySize() {
                return 2;
            }

            @Override
            public TokenSequence encode(String text) {
                throw new InputException("token 3 has the id 7");
            }

            @Override
            public String id() {
                return "refusing";
            }
        };
        Chunker chunker = Chunker.builder(refusing).build();
        assertThatThrownBy(() -> chunker.chunks(new Document("a\u001bb", "text")))
                .isInstanceOf(InputException.class)
                .hasMessage("document \"a\\u001bb\": token 3 has the id 7");
    }

    private static List<TokenSequence> chunks(Chunker.Builder builder, int characters) {
        return builder.build().chunks(new Document("d", "x".repeat(characters)));
    }

    @Property
    void chunks_all_predictEachTokenOnceAndOverlapByOne(
            @ForAll @IntRange(max = 3000) int characters,
            @ForAll @IntRange(min = 2, max = 300) int length,
            @ForAll @IntRange(min = 1, max = 150) int minTokens) {
        int min = Math.min(minTokens, length / 2);
        List<TokenSequence> chunks = chunks(
                Chunker.builder(CHARACTERS).length(length).minTokens(min).maxChunks(Integer.MAX_VALUE), characters);

        List<Integer> predicted = new ArrayList<>();
        for (TokenSequence chunk : chunks) {
            assertThat(chunk.length()).isBetween(min + 1, length);
            assertThat(chunk.id(0)).isEqualTo(predicted.size());
            for (int i = 1; i < chunk.length(); i++) {
                predicted.add(chunk.id(i));
            }
        }
        if (characters < min) {
            assertThat(chunks).isEmpty();
        } else {
            assertThat(predicted).hasSize(characters);
            for (int i = 0; i < characters; i++) {
                assertThat(predicted.get(i)).isEqualTo(i + 1);
            }
        }
    }

    @Property
    void chunks_withOverlap_shareIt_andLeaveNothingOut(
            @ForAll @IntRange(min = 8, max = 3000) int characters,
            @ForAll @IntRange(min = 16, max = 300) int length,
            @ForAll @IntRange(min = 1, max = 8) int overlap) {
        List<TokenSequence> chunks = chunks(
                Chunker.builder(CHARACTERS).length(length).overlap(overlap).maxChunks(Integer.MAX_VALUE), characters);

        assertThat(chunks.get(0).id(0)).isZero();
        for (int c = 0; c < chunks.size(); c++) {
            TokenSequence chunk = chunks.get(c);
            assertThat(chunk.length()).isBetween(2, length);
            int last = chunk.id(chunk.length() - 1);
            assertThat(c + 1 < chunks.size() ? chunks.get(c + 1).id(0) : characters)
                    .isEqualTo(c + 1 < chunks.size() ? Math.max(0, last - overlap + 1) : last);
        }
        assertThat(chunks).hasSize(characters < length ? 1 : (characters + length - overlap - 1) / (length - overlap));
    }

    @Property
    void chunks_moreThanAllowed_areSomeOfAllInOrder(
            @ForAll @IntRange(min = 100, max = 3000) int characters, @ForAll @IntRange(min = 1, max = 20) int most) {
        Chunker.Builder builder = Chunker.builder(CHARACTERS).length(20);
        List<TokenSequence> all = chunks(builder.maxChunks(Integer.MAX_VALUE), characters);
        List<TokenSequence> some = chunks(builder.maxChunks(most), characters);

        assertThat(some).hasSize(Math.min(most, all.size()));
        assertThat(some).isSubsetOf(all).doesNotHaveDuplicates();
        assertThat(some).isSortedAccordingTo((a, b) -> Integer.compare(a.id(0), b.id(0)));
    }

    @Example
    void chunks_oneAllowed_isTheMiddleOne() {
        assertThat(chunks(Chunker.builder(CHARACTERS).length(11).maxChunks(1).minTokens(1), 50))
                .singleElement()
                .satisfies(chunk -> assertThat(chunk.id(0)).isEqualTo(20));
    }

    @Example
    void options_outOfRange_areAllListed() {
        assertThatThrownBy(() -> Chunker.builder(CHARACTERS)
                        .length(10)
                        .minTokens(6)
                        .maxChunks(0)
                        .overlap(6)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the least length of a document is 6; allowed is 1 to 5, half of the length. the overlap of"
                        + " sequences is 6; allowed is 1 to 5, half of the length. the most sequences of a document"
                        + " are 0; allowed is 1 or more");
    }

    @Property
    void minTokens_ofAShortLength_isHalfOfIt(@ForAll @IntRange(min = 2, max = 40) int length) {
        assertThat(Chunker.builder(CHARACTERS).length(length).build().minTokens())
                .isEqualTo(length < 16 ? length / 2 : 8);
        assertThatThrownBy(() -> Chunker.builder(CHARACTERS)
                        .length(length)
                        .minTokens(length / 2 + 1)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is " + (length / 2 + 1) + "; allowed is 1 to " + length / 2);
    }
}
