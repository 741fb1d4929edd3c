// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Clustering;
import dev.quad.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The order in which the documents of each arm are drawn: a seeded shuffle of the arm's eligible members, made when the
 * arm is first drawn from and dropped when it is used up. So a block is a uniform sample of what is left of its arm, no
 * document is drawn twice, and an arm's order depends on nothing but seed, arm and members.
 */
final class DrawOrder {
    private static final int[] NOT_MADE = {};

    private final Clustering clustering;
    private final Eligible eligible;
    private final Seed seed;
    private final int[] sizes;
    private final int[] drawn;
    private final int[][] orders;
    private int left;

    DrawOrder(Clustering clustering, Eligible eligible, Seed seed) {
        this.clustering = clustering;
        this.eligible = eligible;
        this.seed = seed;
        this.sizes = new int[clustering.clusterCount()];
        this.drawn = new int[sizes.length];
        this.orders = new int[sizes.length][];
        Arrays.fill(orders, NOT_MADE);
        for (int ordinal = 0; ordinal < clustering.size(); ordinal++) {
            if (eligible.contains(ordinal)) {
                sizes[clustering.clusterOf(ordinal)]++;
                left++;
            }
        }
    }

    /** The number of arms, those without eligible members too. */
    int arms() {
        return sizes.length;
    }

    /** The number of arms with eligible members. */
    int liveArms() {
        return (int) Arrays.stream(sizes).filter(size -> size > 0).count();
    }

    /** Whether every eligible document was drawn. */
    boolean isUsedUp() {
        return left == 0;
    }

    /** Documents of an arm that could be drawn at the start. */
    int size(int arm) {
        return sizes[arm];
    }

    /** Documents of an arm that can still be drawn. */
    int remaining(int arm) {
        return sizes[arm] - drawn[arm];
    }

    /** Draws up to {@code count} documents of an arm, for good. */
    int[] draw(int arm, int count) {
        int taken = Math.min(count, remaining(arm));
        if (orders[arm].length == 0) {
            orders[arm] = shuffled(arm);
        }
        int[] block = Arrays.copyOfRange(orders[arm], drawn[arm], drawn[arm] + taken);
        drawn[arm] += taken;
        left -= taken;
        if (remaining(arm) == 0) {
            orders[arm] = NOT_MADE;
        }
        return block;
    }

    private int[] shuffled(int arm) {
        int[] order = new int[sizes[arm]];
        for (int i = 0, filled = 0; i < clustering.size(arm); i++) {
            int ordinal = clustering.member(arm, i);
            if (eligible.contains(ordinal)) {
                order[filled++] = ordinal;
            }
        }
        shuffle(order, seed.stream("bandit.order", arm));
        return order;
    }

    /** Every order equally likely (Fisher and Yates; Durstenfeld, 1964). */
    static void shuffle(int[] values, RandomGenerator random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }
}
