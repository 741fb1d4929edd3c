// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.random.RandomGenerator;

/** Arms at random, every set of them equally likely, whatever was seen: the baseline to beat. */
public record RandomArms() implements ArmSelector {

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        return TopArms.select(statistics, count, random, (arm, rank) -> 0.0);
    }
}
