// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.SetFunction;
import dev.quad.bandit.submodular.Greedy;
import dev.quad.bandit.submodular.InfluenceSum;
import dev.quad.bandit.submodular.PullCounts;
import dev.quad.bandit.submodular.SecondOrderGain;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** What holds of single readings, beyond the laws of {@link SetFunctionProperties}. */
class ReadingProperties {

    @Provide
    Arbitrary<Nested> sets() {
        return QuadArbitraries.nestedSets(8);
    }

    /** S1: the gain of an item depends on nothing. */
    @Property(tries = 500)
    void s1_sums_gainsAreConstant(@ForAll("sets") Nested sets, @ForAll @LongRange(max = 1000) long key) {
        SetFunctionLaws.gainsAreConstant(
                new InfluenceSum(SetFunctionProperties.decimals(sets.size(), Numbers.of(key), -1.5)), sets);
    }

    /** S11: so a copy of an item that is in the set already adds what the original added. */
    @Property(tries = 500)
    void s11_sums_copyAddsAsMuchAsTheOriginal(@ForAll("sets") Nested sets, @ForAll @LongRange(max = 1000) long key) {
        double[] utilities = SetFunctionProperties.decimals(sets.size(), Numbers.of(key), -1.5);
        double[] withCopy = Arrays.copyOf(utilities, utilities.length + 1);
        withCopy[utilities.length] = utilities[sets.probe()];
        SetFunction.Growing growing = new InfluenceSum(withCopy).start();
        sets.large().stream().forEach(growing::add);
        double gain = growing.gain(sets.probe());
        growing.add(sets.probe());
        assertThat(growing.gain(utilities.length)).isEqualTo(gain);
    }

    /** S5: for L(θ) = ½θᵀAθ + bᵀθ, θ' = θ − (1/n)Σ d_z and U(z) = ∇L(θ)ᵀd_z, reading C is the loss decrease. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void s5_secondOrder_quadraticLoss_isTheLossDecrease(
            @ForAll long key,
            @ForAll @IntRange(min = 1, max = 5) int dimension,
            @ForAll @IntRange(min = 1, max = 6) int size,
            @ForAll @IntRange(min = 1, max = 20) int n) {
        RandomGenerator random = Numbers.of(key);
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

    /** S6: submodular exactly if no term of two items is negative. All nested sets of four items are tried. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void s6_secondOrder_isSubmodularExactlyIfNoTermIsNegative(@ForAll long key) {
        SecondOrderGain gain = SetFunctionProperties.secondOrder(4, Numbers.of(key), -0.2, -1);
        assertThat(gain.isSubmodular()).isEqualTo(gainsDiminish(gain));
    }

    private static boolean gainsDiminish(SecondOrderGain gain) {
        for (int code = 0; code < 81; code++) {
            List<Integer> roles = List.of(code % 3, code / 3 % 3, code / 9 % 3, code / 27);
            for (int probe = 0; probe < 4; probe++) {
                try {
                    SetFunctionLaws.gainsDiminish(gain, Nested.of(roles, probe));
                } catch (AssertionError broken) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Reading E: greedy on the cluster score with T + 1 is the best, exactly. */
    @Property(tries = 200)
    void pulls_greedy_isTheBest(@ForAll @LongRange(max = 1000) long key, @ForAll @IntRange(max = 7) int k) {
        PullCounts pulls = SetFunctionProperties.pulls(7, Numbers.of(key), 0);
        assertThat(Greedy.plain(pulls, k).value()).isCloseTo(SetFunctionLaws.best(pulls, k), within(1e-12));
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
