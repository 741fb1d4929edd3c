// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;

/** A draw of each group for itself. */
record GroupDraw(IntUnaryOperator groupOf, Draw within) implements Draw {
    @Override
    public List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
        Purse purse = new Purse(scores, tokens, budget, seed);
        TreeMap<Integer, List<Integer>> groups = new TreeMap<>();
        double stock = 0;
        for (int i = 0; i < scores.size(); i++) {
            if (scores.isScored(i)) {
                groups.computeIfAbsent(group(i), group -> new ArrayList<>()).add(i);
                stock += purse.cost(i);
            }
        }
        List<Drawn> drawn = new ArrayList<>();
        long spent = 0;
        double reached = 0;
        for (Map.Entry<Integer, List<Integer>> group : groups.entrySet()) {
            List<Integer> members = group.getValue();
            for (int ordinal : members) {
                reached += purse.cost(ordinal);
            }
            boolean isLast = group.getKey().equals(groups.lastKey());
            long quota = (isLast ? budget.limit() : (long) (budget.limit() * (reached / stock))) - spent;
            if (quota > 0) {
                InfluenceScores.Builder own = InfluenceScores.builder();
                members.forEach(ordinal -> own.add(scores.value(ordinal)));
                for (Drawn one : within.draw(
                        own.build(),
                        member -> tokens.applyAsLong(members.get(member)),
                        new Budget(quota, budget.unit()),
                        new Seed(seed.stream("draw.group", group.getKey()).nextLong()))) {
                    int ordinal = members.get(one.ordinal());
                    drawn.add(new Drawn(ordinal, one.weight()));
                    spent += one.weight() * purse.cost(ordinal);
                }
            }
        }
        return List.copyOf(drawn);
    }

    private int group(int ordinal) {
        int group = groupOf.applyAsInt(ordinal);
        if (group < 0) {
            throw new IllegalArgumentException(
                    "document " + ordinal + " is of the group " + group + "; allowed is 0 or more");
        }
        return group;
    }

    @Override
    public String id() {
        return within.id() + " by group";
    }

    @Override
    public String toString() {
        return id();
    }
}
