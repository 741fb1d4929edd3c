// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The small values that cross modules. */
class ValuesTest {
    @Test
    void scores_flagged_haveAReasonAndNoValue() {
        InfluenceScores scores = InfluenceScores.builder()
                .add(-1.5)
                .flag("too short")
                .countTokens(7)
                .countTokens(3)
                .build();

        assertThat(scores.size()).isEqualTo(2);
        assertThat(scores.isScored(0)).isTrue();
        assertThat(scores.value(0)).isEqualTo(-1.5);
        assertThat(scores.reason(0)).isEmpty();
        assertThat(scores.isScored(1)).isFalse();
        assertThat(scores.reason(1)).contains("too short");
        assertThat(scores.tokens()).isEqualTo(10);
        assertThat(scores).hasToString("[-1.5, too short]");
        assertThatThrownBy(() -> scores.value(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("item 1 was not scored: too short");
    }

    @Test
    void scores_notFinite_areRefused() {
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThatThrownBy(() -> InfluenceScores.of(1, value))
                    .hasMessage("item 1 has the score " + value
                            + "; a score is finite: flag what cannot be scored, with the reason");
        }
    }

    @Test
    void scores_equal_ifAllIsEqual() {
        assertThat(InfluenceScores.of(1, 2))
                .isEqualTo(InfluenceScores.of(1, 2))
                .hasSameHashCodeAs(InfluenceScores.of(1, 2));
        assertThat(InfluenceScores.of(0))
                .isNotEqualTo(InfluenceScores.builder().flag("no").build());
        assertThat(InfluenceScores.of(1)).isNotEqualTo(InfluenceScores.of(2));
    }

    @Test
    void budget_counts_whatItSays() {
        assertThat(Budget.documents(3).cost(100)).isEqualTo(1);
        assertThat(Budget.tokens(3).cost(100)).isEqualTo(100);
        assertThatThrownBy(() -> Budget.tokens(0)).hasMessage("the budget is 0 tokens; allowed is 1 or more");
    }

    @Test
    void fingerprint_isInjectiveInItsParts() {
        assertThat(List.of(
                        Fingerprint.of("k").add("ab").add("c").hex(),
                        Fingerprint.of("k").add("a").add("bc").hex(),
                        Fingerprint.of("k").add("abc").hex(),
                        Fingerprint.of("k").add("abc").add("").hex(),
                        Fingerprint.of("kabc").hex(),
                        Fingerprint.of("k").add(1).hex(),
                        Fingerprint.of("k").add(2).hex()))
                .doesNotHaveDuplicates()
                .allMatch(hex -> hex.matches("[0-9a-f]{64}"));
        ByteBuffer bytes = ByteBuffer.wrap("abc".getBytes(StandardCharsets.UTF_8));
        assertThat(Fingerprint.of("k").add(bytes).hex())
                .isEqualTo(Fingerprint.of("k").add("abc").hex());
        assertThat(bytes.remaining()).isZero();
    }

    @Property
    void bytes_ofAnyText_areItsUtf8(@ForAll String text) {
        TokenSequence tokens = Tokenizer.bytes().encode(text);

        byte[] expected = text.getBytes(StandardCharsets.UTF_8);
        assertThat(tokens.length()).isEqualTo(expected.length + 1);
        assertThat(tokens.id(0)).isEqualTo(256);
        assertThat(IntStream.range(0, expected.length).map(i -> tokens.id(i + 1)))
                .containsExactlyElementsOf(IntStream.range(0, expected.length)
                        .mapToObj(i -> expected[i] & 0xFF)
                        .toList());
        assertThat(Tokenizer.bytes().vocabularySize()).isEqualTo(257);
    }

    @Test
    void tokens_areCopied_andAtLeastOne() {
        int[] ids = {1, 2, 3};
        TokenSequence tokens = TokenSequence.of(ids);
        ids[0] = 9;

        assertThat(tokens).isEqualTo(TokenSequence.of(1, 2, 3)).hasToString("[1, 2, 3]");
        assertThat(tokens.slice(1, 3)).isEqualTo(TokenSequence.of(2, 3));
        assertThatThrownBy(TokenSequence::of).hasMessage("a token sequence has at least one token");
    }

    @Test
    void embeddings_readBlocks() {
        Embeddings embeddings = Embeddings.of(new float[] {1, 2, 3, 4, 5, 6}, 2);
        FloatBuffer target = FloatBuffer.allocate(5).position(1);

        embeddings.read(1, 2, target);

        assertThat(embeddings.rows()).isEqualTo(3);
        assertThat(target.position()).isEqualTo(5);
        assertThat(target.array()).containsExactly(0, 3, 4, 5, 6);
        assertThatThrownBy(() -> Embeddings.of(new float[5], 2))
                .hasMessageStartingWith("dimension 2 does not divide 5");
        assertThatThrownBy(() -> Embeddings.of(new float[5], 0)).hasMessageContaining("a dimension of 1 or more");
    }

    @Test
    void pool_overAList_keepsItsOwnCopy() {
        List<String> items = new ArrayList<>(List.of("a", "bcd"));
        CandidatePool<String> pool = CandidatePool.of(items, String::length, "two");
        items.clear();

        assertThat(pool.size()).isEqualTo(2);
        assertThat(pool.get(1)).isEqualTo("bcd");
        assertThat(pool.tokens(1)).isEqualTo(3);
        assertThat(pool.fingerprint()).isEqualTo("two");
        assertThatThrownBy(() -> pool.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> CandidatePool.of(List.of("a"), item -> -1, "x"))
                .hasMessage("item 0 costs -1 tokens; a cost is 0 or more");
    }

    @Test
    void reference_empty_isRefused() {
        assertThat(ReferenceSet.of(List.of("a")).items()).containsExactly("a");
        assertThatThrownBy(() -> ReferenceSet.of(List.of())).hasMessageStartingWith("the reference set is empty");
    }

    @Test
    void selection_copiesWhatCanChange() {
        List<Selection.Choice> choices =
                new ArrayList<>(List.of(new Selection.Choice(4, OptionalDouble.of(1.5), 2, 1)));
        Map<String, String> manifest = new HashMap<>(Map.of("seed", "1"));
        Selection selection = new Selection(
                choices, StopReason.BUDGET, new Selection.Costs(1, 2, 3, 0, 4, 1, 1, OptionalDouble.empty()), manifest);
        choices.clear();
        manifest.clear();

        assertThat(selection.choices()).hasSize(1);
        assertThat(selection.manifest()).containsEntry("seed", "1");
        assertThat(selection.stopReason().words()).isEqualTo("the budget is used");
    }
}
