// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Mistakes that users make with the values that cross modules, and what they are told. */
class MisuseTest {
    private static final OptionalDouble NONE = OptionalDouble.empty();

    private static DynamicTest misuse(String name, ThrowingCallable call, Class<?> type, String... words) {
        return dynamicTest(
                name, () -> assertThatThrownBy(call).isInstanceOf(type).hasMessageContainingAll(words));
    }

    private static DynamicTest argument(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IllegalArgumentException.class, words);
    }

    private static DynamicTest index(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, IndexOutOfBoundsException.class, words);
    }

    private static DynamicTest absent(String name, ThrowingCallable call, String... words) {
        return misuse(name, call, NullPointerException.class, words);
    }

    /** What a caller without null checks hands over. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    private static Selection.Costs costs(long documents, long tokens, int rounds, long pulls) {
        return new Selection.Costs(documents, tokens, 0, 0, 0, rounds, pulls, NONE);
    }

    @TestFactory
    Stream<DynamicTest> scores() {
        InfluenceScores.Builder two = InfluenceScores.builder().add(1).add(2);
        return Stream.of(
                absent(
                        "the message of an exception that has none as a reason",
                        () -> two.flag(nothing()),
                        "item 2 is flagged with the reason null",
                        "toString()"),
                argument("a negative count of tokens", () -> two.countTokens(-4), "counts -4 tokens", "0 or more"),
                argument("a score of NaN", () -> two.add(Double.NaN), "item 2 has the score NaN", "flag"),
                argument("a score that overflowed", () -> two.add(1 / 0.0), "item 2 has the score Infinity", "flag"),
                argument("an array with NaN", () -> InfluenceScores.of(0, Double.NaN), "item 1 has the score NaN"),
                misuse(
                        "the value of a flagged item",
                        () -> InfluenceScores.builder()
                                .flag("too short")
                                .build()
                                .value(0),
                        IllegalStateException.class,
                        "item 0 was not scored: too short"),
                index("a score too many", () -> InfluenceScores.of(1, 2).value(2), "item 2 is asked for", "[0, 2)"),
                index("the reason of none", () -> InfluenceScores.of(1, 2).reason(-1), "item -1 is asked for"),
                index("whether none is scored", () -> InfluenceScores.of().isScored(0), "item 0 is asked for"),
                absent(
                        "an estimator of items that nothing makes",
                        () -> new Constant().from(nothing()),
                        "what makes the item is null"),
                absent(
                        "an estimator of items that are made null",
                        () -> new Constant().from(item -> nothing()).score(List.of("a")),
                        "made null"));
    }

    private static final class Constant implements InfluenceEstimator<String> {
        @Override
        public InfluenceScores score(List<? extends String> items) {
            return InfluenceScores.of(new double[items.size()]);
        }

        @Override
        public String fingerprint() {
            return "constant";
        }
    }

    @TestFactory
    Stream<DynamicTest> tokens() {
        TokenSequence four = TokenSequence.of(1, 2, 3, 4);
        return Stream.of(
                argument("no tokens", TokenSequence::of, "at least one token"),
                argument("a negative token", () -> TokenSequence.of(3, -1), "token 1 has the id -1", "0 or more"),
                index("a token beyond the last", () -> four.id(4), "token 4 is asked for; allowed is [0, 4)"),
                index("a slice beyond the end", () -> four.slice(2, 99), "[2, 99)", "of 4", "0 <= from < to <= 4"),
                index("a slice before the start", () -> four.slice(-1, 2), "[-1, 2)", "of 4"),
                index("a slice turned round", () -> four.slice(3, 1), "[3, 1)", "from < to"),
                index("an empty slice", () -> four.slice(2, 2), "[2, 2)", "from < to"));
    }

    @TestFactory
    Stream<DynamicTest> poolsAndSets() {
        List<String> withNull = Arrays.asList("a", nothing(), "c");
        return Stream.of(
                argument("no budget", () -> Budget.documents(0), "the budget is 0 documents", "1 or more"),
                argument("a negative budget", () -> Budget.tokens(-5), "the budget is -5 tokens"),
                absent("a budget of nothing", () -> new Budget(3, nothing()), "unit", "DOCUMENTS and TOKENS"),
                absent(
                        "a pool without a fingerprint",
                        () -> CandidatePool.of(List.of("a"), String::length, nothing()),
                        "fingerprint of the pool is null"),
                argument(
                        "a pool with an empty fingerprint",
                        () -> CandidatePool.of(List.of("a"), String::length, ""),
                        "fingerprint of the pool is \"\"; give a digest"),
                absent(
                        "a pool with a hole",
                        () -> CandidatePool.of(withNull, item -> 1, "p"),
                        "item 1 of the pool is null"),
                index(
                        "a document that is not there",
                        () -> CandidatePool.of(List.of("a"), item -> 1, "p").get(1),
                        "document 1 is asked for; allowed is [0, 1)"),
                index(
                        "the tokens of a document that is not there",
                        () -> CandidatePool.of(List.of("a"), item -> 1, "p").tokens(-1),
                        "document -1 is asked for"),
                absent("a pool of no list", () -> CandidatePool.of(nothing(), item -> 1, "p"), "the pool is null"),
                argument(
                        "a negative cost",
                        () -> CandidatePool.of(List.of("a", "b"), item -> item.equals("b") ? -1 : 1, "p"),
                        "item 1 costs -1 tokens"),
                argument("no reference", () -> ReferenceSet.of(List.of()), "the reference set is empty"),
                absent("a reference with a hole", () -> ReferenceSet.of(withNull), "item 1 of the reference set"),
                absent("no list of references", () -> ReferenceSet.of(nothing()), "the reference set is null"),
                absent("a fingerprint of null", () -> Fingerprint.of("k").add((String) nothing()), "text", "null"),
                misuse(
                        "a fingerprint taken twice",
                        () -> {
                            Fingerprint taken = Fingerprint.of("k");
                            taken.hex();
                            taken.hex();
                        },
                        IllegalStateException.class,
                        "was taken; start another"),
                misuse(
                        "a fingerprint added to when it was taken",
                        () -> {
                            Fingerprint taken = Fingerprint.of("k");
                            taken.hex();
                            taken.add("more");
                        },
                        IllegalStateException.class,
                        "was taken; start another"));
    }

    @TestFactory
    Stream<DynamicTest> embeddings() {
        Embeddings three = Embeddings.of(new float[6], 2);
        FloatBuffer room = FloatBuffer.allocate(99);
        return Stream.of(
                argument(
                        "a dimension that does not divide",
                        () -> Embeddings.of(new float[5], 2),
                        "2 does not divide 5"),
                argument("a dimension of 0", () -> Embeddings.of(new float[4], 0), "a dimension of 1 or more"),
                argument("a negative dimension", () -> Embeddings.of(new float[4], -2), "a dimension of 1 or more"),
                absent("no values", () -> Embeddings.of((float[]) nothing(), 2), "values of the embeddings are null"),
                index("rows beyond the end", () -> three.read(2, 2, room), "2 rows from row 2 on", "of 3"),
                index("a negative row", () -> three.read(-1, 1, room), "1 rows from row -1 on", "of 3"),
                index("a negative count", () -> three.read(1, -1, room), "-1 rows from row 1 on"),
                argument(
                        "a target that is too small for all",
                        () -> three.readFully(0, 3, FloatBuffer.allocate(5)),
                        "room for 5 values",
                        "3 rows of dimension 2"),
                misuse(
                        "rows that are not written",
                        () -> new Silent().readFully(4, 2, room),
                        IllegalStateException.class,
                        "MisuseTest$Silent wrote 0 of the 6 values of 2 rows of 3 from row 4 on",
                        "row 4 is not there"),
                argument(
                        "a target that is too small",
                        () -> three.read(0, 2, FloatBuffer.allocate(3)),
                        "room for 3 values",
                        "2 rows of 2 need 4"));
    }

    private static final class Silent implements Embeddings {
        @Override
        public int rows() {
            return 9;
        }

        @Override
        public int dimension() {
            return 3;
        }

        @Override
        public void read(int firstRow, int rowCount, FloatBuffer target) {}
    }

    @TestFactory
    Stream<DynamicTest> clusterings() {
        Clustering bare = Clustering.of(new int[] {0, 1, 0}, 2);
        Clustering centred = Clustering.of(new int[] {0, 1, 0}, 2, new float[4]);
        return Stream.of(
                argument("a negative number of clusters", () -> Clustering.of(new int[0], -1), "clusters is -1"),
                argument("a cluster too high", () -> Clustering.of(new int[] {0, 3}, 3), "ordinal 1", "[0, 3)"),
                argument("a negative cluster", () -> Clustering.of(new int[] {-1}, 3), "ordinal 0", "cluster -1"),
                argument("a ragged centre", () -> Clustering.of(new int[] {0}, 2, new float[3]), "3 centre values"),
                index("a centre too high, of none", () -> bare.centre(7), "cluster 7", "[0, 2)"),
                index("a centre too high", () -> centred.centre(7), "cluster 7", "[0, 2)"),
                index("a negative centre", () -> centred.centre(-1), "cluster -1", "[0, 2)"),
                index("the size of a cluster too high", () -> bare.size(2), "cluster 2", "[0, 2)"),
                index("a member of a cluster too high", () -> bare.member(2, 0), "cluster 2", "[0, 2)"),
                index("a member too high", () -> bare.member(1, 1), "member 1 is asked for", "[0, 1)"),
                index("an ordinal too high", () -> bare.clusterOf(3), "ordinal 3 is asked for; allowed is [0, 3)"),
                misuse(
                        "a centre of NaN",
                        () -> Clustering.of(new int[] {0, 1}, 2, new float[] {0, 1, Float.NaN, 2}),
                        NumericalException.class,
                        "the centre of cluster 1 holds the value NaN"));
    }

    @TestFactory
    Stream<DynamicTest> selections() {
        List<Selection.Choice> choices = List.of();
        Selection.Costs costs = costs(0, 0, 0, 0);
        return Stream.of(
                argument(
                        "a choice of all that is wrong",
                        () -> new Selection.Choice(-5, OptionalDouble.of(Double.NaN), -9, -3),
                        "ordinal -5",
                        "score NaN",
                        "arm -9",
                        "round -3"),
                argument("a negative ordinal", () -> new Selection.Choice(-1, NONE, -1, 0), "ordinal -1"),
                argument("an arm below none", () -> new Selection.Choice(0, NONE, -2, 0), "arm -2"),
                argument("a negative round", () -> new Selection.Choice(0, NONE, 0, -1), "round -1"),
                argument(
                        "an infinite score",
                        () -> new Selection.Choice(0, OptionalDouble.of(-1 / 0.0), 0, 1),
                        "score -Infinity",
                        "finite"),
                absent("a score that is null", () -> new Selection.Choice(0, nothing(), 0, 1), "score", "null"),
                argument("negative costs", () -> costs(-1, 0, 0, 0), "-1 documents", "0 or more"),
                argument("negative tokens", () -> costs(0, -7, 0, 0), "-7", "0 or more"),
                argument("negative rounds", () -> costs(0, 0, -2, 0), "-2 rounds"),
                argument("negative pulls", () -> costs(0, 0, 0, -3), "-3 pulls"),
                argument(
                        "operations that are not finite",
                        () -> new Selection.Costs(0, 0, 0, 0, 0, 0, 0, OptionalDouble.of(1 / 0.0)),
                        "operations are Infinity"),
                absent(
                        "operations that are null",
                        () -> new Selection.Costs(0, 0, 0, 0, 0, 0, 0, nothing()),
                        "flops are null"),
                absent(
                        "no reason to stop",
                        () -> new Selection(choices, nothing(), costs, Map.of()),
                        "stop reason of the selection is null"),
                absent(
                        "no costs",
                        () -> new Selection(choices, StopReason.BUDGET, nothing(), Map.of()),
                        "costs of the selection are null"));
    }
}
