// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** Brings the scores of a pull to the arms that learn from it. */
final class Crediting {
    private final Credit credit;
    private final ArmTable table;
    private final Map<Integer, Neighbours> known = new HashMap<>();

    /** The other arms within the radius, and what weight they have. */
    private record Neighbours(int[] arms, double[] weights) {}

    Crediting(Credit credit, ArmTable table) {
        this.credit = credit;
        this.table = table;
    }

    /** Evidence without a pull. */
    void evidence(int arm, double score) {
        see(arm, new double[] {score});
    }

    /** A pull, with the scores of {@code [from, to)}; flagged ones are left out. */
    void pull(int arm, InfluenceScores scores, int from, int to) {
        table.start(arm);
        double[] values = IntStream.range(from, to)
                .filter(scores::isScored)
                .mapToDouble(scores::value)
                .toArray();
        if (values.length > 0) {
            Moments seen = see(arm, values);
            credit.sharing().ifPresent(sharing -> share(arm, sharing, seen));
        }
    }

    private Moments see(int arm, double[] values) {
        Moments seen = new Moments();
        for (double value : values) {
            seen.add(value);
        }
        table.see(arm, seen, values);
        Moments reward = seen;
        if (credit.perPull()) {
            reward = new Moments();
            reward.add(seen.mean());
        }
        table.credit(arm, 0, (double) reward.count(), reward.mean(), reward.squares());
        return reward;
    }

    private void share(int arm, Credit.Sharing sharing, Moments reward) {
        Neighbours near = known.computeIfAbsent(arm, key -> neighbours(key, sharing));
        for (int i = 0; i < near.arms().length; i++) {
            double weight = near.weights()[i];
            double count = (double) reward.count();
            if (sharing.base().isPresent()) {
                double base = sharing.base().get();
                double shrunk = base + weight * (reward.mean() - base);
                table.credit(near.arms()[i], 1, count, shrunk, weight * weight * reward.squares());
            } else {
                table.credit(near.arms()[i], weight, weight * count, reward.mean(), weight * reward.squares());
            }
        }
    }

    private Neighbours neighbours(int arm, Credit.Sharing sharing) {
        double[] distances = new double[table.armCount()];
        for (int other = 0; other < distances.length; other++) {
            distances[other] = other == arm ? 0 : sharing.distance().between(arm, other);
            if (!(distances[other] >= 0)) {
                throw new IllegalStateException("the distance of the arms " + arm + " and " + other + " by "
                        + sharing.distance().id() + " is " + distances[other] + "; allowed is 0 or more");
            }
        }
        int[] arms = IntStream.range(0, distances.length)
                .filter(other -> other != arm && distances[other] < sharing.radius())
                .toArray();
        return new Neighbours(
                arms,
                IntStream.of(arms)
                        .mapToDouble(other -> 1 - distances[other] / sharing.radius())
                        .toArray());
    }
}
