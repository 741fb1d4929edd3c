// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.random.RandomGenerator;

/**
 * The arms with the highest mean, after each was pulled once: never goes back to a cluster that began badly. Equals
 * {@link Ucb1} with α = 0.
 */
public record GreedyArms() implements ArmSelector {

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        return Ucb1.absolute(0).select(statistics, count, random);
    }
}
