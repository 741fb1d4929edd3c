// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.SetFunction;
import dev.quad.bandit.submodular.ClusterSaturation;
import dev.quad.bandit.submodular.Greedy;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.PullCounts;
import dev.quad.bandit.submodular.RefitGain;
import dev.quad.bandit.submodular.SecondOrderGain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Claims that are false in general, each with the sets that break it; and the conditions under which they hold. */
class CounterExamplesTest {

    /** Tries all nested sets of up to four items, the small ones first, and prints the first that break the law. */
    private static String find(
            String claim,
            BiFunction<Integer, RandomGenerator, SetFunction> family,
            BiConsumer<SetFunction, Nested> law) {
        for (int size = 1; size <= 4; size++) {
            for (long key = 0; key < 100; key++) {
                SetFunction function = family.apply(size, Numbers.of(key));
                for (int code = 0; code < Math.pow(3, size); code++) {
                    int roles = code;
                    List<Integer> list = new ArrayList<>();
                    for (int item = 0; item < size; item++, roles /= 3) {
                        list.add(roles % 3);
                    }
                    for (int probe = 0; probe < size; probe++) {
                        try {
                            law.accept(function, Nested.of(list, probe));
                        } catch (AssertionError found) {
                            String shown = String.valueOf(found.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElseThrow();
                            System.out.println(claim + " is false: " + shown);
                            return shown;
                        }
                    }
                }
            }
        }
        throw new AssertionError("no counter-example was found to: " + claim);
    }

    private static BitSet set(int... items) {
        return Arrays.stream(items).collect(BitSet::new, BitSet::set, BitSet::or);
    }

    /** S2. */
    @Test
    void sums_withNegativeUtilities_areNotMonotone() {
        assertThat(find(
                        "sums of influence are monotone",
                        (size, random) -> new InfluenceSum(SetFunctionProperties.decimals(size, random, -1.5)),
                        SetFunctionLaws::moreIsWorthNoLess))
                .contains("must not be below");
        assertThat(new InfluenceSum(1, -1).isMonotone()).isFalse();
        assertThat(new InfluenceSum(1, 0).isMonotone()).isTrue();
    }

    /** S1 and S11: gains depend on nothing, so that a copy is worth as much as the original. */
    @Test
    void sums_copies_areWorthTheSame() {
        InfluenceSum sum = new InfluenceSum(0.7, 0.7, -0.2);
        SetFunctionLaws.gainsAreConstant(sum, new Nested(3, set(), set(0, 2), 1));
        SetFunction.Growing growing = sum.start();
        growing.add(0);
        assertThat(growing.gain(1)).isEqualTo(0.7);
    }

    /** S4, found by search. */
    @Test
    void refits_areNotSubmodular() {
        find(
                "the gain of fitting again diminishes",
                (size, random) -> {
                    double[][] features = new double[size][];
                    Arrays.setAll(features, i -> SetFunctionProperties.decimals(2, random, -1.5));
                    return new RefitGain(features, new double[] {1, 0}, 1);
                },
                SetFunctionLaws::gainsDiminish);
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
                .hasMessageContaining("item 1 adds 0.0 to {} and must not add more, 0.066");
        assertThat(gain.isSubmodular()).isFalse();
        assertThatThrownBy(() -> new RefitGain(new double[][] {{1}}, new double[] {1}, 0))
                .hasMessageContaining("without it the curvature has no inverse");
    }

    /** S5: L(θ) = ½θᵀAθ + bᵀθ, θ' = θ − (1/n)Σ d_z, U(z) = ∇L(θ)ᵀd_z. */
    @Test
    void secondOrder_quadraticLoss_isTheLossDecrease() {
        for (long key = 0; key < 300; key++) {
            RandomGenerator random = Numbers.of(key);
            int dimension = 1 + random.nextInt(5);
            int size = 1 + random.nextInt(6);
            double n = 1 + random.nextInt(20);
            double[][] root = gaussians(dimension, dimension, random);
            double[][] curvature = new double[dimension][dimension];
            for (int i = 0; i < dimension; i++) {
                for (int j = 0; j <= i; j++) {
                    curvature[i][j] = dot(root[i], root[j]);
                    curvature[j][i] = curvature[i][j];
                }
            }
            double[] b = gaussians(1, dimension, random)[0];
            double[] theta = gaussians(1, dimension, random)[0];
            double[][] d = gaussians(size, dimension, random);
            double[] gradient = times(curvature, theta);
            Arrays.setAll(gradient, i -> gradient[i] + b[i]);
            double[] utilities = new double[size];
            double[][] terms = new double[size][size];
            for (int z = 0; z < size; z++) {
                utilities[z] = dot(gradient, d[z]);
                for (int y = 0; y <= z; y++) {
                    terms[z][y] = dot(d[z], times(curvature, d[y]));
                    terms[y][z] = terms[z][y];
                }
            }
            SecondOrderGain gain = new SecondOrderGain(utilities, terms, n);
            BitSet chosen = BitSet.valueOf(new long[] {random.nextLong() & ((1L << size) - 1)});
            double[] moved = theta.clone();
            chosen.stream().forEach(z -> Arrays.setAll(moved, i -> moved[i] - d[z][i] / n));
            double before = 0.5 * dot(theta, times(curvature, theta)) + dot(b, theta);
            double after = 0.5 * dot(moved, times(curvature, moved)) + dot(b, moved);
            double scale = Math.abs(before) + Math.abs(after) + 1e-12;
            assertThat(gain.value(chosen)).isCloseTo(before - after, within(1e-10 * scale));
        }
    }

    /** S6: exactly if no term of two items is negative. */
    @Test
    void secondOrder_isSubmodularExactlyIfNoTermIsNegative() {
        int submodular = 0;
        for (long key = 0; key < 200; key++) {
            SecondOrderGain gain = SetFunctionProperties.secondOrder(4, Numbers.of(key), -0.2, -1);
            boolean holds = true;
            for (int code = 0; code < 81 && holds; code++) {
                int roles = code;
                List<Integer> list = List.of(roles % 3, roles / 3 % 3, roles / 9 % 3, roles / 27);
                for (int probe = 0; probe < 4; probe++) {
                    try {
                        SetFunctionLaws.gainsDiminish(gain, Nested.of(list, probe));
                    } catch (AssertionError broken) {
                        holds = false;
                    }
                }
            }
            assertThat(gain.isSubmodular()).as("case %s", key).isEqualTo(holds);
            submodular += holds ? 1 : 0;
        }
        assertThat(submodular).isBetween(20, 180);
        find(
                "the second-order gain diminishes whatever the terms are",
                (size, random) -> SetFunctionProperties.secondOrder(size, random, -1, 0),
                SetFunctionLaws::gainsDiminish);
    }

    /** S7. */
    @Test
    void saturations_weightsOfBothSigns_areNotSubmodular() {
        find(
                "saturation diminishes with weights of both signs",
                (size, random) -> SetFunctionProperties.saturation(size, random, -1.5),
                SetFunctionLaws::gainsDiminish);
        assertThat(new ClusterSaturation(
                                new int[] {0, 0}, new double[] {1, -1}, dev.quad.bandit.submodular.Concave.root())
                        .isSubmodular())
                .isFalse();
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
        assertThat(find(
                        "the square of a sum diminishes",
                        (size, random) -> squares.function(size, random),
                        SetFunctionLaws::gainsDiminish))
                .contains("{0}");
    }

    /** Reading E: greedy on the cluster score with T + 1 is the best, exactly. */
    @Test
    void pulls_greedy_isTheBestAndItsGainIsTheClusterScore() {
        for (long key = 0; key < 200; key++) {
            PullCounts pulls = SetFunctionProperties.pulls(7, Numbers.of(key), 0);
            int k = (int) (key % 8);
            assertThat(Greedy.plain(pulls, k).value()).isCloseTo(SetFunctionLaws.best(pulls, k), within(1e-12));
        }
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
                random.ints(5000, 0, 50).toArray(),
                random.doubles(5000).toArray(),
                dev.quad.bandit.submodular.Concave.root());
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

    private static double[][] gaussians(int rows, int columns, RandomGenerator random) {
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            Arrays.setAll(row, i -> random.nextGaussian());
        }
        return values;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[] times(double[][] matrix, double[] vector) {
        return Arrays.stream(matrix).mapToDouble(row -> dot(row, vector)).toArray();
    }
}
