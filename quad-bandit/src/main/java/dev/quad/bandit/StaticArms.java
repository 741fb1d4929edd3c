// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.random.RandomGenerator;

/**
 * The arms with the best first impression: each is pulled once, and its mean of then is never revised. The baseline
 * "top-k clusters", which uses up the clusters in a fixed order.
 */
public record StaticArms() implements ArmSelector {

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        return TopArms.select(statistics, count, random, (arm, rank) -> {
            if (statistics.pulls(arm) == 0) {
                return Double.POSITIVE_INFINITY;
            }
            return UntriedArms.hasMean(statistics, arm) ? statistics.firstMean(arm) : Double.NEGATIVE_INFINITY;
        });
    }
}
