// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import java.util.Comparator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Draws clusters with odds that rise exponentially with their mean: the largest of mean and Gumbel noise. */
public record Softmax(double temperature) implements ArmSelector {
    @Override
    public int[] select(ArmStatistics arms, int count, RandomGenerator random) {
        double[] wish = new double[arms.armCount()];
        for (int arm = 0; arm < wish.length; arm++) {
            wish[arm] = arms.mean(arm) / temperature - Math.log(-Math.log(random.nextDouble()));
        }
        return IntStream.range(0, wish.length)
                .filter(arm -> arms.remaining(arm) > 0)
                .boxed()
                .sorted(Comparator.comparingDouble(arm -> -wish[arm]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** With the temperature, on which the choice depends. */
    @Override
    public String id() {
        return toString();
    }
}
