// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.ArmStatistics;
import dev.quad.bandit.ArmTable;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Statistics of arms as a run may leave them, for tests of an {@link dev.quad.ArmSelector}. */
public final class TestArms {
    private TestArms() {}

    /**
     * Arms of which some are unknown, some were pulled without a score, and some are exhausted.
     *
     * @param arms {@code >= 0}
     * @param random for the numbers
     */
    public static ArmStatistics random(int arms, RandomGenerator random) {
        int[] sizes = new int[arms];
        int[] left = new int[arms];
        Arrays.setAll(sizes, arm -> 1 + random.nextInt(50));
        Arrays.setAll(left, arm -> random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(sizes[arm]));
        ArmTable table = new ArmTable(arms, arm -> sizes[arm], arm -> left[arm]);
        boolean coarse = random.nextBoolean();
        double scale = Math.scalb(1.0, random.nextInt(41) - 20);
        for (int arm = 0; arm < arms; arm++) {
            for (int pull = random.nextInt(4); pull > 0; pull--) {
                double[] rewards = new double[random.nextInt(4)];
                Arrays.setAll(rewards, i -> scale * (coarse ? random.nextInt(3) : random.nextGaussian()));
                table.start(arm);
                table.reward(arm, rewards);
            }
        }
        return table;
    }
}
