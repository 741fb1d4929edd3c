// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Seed;
import dev.quad.bandit.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Verdicts on data that are drawn: how often they are wrong, and how often right. */
class VerdictTest {
    private static final int DRAWS = 4000;
    private static final int TASKS = 8;
    private static final int SEEDS = 3;
    /** The half of 5 %, and five standard deviations of such a share: {@code √(0.025·0.975/4000) = 0.0025}. */
    private static final double HALF = 0.025 + 5 * 0.0025;

    private static final Contrast.Below BELOW = new Contrast.Below(0);

    /** The share of draws of tasks that differ by their own, and of seeds of them, with a verdict. */
    private static double share(Contrast.Wanted wanted, double effect, double ofTasks, int tasks, Verdict verdict) {
        RandomGenerator random = new Seed(1).stream("draws");
        int count = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            double[][] values = new double[tasks][SEEDS];
            for (double[] seeds : values) {
                double own = effect + ofTasks * random.nextGaussian();
                for (int s = 0; s < SEEDS; s++) {
                    seeds[s] = own + random.nextGaussian();
                }
            }
            count += wanted.verdict(Contrast.interval(Contrast.drawn(values))) == verdict ? 1 : 0;
        }
        return (double) count / DRAWS;
    }

    @Test
    void verdict_whereNothingIsDifferent_isSeldomWrong() {
        for (double ofTasks : new double[] {0, 1, 10}) {
            assertThat(share(BELOW, 0, ofTasks, TASKS, Verdict.HOLDS)).isBetween(0.01, HALF);
            assertThat(share(BELOW, 0, ofTasks, TASKS, Verdict.DOES_NOT_HOLD)).isBetween(0.01, HALF);
        }
    }

    @Test
    void verdict_ofSeedsAsIfTheyWereTasks_wouldBeWrong() {
        RandomGenerator random = new Seed(2).stream("draws");
        int told = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            double[] all = new double[TASKS * SEEDS];
            for (int t = 0; t < TASKS; t++) {
                double own = 3 * random.nextGaussian();
                for (int s = 0; s < SEEDS; s++) {
                    all[t * SEEDS + s] = own + random.nextGaussian();
                }
            }
            told += BELOW.verdict(Interval.of(all)) == Verdict.CANNOT_BE_TOLD ? 0 : 1;
        }
        assertThat((double) told / DRAWS).as("0.05 is allowed").isGreaterThan(0.15);
    }

    @Test
    void verdict_ofAnEffectOfTwiceTheNoise_isTold() {
        assertThat(share(BELOW, -2, 1, TASKS, Verdict.HOLDS)).isGreaterThan(0.9);
        assertThat(share(BELOW, 2, 1, TASKS, Verdict.DOES_NOT_HOLD)).isGreaterThan(0.9);
        assertThat(share(new Contrast.Above(0), 2, 1, TASKS, Verdict.HOLDS)).isGreaterThan(0.9);
    }

    @Test
    void verdict_ofADifferenceAsLargeAsTheMargin_isSeldomAlike() {
        Contrast.Within margin = new Contrast.Within(1);
        assertThat(share(margin, 1, 0.1, TASKS, Verdict.HOLDS)).isLessThan(HALF);
        assertThat(share(margin, 0, 0.1, TASKS, Verdict.HOLDS)).isGreaterThan(0.9);
        assertThat(share(margin, 3, 0.1, TASKS, Verdict.DOES_NOT_HOLD)).isGreaterThan(0.9);
    }

    @Test
    void verdict_ofOneTask_isOverItsSeeds_andOfOneValueIsNone() {
        assertThat(share(BELOW, 0, 0, 1, Verdict.HOLDS)).isBetween(0.01, HALF);
        Interval one = Contrast.interval(-5);
        assertThat(BELOW.verdict(one)).isEqualTo(Verdict.CANNOT_BE_TOLD);
        assertThat(new Contrast.Unseen().verdict(one)).isEqualTo(Verdict.HOLDS);
    }

    @Test
    void verdict_ofSeveralParts_holdsWhereAllDo_andOnlyWithItsControls() {
        List<Verdict> held = List.of(Verdict.HOLDS, Verdict.HOLDS);
        assertThat(Verdict.of(held, held)).isEqualTo(Verdict.HOLDS);
        assertThat(Verdict.of(held, List.of(Verdict.CANNOT_BE_TOLD))).isEqualTo(Verdict.CANNOT_BE_TOLD);
        assertThat(Verdict.of(held, List.of(Verdict.DOES_NOT_HOLD))).isEqualTo(Verdict.CANNOT_BE_TOLD);
        assertThat(Verdict.of(List.of(Verdict.HOLDS, Verdict.CANNOT_BE_TOLD), List.of()))
                .isEqualTo(Verdict.CANNOT_BE_TOLD);
        assertThat(Verdict.of(List.of(Verdict.DOES_NOT_HOLD, Verdict.CANNOT_BE_TOLD), List.of()))
                .isEqualTo(Verdict.DOES_NOT_HOLD);
    }

    /** Quantiles from tables of Student's t. */
    @Test
    void chance_atTheQuantilesOfTheTables_isTheirs() {
        double[][] table = {{1, 12.706}, {2, 4.3027}, {3, 3.1824}, {4, 2.7764}, {7, 2.3646}, {10, 2.2281}, {11, 2.2010}
        };
        for (double[] line : table) {
            int count = (int) line[0] + 1;
            assertThat(Chance.of(0, valuesWith(line[1], count))).isCloseTo(0.05, within(2e-5));
        }
        assertThat(Chance.of(1, 1, 1, 1)).isEqualTo(1);
        assertThat(Chance.of(0, 1, 1, 1)).isZero();
    }

    /** With that t against 0: mean t, and a standard error of 1. */
    private static double[] valuesWith(double t, int count) {
        double[] values = new double[count];
        double spread = Math.sqrt(count * (count - 1) / 2.0);
        Arrays.fill(values, t);
        values[0] += spread;
        values[1] -= spread;
        return values;
    }

    @Test
    void holm_ofFour_isThatOfItsDefinition() {
        assertThat(Chance.holm(0.01, 0.04, 0.03, 0.005)).containsExactly(0.03, 0.06, 0.06, 0.02);
        assertThat(Chance.holm(0.9, 0.8)).containsExactly(1, 1);
    }

    @Test
    void spearman_ofOrders_isThatOfItsDefinition() {
        assertThat(ClusterGains.spearman(new double[] {1, 5, 9}, new double[] {-3, 0, 70}))
                .isEqualTo(1);
        assertThat(ClusterGains.spearman(new double[] {1, 2, 3, 4}, new double[] {2, 1, 4, 3}))
                .isCloseTo(1 - 6.0 * 4 / (4 * 15), within(1e-12));
        assertThat(ClusterGains.spearman(new double[] {1, 1, 2}, new double[] {4, 4, 9}))
                .isEqualTo(1);
        assertThat(ClusterGains.spearman(new double[] {1, 1}, new double[] {4, 9}))
                .isZero();
    }
}
