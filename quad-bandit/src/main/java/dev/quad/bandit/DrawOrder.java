// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Clustering;
import dev.quad.Seed;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * What is drawn next of each arm. No document is drawn twice but those that were {@linkplain #giveBack given back},
 * which follow in a lap of their own once the arm has come to its end.
 *
 * <p>A shuffled arm of moderate size is an array, made when the arm is first drawn from and dropped when it is used up.
 * A large one is a {@link Permutation}, so that neither time nor memory of a draw grows with the arm. An arm's order
 * depends on nothing but seed, arm and members.
 */
final class DrawOrder {
    /** Up to here arms are shuffled as arrays. */
    static final int LARGEST_SHUFFLE = 1 << 8;

    private static final int[] NOT_MADE = {};

    private final Clustering clustering;
    private final Eligible eligible;
    private final Seed seed;
    private final Order order;
    private final BlockSize blocks;
    private final int retries;
    private final int[] sizes;
    private final int[] left;
    private final int[] cursor;
    private final int[][] orders;
    private final Map<Integer, IntUnaryOperator> places = new HashMap<>();
    private final Map<Integer, Returned> returned = new HashMap<>();
    private int open;

    /** What was given back by an arm, for its next lap. */
    private static final class Returned {
        private int[] documents = NOT_MADE;
        private int laps;
    }

    DrawOrder(Clustering clustering, Eligible eligible, Seed seed, Order order, BlockSize blocks, int retries) {
        this.clustering = clustering;
        this.eligible = eligible;
        this.seed = seed;
        this.order = order;
        this.blocks = blocks;
        this.retries = retries;
        this.sizes = new int[clustering.clusterCount()];
        this.orders = new int[sizes.length][];
        Arrays.fill(orders, NOT_MADE);
        for (int ordinal = 0; ordinal < clustering.size(); ordinal++) {
            if (eligible.contains(ordinal)) {
                sizes[clustering.clusterOf(ordinal)]++;
            }
        }
        this.left = sizes.clone();
        this.cursor = new int[sizes.length];
        this.open = liveArms();
    }

    /** The number of arms, those without eligible members too. */
    int arms() {
        return sizes.length;
    }

    /** The number of arms that could be drawn from at the start. */
    int liveArms() {
        return (int) IntStream.range(0, sizes.length)
                .filter(arm -> drawable(arm, sizes[arm]) > 0)
                .count();
    }

    /** Whether no arm can be drawn from. */
    boolean isUsedUp() {
        return open == 0;
    }

    /** Documents of an arm that could be drawn at the start. */
    int size(int arm) {
        return sizes[arm];
    }

    /** Documents of an arm that can still be drawn. */
    int remaining(int arm) {
        return returned.isEmpty() ? drawable(arm, left[arm]) : drawable(arm, left[arm] + waiting(arm));
    }

    private int waiting(int arm) {
        Returned lap = returned.get(arm);
        return lap == null || lap.laps >= retries ? 0 : lap.documents.length;
    }

    private int drawable(int arm, int rest) {
        return rest > 0 && !blocks.takesRest() && rest < blocks.of(sizes[arm], rest) ? 0 : rest;
    }

    /** Draws the next block of an arm, for good. */
    int[] draw(int arm) {
        int rest = remaining(arm);
        if (left[arm] == 0) {
            nextLap(arm);
        }
        int[] block = new int[Math.min(blocks.of(sizes[arm], rest), left[arm])];
        for (int filled = 0; filled < block.length; ) {
            for (int ordinal : next(arm, block.length - filled)) {
                if (eligible.contains(ordinal)) {
                    block[filled++] = ordinal;
                }
            }
        }
        left[arm] -= block.length;
        if (left[arm] == 0) {
            orders[arm] = NOT_MADE;
            places.remove(arm);
        }
        open -= remaining(arm) == 0 ? 1 : 0;
        return block;
    }

    private void nextLap(int arm) {
        Returned lap = returned.get(arm);
        if (lap == null) {
            throw new IllegalStateException("arm " + arm + " is used up");
        }
        lap.laps++;
        orders[arm] = lap.documents;
        left[arm] = lap.documents.length;
        cursor[arm] = 0;
        lap.documents = NOT_MADE;
    }

    /** Lets documents be drawn again, after all others of their arm, if they are allowed another lap. */
    void giveBack(int arm, int... documents) {
        if (retries == 0 || documents.length == 0) {
            return;
        }
        int before = remaining(arm);
        Returned lap = returned.computeIfAbsent(arm, key -> new Returned());
        int[] longer = Arrays.copyOf(lap.documents, lap.documents.length + documents.length);
        System.arraycopy(documents, 0, longer, lap.documents.length, documents.length);
        lap.documents = longer;
        open += before == 0 && remaining(arm) > 0 ? 1 : 0;
    }

    /** Documents of an arm by their place in its order, drawn or not. */
    int[] slice(int arm, int from, int to) {
        if (orders[arm].length == 0) {
            orders[arm] = listed(arm);
        }
        return Arrays.copyOfRange(orders[arm], from, to);
    }

    /**
     * The documents at the next places of an arm. Members of a large pool are seldom in a cache, and looked up in a
     * loop of their own, so that the processor waits for many of them at once.
     */
    private int[] next(int arm, int count) {
        int from = cursor[arm];
        cursor[arm] += count;
        if (orders[arm].length == 0) {
            Optional<IntUnaryOperator> place = places(arm);
            if (place.isPresent()) {
                return members(arm, place.get(), from, count);
            }
            orders[arm] = listed(arm);
        }
        return Arrays.copyOfRange(orders[arm], from, from + count);
    }

    private Optional<IntUnaryOperator> places(int arm) {
        Optional<IntUnaryOperator> place = Optional.ofNullable(places.get(arm))
                .or(() -> order.places(sizes[arm], clustering.size(arm), () -> random(arm)));
        place.ifPresent(made -> places.put(arm, made));
        return place;
    }

    private int[] members(int arm, IntUnaryOperator place, int from, int count) {
        int[] members = new int[count];
        for (int i = 0; i < count; i++) {
            members[i] = clustering.member(arm, place.applyAsInt(from + i));
        }
        return members;
    }

    private int[] listed(int arm) {
        int[] list = IntStream.range(0, clustering.size(arm))
                .map(i -> clustering.member(arm, i))
                .filter(eligible::contains)
                .toArray();
        return order.arranged(list, random(arm));
    }

    private RandomGenerator random(int arm) {
        return seed.stream("bandit.order", arm);
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
