// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Laws of the cluster score and of the statistics under it. Names in front are those of {@code docs/laws.md}. */
class IndexProperties {
    private static final double ALPHA = 1.0;

    /** Two arms with mean 0, so that an index is its bonus. */
    private static double bonus(int own, int total) {
        ArmTable table = new ArmTable(2, arm -> 1, arm -> 1);
        pull(table, 0, own);
        pull(table, 1, total - own);
        table.reward(0, ArmPolicyTest.rewards(0));
        return Ucb1.absolute(ALPHA).index(table, 0);
    }

    private static void pull(ArmTable table, int arm, int times) {
        for (int i = 0; i < times; i++) {
            table.start(arm);
        }
    }

    /** S8: at a fixed total the bonus falls with the arm's own pulls. */
    @Property(tries = 200)
    void bonus_moreOwnPulls_falls(@ForAll @IntRange(min = 2, max = 300) int total, @ForAll @IntRange(min = 1) int own) {
        int pulls = 1 + own % (total - 1);
        assertThat(bonus(pulls + 1, total)).isLessThan(bonus(pulls, total));
    }

    /** S9: a pull lowers the arm's own bonus, except from (1, 1) and (2, 2). */
    @Property(tries = 200)
    void bonus_afterOwnPull_fallsWithTwoExceptions(
            @ForAll @IntRange(min = 1, max = 300) int total, @ForAll @IntRange(min = 1) int own) {
        int pulls = 1 + own % total;
        double before = bonus(pulls, total);
        double after = bonus(pulls + 1, total + 1);
        if (total == 1 || (total == 2 && pulls == 2)) {
            assertThat(after).isGreaterThan(before);
        } else {
            assertThat(after).isLessThan(before);
        }
    }

    /** S10: a pull of another arm never lowers the bonus. */
    @Property(tries = 200)
    void bonus_afterOtherPull_neverFalls(
            @ForAll @IntRange(min = 1, max = 300) int total, @ForAll @IntRange(min = 1) int own) {
        int pulls = 1 + own % total;
        assertThat(bonus(pulls, total + 1)).isGreaterThanOrEqualTo(bonus(pulls, total));
    }

    private static ArmTable random(long key, double scale, double shift, int[] place) {
        RandomGenerator random = new Seed(key).stream("index");
        ArmTable table = new ArmTable(place.length, arm -> 1, arm -> 1);
        for (int i = 0; i < place.length; i++) {
            pull(table, place[i], 1 + random.nextInt(4));
            double[] rewards = new double[1 + random.nextInt(5)];
            Arrays.setAll(rewards, j -> shift + scale * random.nextGaussian());
            table.reward(place[i], ArmPolicyTest.rewards(rewards));
        }
        return table;
    }

    /** Renaming the arms renames the indices, up to the rounding of the pooled spread. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void index_permutedArms_isPermuted(@ForAll long key) {
        int[] order = {0, 1, 2, 3, 4, 5, 6, 7};
        int[] place = order.clone();
        DrawOrder.shuffle(place, new Seed(key).stream("permutation"));
        ArmTable plain = random(key, 1, 0, order);
        ArmTable permuted = random(key, 1, 0, place);
        for (int arm : order) {
            assertThat(Ucb1.spread(0.5).index(permuted, place[arm]))
                    .isCloseTo(Ucb1.spread(0.5).index(plain, arm), within(1e-12));
        }
    }

    /** Rewards x → a·x + b map the index alike where α is counted in spreads. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void index_affineRewards_isAffine(
            @ForAll long key,
            @ForAll @IntRange(min = -20, max = 20) int exponent,
            @ForAll @DoubleRange(min = -10, max = 10) double b) {
        double a = 1.1 * Math.scalb(1.0, exponent);
        int[] order = {0, 1, 2, 3, 4};
        ArmTable plain = random(key, 1, 0, order);
        ArmTable mapped = random(key, a, b, order);
        for (int arm : order) {
            double expected = a * Ucb1.spread(0.5).index(plain, arm) + b;
            assertThat(Ucb1.spread(0.5).index(mapped, arm)).isCloseTo(expected, within(1e-10 * (a + Math.abs(b))));
        }
    }

    /** Any split into batches gives the same statistics as two passes over all values. */
    @Property(tries = 200)
    void statistics_anySplit_equalTwoPasses(
            @ForAll long key, @ForAll @DoubleRange(min = -1e6, max = 1e6) double shift) {
        RandomGenerator random = new Seed(key).stream("split");
        double[] values = new double[1 + random.nextInt(60)];
        Arrays.setAll(values, i -> shift + random.nextGaussian());
        ArmTable table = new ArmTable(2, arm -> 1, arm -> 1);
        table.start(1);
        for (int from = 0; from < values.length; ) {
            int to = Math.min(values.length, from + random.nextInt(7));
            table.reward(1, ArmPolicyTest.rewards(Arrays.copyOfRange(values, from, to)));
            from = to;
        }
        double mean = Arrays.stream(values).sum() / values.length;
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double variance = values.length < 2 ? 0 : squares / (values.length - 1);
        assertThat(table.scored(1)).isEqualTo(values.length);
        assertThat(table.mean(1)).isCloseTo(mean, within(1e-12 * (1 + Math.abs(shift))));
        assertThat(table.variance(1)).isCloseTo(variance, within(1e-8));
        assertThat(table.rewardSpread()).isCloseTo(Math.sqrt(variance), within(1e-8));
        assertThat(table.mean(0)).isZero();
    }

    /** No NaN, whatever is known. */
    @Property(tries = 1000)
    void index_extremeRewards_isANumber(
            @ForAll @IntRange(max = 3) int pulls,
            @ForAll @IntRange(max = 3) int scored,
            @ForAll @DoubleRange(min = -1e100, max = 1e100) double reward) {
        ArmTable table = new ArmTable(2, arm -> 1, arm -> 1);
        pull(table, 0, pulls);
        for (int i = 0; i < scored; i++) {
            table.start(0);
            table.start(1);
            table.reward(0, ArmPolicyTest.rewards(reward));
            table.reward(1, ArmPolicyTest.rewards(-reward));
        }
        assertThat(Ucb1.spread(1e100).index(table, 0)).isNotNaN();
        assertThat(table.rewardSpread()).isFinite();
    }
}
