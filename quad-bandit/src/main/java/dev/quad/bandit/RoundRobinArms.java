// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.random.RandomGenerator;

/** The arms pulled least, so that all take turns, whatever was seen. */
public record RoundRobinArms() implements ArmSelector {

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        return TopArms.select(statistics, count, random, (arm, rank) -> (double) -statistics.pulls(arm));
    }
}
