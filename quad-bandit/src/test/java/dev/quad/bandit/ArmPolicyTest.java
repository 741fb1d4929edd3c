// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import dev.quad.Seed;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ArmPolicyTest {

    static double[] rewards(double... values) {
        return values;
    }

    private static ArmTable table(int arms) {
        return new ArmTable(arms, arm -> 1000, arm -> 1000);
    }

    private static RandomGenerator random(int place) {
        return new Seed(1).stream("test", place);
    }

    /** Values of the MABWiser tests, worked out again by hand. */
    @Test
    void index_parityVector_agrees() {
        ArmTable table = table(3);
        double[] pulls = {3, 2, 5};
        double[][] seen = {{1, 0, 0}, {0, 0}, {1, 1, 1, 0, 0}};
        for (int arm = 0; arm < 3; arm++) {
            for (int i = 0; i < pulls[arm]; i++) {
                table.start(arm);
            }
            table.reward(arm, rewards(seen[arm]));
        }
        Ucb1 ucb = Ucb1.absolute(1);
        assertThat(ucb.index(table, 0)).isCloseTo(1.5723073962832794, within(1e-12));
        assertThat(ucb.index(table, 1)).isCloseTo(1.5174271293851465, within(1e-12));
        assertThat(ucb.index(table, 2)).isCloseTo(1.5597051824376162, within(1e-12));
        double spread = table.rewardSpread();
        assertThat(Ucb1.spread(2).index(table, 1)).isCloseTo(2 * spread * 1.5174271293851465, within(1e-12));
        assertThat(Ucb1.absolute(1).select(table, 2, random(0))).containsExactly(0, 2);
        assertThat(new GreedyArms().select(table, 3, random(0))).containsExactly(2, 0, 1);
    }

    @Test
    void select_unpulledFirst_withoutEvidenceLast() {
        ArmTable table = table(4);
        table.start(1);
        table.reward(1, rewards(-5));
        table.start(2);
        table.credit(3, 0, rewards(-9).length, -9, 0); // of the pilot
        for (ArmSelector policy : List.of(Ucb1.spread(0.5), new GreedyArms())) {
            int[] order = policy.select(table, 4, random(0));
            assertThat(Arrays.copyOf(order, 2)).containsExactlyInAnyOrder(0, 3);
            assertThat(Arrays.copyOfRange(order, 2, 4)).containsExactly(1, 2);
        }
    }

    @Test
    void select_exhausted_isNeverChosen() {
        ArmTable table = new ArmTable(6, arm -> 9, arm -> arm % 2);
        for (ArmSelector policy : List.of(Ucb1.spread(0.5), new GreedyArms(), new RandomArms())) {
            assertThat(policy.select(table, 5, random(0))).containsExactlyInAnyOrder(1, 3, 5);
            assertThat(policy.select(table, 2, random(1))).hasSize(2).doesNotContain(0, 2, 4);
        }
        assertThat(new RandomArms().select(new ArmTable(3, arm -> 9, arm -> 0), 2, random(0)))
                .isEmpty();
    }

    @Test
    void select_ties_areSharedFairly() {
        int[] first = new int[5];
        for (int place = 0; place < 5000; place++) {
            first[new RandomArms().select(table(5), 2, random(place))[0]]++;
        }
        assertThat(Arrays.stream(first).boxed()).allMatch(count -> count >= 850 && count <= 1150);
        assertThat(new RandomArms().select(table(50), 50, random(7)))
                .isEqualTo(new RandomArms().select(table(50), 50, random(7)));
    }

    /** The heap against a plain sort. */
    @Test
    void select_manyArms_equalsSorting() {
        for (int place = 0; place < 200; place++) {
            RandomGenerator world = random(place);
            int arms = 1 + world.nextInt(60);
            double[] means =
                    IntStream.range(0, arms).mapToDouble(i -> world.nextInt(8)).toArray();
            int[] left = IntStream.range(0, arms).map(i -> world.nextInt(4)).toArray();
            ArmTable table = new ArmTable(arms, arm -> 9, arm -> left[arm]);
            for (int arm = 0; arm < arms; arm++) {
                table.start(arm);
                table.reward(arm, rewards(means[arm]));
            }
            int count = 1 + world.nextInt(arms);
            long[] ranks = random(place + 1000).longs(arms).toArray();
            int[] expected = IntStream.range(0, arms)
                    .filter(arm -> left[arm] > 0)
                    .boxed()
                    .sorted((a, b) -> means[a] == means[b]
                            ? Long.compare(ranks[a], ranks[b])
                            : Double.compare(means[b], means[a]))
                    .limit(count)
                    .mapToInt(Integer::intValue)
                    .toArray();
            assertThat(new GreedyArms().select(table, count, random(place + 1000)))
                    .isEqualTo(expected);
        }
    }

    /** A choice that looked at every arm for each that it picks would look fifty thousand times as often. */
    @Test
    void select_aMillionArms_looksAtEachAFewTimes() {
        ArmTable table = table(1_000_000);
        RandomGenerator random = random(0);
        for (int arm = 0; arm < table.armCount(); arm++) {
            table.start(arm);
            table.reward(arm, rewards(random.nextDouble()));
        }
        long[] looks = new long[1];
        ArmStatistics counted = (ArmStatistics) Proxy.newProxyInstance(
                ArmStatistics.class.getClassLoader(),
                new Class<?>[] {ArmStatistics.class},
                (proxy, method, arguments) -> {
                    looks[0]++;
                    return method.invoke(table, arguments);
                });
        assertThat(Ucb1.spread(0.5).select(counted, 50_000, random))
                .hasSize(50_000)
                .doesNotHaveDuplicates();
        assertThat(looks[0]).isBetween(1_000_000L, 10_000_000L);
    }

    @Test
    void ids_nameParameters() {
        assertThat(Ucb1.spread(0.5).id()).isEqualTo("Ucb1[alpha=0.5, unit=SPREAD]");
        assertThat(new GreedyArms().id()).isEqualTo("dev.quad.bandit.GreedyArms");
        ArmSelector lambda = (statistics, count, random) -> new int[0];
        assertThat(lambda.id()).isEqualTo("dev.quad.bandit.ArmPolicyTest$lambda");
    }

    @Test
    void arguments_outOfRange_areRefused() {
        assertThatThrownBy(() -> Ucb1.spread(-1)).hasMessage("alpha is -1.0; allowed is [0, 1.0E100]");
        assertThatThrownBy(() -> Ucb1.absolute(Double.NaN)).hasMessage("alpha is NaN; allowed is [0, 1.0E100]");
        assertThatThrownBy(() -> new RandomArms().select(table(3), 0, random(0)))
                .hasMessage("the number of arms wanted is 0; allowed is 1 or more");
    }
}
