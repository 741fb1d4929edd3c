// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.SetFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/**
 * Searches for a larger set that is worth less. Extend it and make functions, in a class whose name ends with
 * {@code Test}: see {@link SubmodularProperties}. {@link MonotoneContract} is the same for JUnit alone.
 */
public abstract class MonotoneProperties {

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

    /** Looks for A ⊆ B with f(A) &gt; f(B). */
    @Property(tries = 500)
    public void value_largerSet_isNotSmaller(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 2) Integer> roles,
            @ForAll @LongRange(max = 1000) long key) {
        List<Integer> withProbe =
                new ArrayList<>(roles); // the probe is an item more, so that any of the others may be in
        withProbe.add(0);
        SetFunctionLaws.moreIsWorthNoLess(made(roles.size(), key), Nested.of(withProbe, roles.size()));
    }

    /** Looks at all sets of small functions. */
    @Property(tries = 100)
    public void value_allSets_areNotSmallerWithOneMore(
            @ForAll @IntRange(min = 1, max = 8) int size, @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.isMonotone(made(size, key));
    }
}
