// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.SetFunction;
import dev.quad.bandit.submodular.ClusterSaturation;
import dev.quad.bandit.submodular.Concave;
import dev.quad.bandit.submodular.Greedy;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.PullCounts;
import dev.quad.bandit.submodular.RefitGain;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Fixed cases of the readings, and what greedy says where nothing is proven. */
class ReadingsTest {

    private static BitSet set(int... items) {
        return Arrays.stream(items).collect(BitSet::new, BitSet::set, BitSet::or);
    }

    /** S4, the fixed case. */
    @Test
    void refits_fixedCase_hasTheseValues() {
        RefitGain gain = new RefitGain(new double[][] {{1, 1}, {0, 1}}, new double[] {1, 0}, 1);
        assertThat(gain.value(set())).isZero();
        assertThat(gain.value(set(1))).isCloseTo(0, within(1e-15));
        assertThat(gain.value(set(0))).isCloseTo(1.0 / 3, within(1e-15));
        assertThat(gain.value(set(0, 1))).isCloseTo(2.0 / 5, within(1e-15));
        assertThatThrownBy(() -> SetFunctionLaws.gainsDiminish(gain, new Nested(2, set(), set(0), 1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("item 1 adds 0.0 to {} and must not add more, 0.066")
                .satisfies(found -> System.out.println("refits have diminishing gains is false: "
                        + String.valueOf(found.getMessage())
                                .strip()
                                .lines()
                                .findFirst()
                                .orElse("")));
        assertThat(gain.isSubmodular()).isFalse();
        assertThat(new ClusterSaturation(new int[] {0, 0}, new double[] {1, -1}, Concave.root()).isSubmodular())
                .isFalse();
        assertThat(new InfluenceSum(1, -1).isMonotone()).isFalse();
        assertThat(new InfluenceSum(1, 0).isMonotone()).isTrue();
        assertThatThrownBy(() -> new RefitGain(new double[][] {{1}}, new double[] {1}, 0))
                .hasMessageContaining("without it the curvature has no inverse");
    }

    /** The generators are strong enough to break a function that is the other way round. */
    @Test
    void negativeControl_squareOfASum_isFound() {
        SubmodularProperties squares = new SubmodularProperties() {
            @Override
            protected SetFunction function(int size, RandomGenerator random) {
                return new SetFunction() {
                    @Override
                    public int size() {
                        return size;
                    }

                    @Override
                    public double value(BitSet set) {
                        return (double) set.cardinality() * set.cardinality();
                    }
                };
            }
        };
        assertThatThrownBy(() -> squares.gains_largerSet_areNotLarger(List.of(1, 0), 1, 0))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("item 1 adds 1.0 to {} and must not add more, 3.0, to {0}");
        assertThatThrownBy(() -> squares.values_anyTwoSets_obeyTheLattice(List.of(1, 2), 0))
                .isInstanceOf(AssertionError.class);
        squares.growing_anyOrder_agreesWithValues(4, 0);
    }

    /** Reading E. */
    @Test
    void pulls_gain_isTheClusterScore() {
        PullCounts counts = new PullCounts(new double[] {0.3}, new int[] {4}, 0.5 * Math.sqrt(2 * Math.log(10)));
        SetFunction.Growing growing = counts.start();
        growing.add(0);
        growing.add(1);
        assertThat(growing.gain(2)).isCloseTo(0.3 + 0.5 * Math.sqrt(2 * Math.log(10) / 3), within(1e-15));
    }

    @Test
    void greedy_noProof_saysNothing() {
        assertThat(Greedy.plain(new InfluenceSum(3, -1, 2), 3).guarantee()).isEmpty();
        assertThat(Greedy.plain(new InfluenceSum(3, -1, 2), 3).items()).containsExactly(0, 2);
        assertThat(Greedy.lazy(new InfluenceSum(3, 1, 2), 2).guarantee().orElseThrow())
                .isCloseTo(0.632, within(1e-3));
        RefitGain refit = new RefitGain(new double[][] {{1, 1}, {0, 1}}, new double[] {1, 0}, 1);
        assertThat(Greedy.plain(refit, 2).guarantee()).isEmpty();
        assertThatThrownBy(() -> Greedy.lazy(refit, 2)).hasMessageContaining("does not claim to be submodular");
        assertThatThrownBy(() -> Greedy.upperBound(refit, List.of(), 2)).hasMessageContaining("no bound holds");
        assertThatThrownBy(() -> Greedy.stochastic(refit, 2, 1, new dev.quad.Seed(1)))
                .hasMessage("epsilon is 1.0; allowed is (0, 1)");
        assertThat(Greedy.plain(new InfluenceSum(), 3).items()).isEmpty();
        assertThatThrownBy(() -> Greedy.plain(refit, -1)).hasMessageContaining("allowed is 0 or more");
    }

    /** Lazy greedy works out far fewer gains than there are. */
    @Test
    void lazy_largeFunction_worksOutFewGains() {
        RandomGenerator random = Numbers.of(1);
        ClusterSaturation function = new ClusterSaturation(
                random.ints(5000, 0, 50).toArray(), random.doubles(5000).toArray(), Concave.root());
        Greedy.Result lazy = Greedy.lazy(function, 300);
        assertThat(lazy.items()).hasSize(300).doesNotHaveDuplicates();
        assertThat(lazy.evaluations()).isLessThan(300L * 5000 / 20);
        Greedy.Result sampled = Greedy.stochastic(function, 300, 0.05, new dev.quad.Seed(2));
        assertThat(sampled.value()).isGreaterThan(0.9 * lazy.value());
        assertThat(sampled.evaluations()).isLessThanOrEqualTo((long) (5000 * 3.1 + 300));
        assertThat(Greedy.upperBound(function, lazy.items(), 300)).isGreaterThanOrEqualTo(lazy.value());
        assertThat(IntStream.range(1, 300))
                .allMatch(i -> lazy.gains().get(i) <= lazy.gains().get(i - 1) + 1e-12);
    }
}
