// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Brings the scores of a pull to the arms that learn from it. */
final class Crediting {
    private final Credit credit;
    private final ArmTable table;
    private final Map<Integer, List<Neighbour>> known = new HashMap<>();

    /** Another arm within the radius. */
    private record Neighbour(int arm, double weight) {}

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
        double count = (double) reward.count();
        for (Neighbour near : known.computeIfAbsent(arm, key -> neighbours(key, sharing))) {
            double weight = near.weight();
            if (sharing.base().isPresent()) {
                double base = sharing.base().get();
                double shrunk = base + weight * (reward.mean() - base);
                table.credit(near.arm(), 1, count, shrunk, weight * weight * reward.squares());
            } else {
                table.credit(near.arm(), weight, weight * count, reward.mean(), weight * reward.squares());
            }
        }
    }

    private List<Neighbour> neighbours(int arm, Credit.Sharing sharing) {
        ArmDistance measure = sharing.distance().orElseThrow();
        List<Neighbour> near = new ArrayList<>();
        for (int other = 0; other < table.armCount(); other++) {
            if (other == arm) {
                continue;
            }
            double distance = measure.between(arm, other);
            if (!(distance >= 0)) {
                throw new IllegalStateException("the distance of the arms " + arm + " and " + other + " by "
                        + measure.id() + " is " + distance + "; allowed is 0 or more");
            }
            if (distance < sharing.radius()) {
                near.add(new Neighbour(other, 1 - distance / sharing.radius()));
            }
        }
        return near;
    }
}
