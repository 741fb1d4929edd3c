// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;

/** KL-UCB against its definition, and its short cuts against full work. */
class KlUcbProperties {

    /** The root by bisection in q, and how far the divergence is from the limit there. */
    private static double bisected(double p, double limit) {
        double low = p;
        double high = 1;
        for (int step = 0; step < 200; step++) {
            double middle = 0.5 * (low + high);
            if (divergence(p, middle) > limit) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return low;
    }

    /** kl(p, q), with 0·ln 0 = 0. */
    private static double divergence(double p, double q) {
        double ofOnes = p == 0 ? 0 : p * Math.log(p / q);
        return ofOnes + (p == 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q)));
    }

    /** Where q does not round to 1, bisection finds the same. */
    @Property(tries = 1000)
    void index_isTheEdgeOfTheDivergence(
            @ForAll @DoubleRange(min = 0, max = 1) @Scale(6) double p,
            @ForAll @DoubleRange(min = 0, max = 8) @Scale(9) double limit) {
        double u = KlUcb.exponent(p, limit);
        double q = -Math.expm1(-u);
        assertThat(u).isFinite();
        assertThat(q).isCloseTo(bisected(p, limit), within(1e-8));
        assertThat(q).isBetween(p - 1e-15, Math.min(1, p + Math.sqrt(limit / 2)) + 1e-15);
    }

    /** Where it does, the equation in u holds still. */
    @Property(tries = 1000)
    void index_manyArms_isARootStill(
            @ForAll @DoubleRange(min = 0, max = 0.999) @Scale(6) double p,
            @ForAll @DoubleRange(min = 1, max = 100) @Scale(6) double limit) {
        double u = KlUcb.exponent(p, limit);
        double entropy = -(p == 0 ? 0 : p * Math.log(p)) - (1 - p) * Math.log(1 - p);
        assertThat((1 - p) * u - p * Math.log1p(-Math.exp(-u))).isCloseTo(limit + entropy, within(1e-10 * limit));
    }

    /** Rewards on a grid, so that many arms are equal; some below 0 or above 1 of the six units. */
    private static ArmTable arms(int arms, RandomGenerator random) {
        int[] left = IntStream.range(0, arms).map(arm -> random.nextInt(8)).toArray();
        ArmTable table = new ArmTable(arms, arm -> 9, arm -> left[arm]);
        boolean coarse = random.nextBoolean();
        int most = 1 + random.nextInt(40);
        for (int arm = 0; arm < arms; arm++) {
            for (int pull = random.nextInt(most); pull > 0; pull--) {
                table.start(arm);
                table.reward(arm, coarse ? random.nextInt(5) / 4.0 : random.nextDouble() * random.nextDouble());
            }
        }
        return table;
    }

    /** The arms chosen are those of full work, ties included. */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void arms_turnedAwayEarly_areNotAmongTheBest(
            @ForAll long key,
            @ForAll @IntRange(min = 1, max = 400) int arms,
            @ForAll @IntRange(min = 1, max = 60) int count) {
        RandomGenerator random = new Seed(key).stream("arms");
        ArmTable table = arms(arms, random);
        RewardUnit unit = List.of(RewardUnit.values()).get(random.nextInt(3));
        KlUcb policy = new KlUcb(random.nextInt(2) * 3.0, unit);
        RandomGenerator ranks = new Seed(key).stream("ranks");
        long[] rank = ranks.longs(arms).toArray();
        KlUcb.Score score = policy.new Score(table);
        assertThat(policy.select(table, count, new Seed(key).stream("ranks")))
                .containsExactly(IntStream.range(0, arms)
                        .filter(arm -> table.remaining(arm) > 0)
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer arm) -> -score.of(arm, 0))
                                .thenComparingLong(arm -> rank[arm]))
                        .limit(count)
                        .mapToInt(Integer::intValue)
                        .toArray());
    }
}
