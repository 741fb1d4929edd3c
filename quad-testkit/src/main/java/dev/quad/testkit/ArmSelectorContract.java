// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import dev.quad.Seed;
import dev.quad.bandit.ArmTable;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link ArmSelector} promises. */
public abstract class ArmSelectorContract {

    /** The policy. */
    protected abstract ArmSelector selector();

    /** Distinct arms with something left, as many as wanted or as there are. */
    @Test
    public void select_anyStatistics_givesDistinctArmsWithSomethingLeft() {
        for (long key = 0; key < 200; key++) {
            int arms = 1 + (int) (key % 37);
            ArmStatistics statistics = TestArms.random(arms, Numbers.of(key));
            int available = (int) IntStream.range(0, arms)
                    .filter(arm -> statistics.remaining(arm) > 0)
                    .count();
            for (int count : new int[] {1, 2, arms, arms + 5}) {
                int[] chosen = selector().select(statistics, count, Numbers.of(key + 1));
                assertThat(chosen)
                        .as("statistics %s, count %s, of %s arms %s are left", key, count, arms, available)
                        .hasSize(Math.min(count, available))
                        .doesNotHaveDuplicates();
                assertThat(Arrays.stream(chosen))
                        .allMatch(arm -> arm >= 0 && arm < arms && statistics.remaining(arm) > 0);
            }
        }
    }

    /** No arm left, no arm chosen. */
    @Test
    public void select_everythingExhausted_givesNone() {
        assertThat(selector().select(new ArmTable(5, arm -> 3, arm -> 0), 2, Numbers.of(0)))
                .isEmpty();
        assertThat(selector().select(new ArmTable(0, arm -> 3, arm -> 0), 2, Numbers.of(0)))
                .isEmpty();
    }

    /** All it knows is in its arguments: other calls in between change nothing. */
    @Test
    public void select_sameArguments_givesTheSame() {
        ArmSelector selector = selector();
        ArmStatistics statistics = TestArms.random(30, Numbers.of(1));
        int[] first = selector.select(statistics, 7, new Seed(3).stream("round", 1));
        selector.select(TestArms.random(9, Numbers.of(2)), 3, new Seed(4).stream("round", 1));
        assertThat(selector.select(statistics, 7, new Seed(3).stream("round", 1)))
                .isEqualTo(first);
        assertThat(selector().select(statistics, 7, new Seed(3).stream("round", 1)))
                .isEqualTo(first);
    }

    /** The id names the policy, on one line, always the same. */
    @Test
    public void id_isOneStableLine() {
        assertThat(selector().id()).isNotBlank().isEqualTo(selector().id()).doesNotContain("\n", "@");
    }
}
