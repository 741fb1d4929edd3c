// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * Mostly the arms with the highest mean, and now and then any arm (Watkins, 1989): each place of a round goes with
 * probability ε to an arm drawn uniformly from those that are left.
 *
 * @param epsilon in {@code [0, 1]}
 */
public record EpsilonGreedy(double epsilon) implements ArmSelector {
    /** Checks ε. */
    public EpsilonGreedy {
        if (!(epsilon >= 0 && epsilon <= 1)) {
            throw new IllegalArgumentException("epsilon is " + epsilon + "; allowed is [0, 1]");
        }
    }

    @Override
    public String id() {
        return toString();
    }

    @Override
    public int[] select(ArmStatistics statistics, int count, RandomGenerator random) {
        int[] best = new GreedyArms().select(statistics, count, random);
        int greedy = 0;
        for (int place = 0; place < best.length; place++) {
            greedy += random.nextDouble() < epsilon ? 0 : 1;
        }
        if (greedy == best.length) {
            return best;
        }
        BitSet taken = new BitSet(statistics.armCount());
        for (int place = 0; place < greedy; place++) {
            taken.set(best[place]);
        }
        int[] any = TopArms.select(statistics, best.length, random, (arm, rank) -> taken.get(arm) ? 0.0 : 1.0);
        int[] arms = Arrays.copyOf(best, best.length);
        System.arraycopy(any, 0, arms, greedy, arms.length - greedy);
        return arms;
    }
}
