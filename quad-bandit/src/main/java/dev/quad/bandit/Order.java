// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.QuadException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** In which order the documents of a cluster are drawn. */
public sealed interface Order {

    /** By chance, every order equally likely for all practical purposes: a block is a fair sample of what is left. */
    static Order shuffled() {
        return new Shuffled();
    }

    /** As they stand in the pool. A block is a fair sample only of a pool that was shuffled before. */
    static Order pool() {
        return new Pool();
    }

    /**
     * Lowest key first, such as the distance to the centre; equal keys in the order of the pool. Blocks are not fair
     * samples.
     *
     * @param name names the keys, for the manifest
     * @param key of an ordinal, not NaN; the same every time
     */
    static Order by(String name, IntToDoubleFunction key) {
        return new By(name, key);
    }

    /**
     * Documents of a cluster in this order.
     *
     * @param ordinals in the order of the pool; may be changed
     * @param random decides where chance does
     */
    int[] arranged(int[] ordinals, RandomGenerator random);

    /**
     * This order place by place, for a cluster whose documents need not be listed then; empty where they must be.
     *
     * @param documents documents that can be drawn
     * @param members members of the cluster, with those that cannot
     * @param random gives what decides where chance does
     * @return from a place in {@code [0, members)} to a member in the order of the pool
     */
    default Optional<IntUnaryOperator> places(int documents, int members, Supplier<RandomGenerator> random) {
        return Optional.empty();
    }

    /** See {@link #shuffled}. */
    record Shuffled() implements Order {
        @Override
        public int[] arranged(int[] ordinals, RandomGenerator random) {
            Objects.requireNonNull(ordinals, "the ordinals are null");
            Objects.requireNonNull(random, "the source of random numbers is null; give seed.stream(purpose)");
            DrawOrder.shuffle(ordinals, random);
            return ordinals;
        }

        @Override
        public Optional<IntUnaryOperator> places(int documents, int members, Supplier<RandomGenerator> random) {
            Objects.requireNonNull(random, "the source of random numbers is null; give seed.stream(purpose)");
            return documents > DrawOrder.LARGEST_SHUFFLE
                    ? Optional.of(new Permutation(members, random.get())::at)
                    : Optional.empty();
        }
    }

    /** See {@link #pool}. */
    record Pool() implements Order {
        @Override
        public int[] arranged(int[] ordinals, RandomGenerator random) {
            Objects.requireNonNull(ordinals, "the ordinals are null");
            return ordinals;
        }

        @Override
        public Optional<IntUnaryOperator> places(int documents, int members, Supplier<RandomGenerator> random) {
            return Optional.of(IntUnaryOperator.identity());
        }
    }

    /** See {@link #by}. */
    record By(String name, IntToDoubleFunction key) implements Order {
        /** Checks that both are there. */
        public By {
            Objects.requireNonNull(name, "the name of the keys is null; it goes into the manifest");
            Objects.requireNonNull(key, "the key of the order is null");
        }

        @Override
        public int[] arranged(int[] ordinals, RandomGenerator random) {
            Objects.requireNonNull(ordinals, "the ordinals are null");
            for (int ordinal : ordinals) {
                if (Double.isNaN(key.applyAsDouble(ordinal))) {
                    throw new QuadException("document " + ordinal + " has the key NaN in the order by " + name
                            + "; allowed is every other number");
                }
            }
            return Arrays.stream(ordinals)
                    .boxed()
                    .sorted(Comparator.comparingDouble(key::applyAsDouble))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        @Override
        public String toString() {
            return "By[name=" + name + "]";
        }
    }
}
