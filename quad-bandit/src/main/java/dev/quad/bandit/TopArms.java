// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The arms of highest index among those with something left, ties in the order of a seeded shuffle.
 *
 * <p>A heap of the best so far with the worst on top: most arms are turned away by one comparison, so that a million
 * arms take milliseconds and no more memory than the answer. Each arm gets a random rank, exhausted or not, so that the
 * ranks of the others do not shift when an arm runs out.
 */
final class TopArms {
    private final int[] arms;
    private final double[] indices;
    private final long[] ranks;
    private int size;

    private TopArms(int capacity) {
        this.arms = new int[capacity];
        this.indices = new double[capacity];
        this.ranks = new long[capacity];
    }

    /** How good an arm is; a number or infinite, never NaN. */
    interface Index {
        /** @param rank a random number of this arm and round, which also breaks ties */
        double of(int arm, long rank);

        /** False only if the index is below the floor: a cheap way to turn most arms away. */
        default boolean mayReach(double floor, int arm, long rank) {
            return true;
        }
    }

    /** See {@link dev.quad.ArmSelector#select}. */
    static int[] select(ArmStatistics statistics, int count, RandomGenerator random, Index index) {
        Objects.requireNonNull(statistics, "the statistics of the arms are null");
        Objects.requireNonNull(random, "the source of random numbers is null; give seed.stream(purpose)");
        return choose(statistics, count, random::nextLong, index);
    }

    /** Ties by arm number. */
    static int[] selectInOrder(ArmStatistics statistics, int count, Index index) {
        long[] next = {Long.MIN_VALUE};
        return choose(statistics, count, () -> next[0]++, index);
    }

    private static int[] choose(ArmStatistics statistics, int count, LongSupplier ranks, Index index) {
        if (count < 1) {
            throw new IllegalArgumentException("the number of arms wanted is " + count + "; allowed is 1 or more");
        }
        int armCount = statistics.armCount();
        TopArms best = new TopArms(Math.min(count, armCount));
        for (int arm = 0; arm < armCount; arm++) {
            long rank = ranks.getAsLong();
            if (best.isFull() && !index.mayReach(best.indices[0], arm, rank)) {
                continue;
            }
            if (statistics.remaining(arm) > 0) {
                best.offer(arm, index.of(arm, rank), rank);
            }
        }
        return best.drain();
    }

    private boolean isFull() {
        return size == arms.length;
    }

    private void offer(int arm, double index, long rank) {
        if (size < arms.length) {
            int slot = size++;
            put(slot, arm, index, rank);
            while (slot > 0 && worse(slot, (slot - 1) >>> 1)) {
                swap(slot, (slot - 1) >>> 1);
                slot = (slot - 1) >>> 1;
            }
        } else if (index > indices[0] || (index == indices[0] && rank < ranks[0])) {
            put(0, arm, index, rank);
            sink();
        }
    }

    private int[] drain() {
        int[] bestFirst = Arrays.copyOf(arms, size);
        while (size > 0) {
            bestFirst[size - 1] = arms[0];
            swap(0, --size);
            sink();
        }
        return bestFirst;
    }

    private void sink() {
        int slot = 0;
        while (2 * slot + 1 < size) {
            int child = 2 * slot + 1;
            if (child + 1 < size && worse(child + 1, child)) {
                child++;
            }
            if (!worse(child, slot)) {
                return;
            }
            swap(slot, child);
            slot = child;
        }
    }

    private boolean worse(int a, int b) {
        return indices[a] < indices[b] || (indices[a] == indices[b] && ranks[a] > ranks[b]);
    }

    private void put(int slot, int arm, double index, long rank) {
        arms[slot] = arm;
        indices[slot] = index;
        ranks[slot] = rank;
    }

    private void swap(int a, int b) {
        int arm = arms[a];
        double index = indices[a];
        long rank = ranks[a];
        put(a, arms[b], indices[b], ranks[b]);
        put(b, arm, index, rank);
    }
}
