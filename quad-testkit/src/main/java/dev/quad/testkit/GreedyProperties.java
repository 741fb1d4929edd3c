// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.SetFunction;
import dev.quad.bandit.submodular.Greedy;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/**
 * Compares greedy with the best of all sets, for functions that claim to be monotone and submodular. Extend it in a
 * class whose name ends with {@code Test}: see {@link SubmodularProperties}.
 */
public abstract class GreedyProperties {

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

    /** Plain and lazy greedy, and the bound. */
    @Property(tries = 300)
    public void greedy_anySize_isNearTheBest(
            @ForAll @IntRange(min = 1, max = 8) int size,
            @ForAll @IntRange(max = 8) int k,
            @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.greedyIsNearTheBest(made(size, key), k);
    }

    /** Stochastic greedy: the same for the same seed, and near the best in the mean of 40 seeds. */
    @Property(tries = 50)
    public void stochastic_meanOfSeeds_isNearTheBest(
            @ForAll @IntRange(min = 2, max = 8) int size,
            @ForAll @IntRange(min = 1, max = 4) int k,
            @ForAll @LongRange(max = 1000) long key) {
        SetFunction function = made(size, key);
        double epsilon = 0.1;
        Greedy.Result once = Greedy.stochastic(function, k, epsilon, new Seed(key));
        assertThat(Greedy.stochastic(function, k, epsilon, new Seed(key))).isEqualTo(once);
        double best = SetFunctionLaws.best(function, k);
        double mean = LongStream.range(0, 40)
                .mapToDouble(seed ->
                        Greedy.stochastic(function, k, epsilon, new Seed(seed)).value())
                .average()
                .orElseThrow();
        assertThat(mean).isGreaterThanOrEqualTo((1 - 1 / Math.E - epsilon) * best - 1e-9 * best);
    }
}
