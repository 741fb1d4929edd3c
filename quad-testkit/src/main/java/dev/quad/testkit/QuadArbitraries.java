// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.ArmStatistics;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Embeddings;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Inputs of the interfaces, for properties of one's own. All shrink towards small ones. */
public final class QuadArbitraries {
    private QuadArbitraries() {}

    /** Nested sets of a ground set of {@code 1 .. largest} items, and an item outside. */
    public static Arbitrary<Nested> nestedSets(int largest) {
        Arbitrary<List<Integer>> roles =
                Arbitraries.integers().between(0, 2).list().ofMinSize(1).ofMaxSize(largest);
        return Combinators.combine(roles, Arbitraries.integers().between(0, largest - 1))
                .as(Nested::of);
    }

    /** Statistics of {@code 1 .. largest} arms: unknown, without a score, exhausted, equal and unequal ones. */
    public static Arbitrary<ArmStatistics> armStatistics(int largest) {
        return Combinators.combine(Arbitraries.integers().between(1, largest), Arbitraries.longs())
                .as((arms, key) -> TestArms.random(arms, Numbers.of(key)));
    }

    /** Partitions of {@code 1 .. largest} ordinals. */
    public static Arbitrary<Clustering> clusterings(int largest) {
        return Arbitraries.integers()
                .between(0, Math.max(0, Math.min(9, largest - 1)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(largest)
                .map(clusters -> Clustering.of(
                        clusters.stream().mapToInt(Integer::intValue).toArray(), Math.max(1, Math.min(10, largest))));
    }

    /** Finite rows, {@code 1 .. largest} of them, some equal. */
    public static Arbitrary<Embeddings> embeddings(int largest, int dimension) {
        return Combinators.combine(Arbitraries.integers().between(1, largest), Arbitraries.longs())
                .as((rows, key) -> {
                    RandomGenerator random = Numbers.of(key);
                    float[] values = new float[rows * dimension];
                    boolean coarse = random.nextBoolean();
                    for (int i = 0; i < values.length; i++) {
                        values[i] = coarse ? random.nextInt(2) : (float) random.nextGaussian();
                    }
                    return Embeddings.of(values, dimension);
                });
    }

    /** Pools of {@code 1 .. largest} documents, which are their ordinals, of 0 to 100 tokens. */
    public static Arbitrary<CandidatePool<Integer>> pools(int largest) {
        return Arbitraries.integers()
                .between(0, 100)
                .list()
                .ofMinSize(1)
                .ofMaxSize(largest)
                .map(tokens -> CandidatePool.of(
                        IntStream.range(0, tokens.size()).boxed().toList(),
                        tokens::get,
                        Arrays.toString(tokens.toArray())));
    }
}
