// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Gives known utilities to ordinals, flags those whose utility is NaN, and remembers what it was asked. */
class SimulatedEstimator implements InfluenceEstimator<Integer> {
    private final double[] utilities;
    final List<Integer> asked = new ArrayList<>();
    final List<Integer> batches = new ArrayList<>();

    SimulatedEstimator(double... utilities) {
        this.utilities = utilities;
    }

    @Override
    public InfluenceScores score(List<? extends Integer> items) {
        batches.add(items.size());
        InfluenceScores.Builder scores = InfluenceScores.builder().countTokens(10L * items.size());
        for (int item : items) {
            asked.add(item);
            if (Double.isNaN(utilities[item])) {
                scores.flag("no text in " + item);
            } else {
                scores.add(utilities[item]);
            }
        }
        return scores.build();
    }

    @Override
    public String fingerprint() {
        return "simulated";
    }

    @Override
    public OptionalDouble flopsPerToken() {
        return OptionalDouble.of(6e9);
    }
}
