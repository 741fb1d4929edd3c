// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What is measured is a choice: of the right number, among those left, and by those that learn of good arms. */
class ArmSelectionBenchmarkTest {
    @Test
    void select_everyPolicy_choosesAmongThoseLeft() {
        for (String policy :
                new String[] {"ucb1", "tuned", "v", "kl", "thompson", "epsilon", "static", "robin", "random"}) {
            ArmSelectionCase work = new ArmSelectionCase(policy, 2000);
            int[] arms = work.select(new Seed(1).stream("round"));
            assertThat(arms).as(policy).hasSize(ArmSelectionCase.CHOSEN).doesNotHaveDuplicates();
            assertThat(Arrays.stream(arms)).allMatch(arm -> work.table().remaining(arm) > 0);
            double mean = Arrays.stream(arms)
                    .mapToDouble(work.table()::mean)
                    .average()
                    .orElseThrow();
            if (policy.startsWith("r")) {
                assertThat(mean).isBetween(-0.7, 0.7);
            } else {
                assertThat(mean).as(policy).isGreaterThan(1);
            }
        }
    }
}
