// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Seed;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;

/** Rewards from distributions. */
final class SimulatedRewards implements RewardSource {
    private final double[] means;
    private final double deviation;
    private final int size;
    private final boolean bernoulli;

    SimulatedRewards(double[] means, double deviation, int size, boolean bernoulli) {
        this.means = means.clone();
        this.deviation = deviation;
        this.size = size;
        this.bernoulli = bernoulli;
        for (int arm = 0; arm < means.length; arm++) {
            boolean fits = bernoulli ? means[arm] >= 0 && means[arm] <= 1 : Math.abs(means[arm]) <= 1e100;
            if (!fits || !(deviation >= 0 && deviation <= 1e100) || size < 1) {
                throw new IllegalArgumentException("arm " + arm + " has the mean " + means[arm] + ", the deviation "
                        + deviation + " and " + size + " rewards; allowed are finite means (of 0 and 1: in [0, 1]),"
                        + " deviations of 0 or more and 1 reward or more");
            }
        }
    }

    @Override
    public int arms() {
        return means.length;
    }

    @Override
    public int size(int arm) {
        return size;
    }

    @Override
    public double reward(int arm, int draw, Seed seed) {
        RandomGenerator random = seed.stream("rewards", arm, draw);
        return bernoulli ? random.nextDouble() < means[arm] ? 1 : 0 : means[arm] + deviation * random.nextGaussian();
    }

    @Override
    public OptionalDouble mean(int arm) {
        return OptionalDouble.of(means[arm]);
    }
}
