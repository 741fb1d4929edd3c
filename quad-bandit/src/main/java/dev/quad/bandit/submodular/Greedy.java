// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

import dev.quad.Seed;
import dev.quad.SetFunction;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;

/**
 * Takes the item that adds most, again and again, until there are k or none adds anything. Of equal items the one of
 * the lower number.
 *
 * <p>For a monotone submodular function the result is worth at least {@code 1 − 1/e} of the best set of k items
 * (Nemhauser, Wolsey and Fisher, 1978). For others nothing is guaranteed, and {@link Result#guarantee} is empty.
 */
public final class Greedy {
    /** Loses a hundredth of the best, for five gains an item of the result's share of the pool. */
    public static final double DEFAULT_EPSILON = 0.01;

    private Greedy() {}

    /**
     * What was taken.
     *
     * @param items in the order in which they were taken
     * @param gains what each added
     * @param value the worth of all
     * @param evaluations gains that were worked out
     * @param guarantee share of the best value that this is at least, where there is a proof; in expectation for
     *     {@link #stochastic}
     */
    public record Result(
            List<Integer> items, List<Double> gains, double value, long evaluations, OptionalDouble guarantee) {
        /** Copies the lists. */
        public Result {
            Objects.requireNonNull(items, "the items are null");
            Objects.requireNonNull(gains, "the gains are null");
            Objects.requireNonNull(guarantee, "the guarantee is null; allowed is an empty number");
            items = List.copyOf(items);
            gains = List.copyOf(gains);
        }
    }

    private static final class Taking {
        private final SetFunction function;
        private final SetFunction.Growing set;
        private final List<Integer> items = new ArrayList<>();
        private final List<Double> gains = new ArrayList<>();
        private final BitSet left = new BitSet();
        private long evaluations;

        Taking(SetFunction function, int k) {
            if (k < 0) {
                throw new IllegalArgumentException("the number of items wanted is " + k + "; allowed is 0 or more");
            }
            this.function = function;
            this.set = function.start();
            left.set(0, function.size());
        }

        double gain(int item) {
            evaluations++;
            double gain = set.gain(item);
            if (!Double.isFinite(gain)) {
                throw new IllegalStateException(
                        "item " + item + " adds " + gain + " to " + items + "; a gain is finite");
            }
            return gain;
        }

        void take(int item, double gain) {
            set.add(item);
            items.add(item);
            gains.add(gain);
            left.clear(item);
        }

        Result result(double share) {
            boolean proven = function.isSubmodular() && function.isMonotone() && share > 0;
            return new Result(
                    items, gains, set.value(), evaluations, proven ? OptionalDouble.of(share) : OptionalDouble.empty());
        }
    }

    private record Candidate(int item, double gain, int round) {
        static final Comparator<Candidate> BEST_FIRST = Comparator.comparingDouble(
                        (Candidate candidate) -> -candidate.gain)
                .thenComparingInt(Candidate::item);
    }

    /** Every gain in every round: k·size of them. For functions that are not submodular, and to check the others. */
    public static Result plain(SetFunction function, int k) {
        Objects.requireNonNull(function, "the function is null; give a SetFunction");
        Taking taking = new Taking(function, k);
        while (taking.items.size() < k) {
            int best = -1;
            double most = 0;
            for (int item = taking.left.nextSetBit(0); item >= 0; item = taking.left.nextSetBit(item + 1)) {
                double gain = taking.gain(item);
                if (gain > most) {
                    best = item;
                    most = gain;
                }
            }
            if (best < 0) {
                break;
            }
            taking.take(best, most);
        }
        return taking.result(1 - 1 / Math.E);
    }

    /**
     * The same for submodular functions, with a fraction of the gains: one that was worked out earlier is a bound now,
     * and only the items at the top are worked out again (Minoux, 1978).
     *
     * @throws IllegalArgumentException if the function does not claim to be submodular
     */
    public static Result lazy(SetFunction function, int k) {
        Objects.requireNonNull(function, "the function is null; give a SetFunction");
        if (!function.isSubmodular()) {
            throw new IllegalArgumentException(
                    "the function does not claim to be submodular, so that old gains are no bounds; use plain");
        }
        Taking taking = new Taking(function, k);
        PriorityQueue<Candidate> queue = new PriorityQueue<>(Math.max(1, function.size()), Candidate.BEST_FIRST);
        for (int item = 0; k > 0 && item < function.size(); item++) {
            queue.add(new Candidate(item, taking.gain(item), 0));
        }
        while (taking.items.size() < k && !queue.isEmpty()) {
            Candidate top = queue.remove();
            if (top.gain <= 0) {
                break;
            }
            int round = taking.items.size();
            if (top.round == round) {
                taking.take(top.item, top.gain);
            } else {
                queue.add(new Candidate(top.item, taking.gain(top.item), round));
            }
        }
        return taking.result(1 - 1 / Math.E);
    }

    /**
     * Looks at a random sample in each round, {@code (size/k)·ln(1/ε)} items, so that all rounds together cost
     * {@code size·ln(1/ε)} gains; at least {@code 1 − 1/e − ε} of the best in expectation (Mirzasoleiman et al.,
     * "Lazier than lazy greedy", 2015).
     *
     * @param epsilon in {@code (0, 1)}; above 0.63 nothing is guaranteed
     * @param seed draws the samples
     */
    public static Result stochastic(SetFunction function, int k, double epsilon, Seed seed) {
        Objects.requireNonNull(function, "the function is null; give a SetFunction");
        Objects.requireNonNull(seed, "the seed is null");
        if (!(epsilon > 0 && epsilon < 1)) {
            throw new IllegalArgumentException("epsilon is " + epsilon + "; allowed is (0, 1)");
        }
        Taking taking = new Taking(function, k);
        int[] items = new int[function.size()];
        for (int i = 0; i < items.length; i++) {
            items[i] = i;
        }
        int left = items.length;
        RandomGenerator random = seed.stream("greedy.sample");
        int sample =
                (int) Math.max(1, Math.min(left, Math.ceil((double) left / Math.max(1, k) * Math.log(1 / epsilon))));
        for (int round = 0; round < k && left > 0; round++) {
            int place = -1;
            double most = 0;
            for (int i = 0; i < Math.min(sample, left); i++) {
                int j = i + random.nextInt(left - i);
                int item = items[j];
                items[j] = items[i];
                items[i] = item;
                double gain = taking.gain(item);
                if (gain > most || (gain == most && place >= 0 && item < items[place])) {
                    place = i;
                    most = gain;
                }
            }
            if (place >= 0) {
                taking.take(items[place], most);
                items[place] = items[--left];
            }
        }
        return taking.result(1 - 1 / Math.E - epsilon);
    }

    /**
     * What no set of k items is worth more than, by the gains after the taken ones: {@code f(S) + Σ} of the k largest
     * (Minoux, 1978). Often far nearer to what greedy found than the guarantee.
     *
     * @throws IllegalArgumentException if the function does not claim to be submodular and monotone
     */
    public static double upperBound(SetFunction function, List<Integer> items, int k) {
        Objects.requireNonNull(function, "the function is null; give a SetFunction");
        Objects.requireNonNull(items, "the items are null");
        if (!function.isSubmodular() || !function.isMonotone()) {
            throw new IllegalArgumentException(
                    "the function does not claim to be submodular and monotone: no bound holds");
        }
        SetFunction.Growing set = function.start();
        BitSet taken = new BitSet();
        for (int item : items) {
            set.add(item);
            taken.set(item);
        }
        List<Double> gains = new ArrayList<>();
        for (int item = taken.nextClearBit(0); item < function.size(); item = taken.nextClearBit(item + 1)) {
            gains.add(set.gain(item));
        }
        gains.sort(Comparator.reverseOrder());
        return set.value()
                + gains.stream().limit(k).mapToDouble(Double::doubleValue).sum();
    }
}
