// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.SetFunction;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/**
 * Searches for gains that do not diminish. Extend it and make functions, in a class whose name ends with {@code Test},
 * since Maven's Surefire runs no {@code *Properties} unless it is told to:
 *
 * <pre>{@code
 * class CoverageTest extends SubmodularProperties {
 *     protected SetFunction function(int size, RandomGenerator random) {
 *         return new Coverage(random.longs(size).toArray());
 *     }
 * }
 * }</pre>
 *
 * <p>What it finds is shrunk to a small set, and shown with its values. {@link SubmodularContract} is the same for
 * JUnit alone.
 */
public abstract class SubmodularProperties {

    /**
     * A function of the family that is tested.
     *
     * @param size items of the function, in {@code [1, 8]}
     * @param random for its numbers
     */
    protected abstract SetFunction function(int size, RandomGenerator random);

    private SetFunction made(int size, long key) {
        return Answers.made("function(size, random)", function(size, Numbers.of(key)));
    }

    /** Looks for A ⊆ B and v whose gain is larger after B. */
    @Property(tries = 1000)
    public void gains_largerSet_areNotLarger(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 2) Integer> roles,
            @ForAll @IntRange(max = 7) int probe,
            @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.gainsDiminish(made(roles.size(), key), Nested.of(roles, probe));
    }

    /** Looks for A and B with f(A) + f(B) &lt; f(A ∪ B) + f(A ∩ B). */
    @Property(tries = 500)
    public void values_anyTwoSets_obeyTheLattice(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 3) Integer> places,
            @ForAll @LongRange(max = 1000) long key) {
        BitSet one = new BitSet();
        BitSet other = new BitSet();
        for (int item = 0; item < places.size(); item++) {
            one.set(item, (places.get(item) & 1) != 0);
            other.set(item, (places.get(item) & 2) != 0);
        }
        SetFunctionLaws.latticeHolds(made(places.size(), key), one, other);
    }

    /** Looks at all sets of small functions. */
    @Property(tries = 100)
    public void gains_allSets_areNotLargerAfterOneMore(
            @ForAll @IntRange(min = 1, max = 8) int size, @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.isSubmodular(made(size, key));
    }

    /** The empty set, and sets that grow in any order. */
    @Property(tries = 200)
    public void growing_anyOrder_agreesWithValues(@ForAll @IntRange(min = 1, max = 8) int size, @ForAll long key) {
        SetFunction function = made(size, key);
        SetFunctionLaws.emptyIsWorthNothing(function);
        RandomGenerator order = Numbers.of(key + 1);
        double[] ranks = order.doubles(size).toArray();
        SetFunctionLaws.growingAgrees(
                function,
                IntStream.range(0, size)
                        .boxed()
                        .sorted(java.util.Comparator.comparingDouble(item -> ranks[item]))
                        .toList());
    }
}
