// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.SetFunction;
import dev.quad.bandit.submodular.Greedy;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The laws of set functions as plain checks. Each throws an AssertionError that shows the sets and values at fault.
 * Tolerance of all of them: 1e-6 of the largest value that takes part, be it a set's or a single item's, so that single
 * precision will do: items of both signs that add up to nothing leave the rounding of their own size.
 */
public final class SetFunctionLaws {
    private static final double TOLERANCE = 1e-6;
    private static final int MOST = 16;

    private SetFunctionLaws() {}

    private static BitSet with(BitSet set, int item) {
        BitSet larger = (BitSet) set.clone();
        larger.set(item);
        return larger;
    }

    /** The worth of a set, if it is a number, always the same, and the set is only looked at. */
    private static double value(SetFunction function, BitSet set) {
        BitSet shown = (BitSet) set.clone();
        double value = function.value(shown);
        if (!Double.isFinite(value) || function.value(shown) != value || !shown.equals(set)) {
            assertThat(value).as("the value of %s must be finite", set).isFinite();
            assertThat(shown).as("the set that was valued").isEqualTo(set);
            assertThat(function.value(shown))
                    .as("the value of %s, asked again", set)
                    .isEqualTo(value);
        }
        return value;
    }

    private static double slack(double... values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return TOLERANCE * largest;
    }

    /** The largest magnitude that an item has alone. */
    private static double largestItem(SetFunction function) {
        double largest = 0;
        for (int item = 0; item < function.size(); item++) {
            largest = Math.max(largest, Math.abs(value(function, with(new BitSet(), item))));
        }
        return largest;
    }

    /** f(∅) = 0. */
    public static void emptyIsWorthNothing(SetFunction function) {
        assertThat(value(function, new BitSet())).as("f(∅)").isZero();
    }

    /** f(A) ≤ f(B) for A ⊆ B. */
    public static void moreIsWorthNoLess(SetFunction function, Nested sets) {
        moreIsWorthNoLess(function, sets.small(), sets.large());
    }

    private static void moreIsWorthNoLess(SetFunction function, BitSet smaller, BitSet larger) {
        double small = value(function, smaller);
        double large = value(function, larger);
        assertThat(large)
                .as("f(%s) = %s must not be below f(%s) = %s", larger, large, smaller, small)
                .isGreaterThanOrEqualTo(small - slack(largestItem(function), small, large));
    }

    /** The worth of every set, by the bits of its items. */
    private static double[] table(SetFunction function) {
        if (function.size() > MOST) {
            throw new IllegalArgumentException("the function has " + function.size() + " items; all sets of at most "
                    + MOST + " can be looked at: give a smaller function of the same kind");
        }
        double[] table = new double[1 << function.size()];
        for (int bits = 0; bits < table.length; bits++) {
            table[bits] = value(function, set(bits));
        }
        return table;
    }

    private static BitSet set(int bits) {
        return BitSet.valueOf(new long[] {bits});
    }

    /** {@link #moreIsWorthNoLess} for all sets of a function of at most 16 items: one item more is worth no less. */
    public static void isMonotone(SetFunction function) {
        double[] table = table(function);
        double unit = largestItem(function);
        for (int bits = 0; bits < table.length; bits++) {
            for (int item = 0; item < function.size(); item++) {
                int larger = bits | 1 << item;
                if (table[larger] < table[bits] - slack(unit, table[larger], table[bits])) {
                    moreIsWorthNoLess(function, set(bits), set(larger));
                }
            }
        }
    }

    /** {@link #gainsDiminish} for all sets of a function of at most 16 items: an item adds no more after one other. */
    public static void isSubmodular(SetFunction function) {
        double[] table = table(function);
        double unit = largestItem(function);
        for (int bits = 0; bits < table.length; bits++) {
            for (int probe = 0; probe < function.size(); probe++) {
                for (int other = 0; other < function.size(); other++) {
                    int with = bits | 1 << probe;
                    int larger = bits | 1 << other;
                    int both = with | larger;
                    double slack = slack(unit, table[bits], table[with], table[larger], table[both]);
                    if (Integer.bitCount(both) == Integer.bitCount(bits) + 2
                            && table[with] - table[bits] < table[both] - table[larger] - slack) {
                        gainsDiminish(function, new Nested(function.size(), set(bits), set(larger), probe));
                    }
                }
            }
        }
    }

    /** f(A+v) − f(A) ≥ f(B+v) − f(B) for A ⊆ B and v outside B. */
    public static void gainsDiminish(SetFunction function, Nested sets) {
        double a = value(function, sets.small());
        double aWith = value(function, with(sets.small(), sets.probe()));
        double b = value(function, sets.large());
        double bWith = value(function, with(sets.large(), sets.probe()));
        assertThat(aWith - a)
                .as(
                        "item %s adds %s to %s and must not add more, %s, to %s",
                        sets.probe(), aWith - a, sets.small(), bWith - b, sets.large())
                .isGreaterThanOrEqualTo(bWith - b - slack(largestItem(function), a, aWith, b, bWith));
    }

    /** f(A+v) − f(A) = f(B+v) − f(B): gains depend on nothing. */
    public static void gainsAreConstant(SetFunction function, Nested sets) {
        double a = value(function, sets.small());
        double aWith = value(function, with(sets.small(), sets.probe()));
        double b = value(function, sets.large());
        double bWith = value(function, with(sets.large(), sets.probe()));
        assertThat(aWith - a)
                .as("the gain of item %s after %s and after %s", sets.probe(), sets.small(), sets.large())
                .isCloseTo(bWith - b, within(slack(largestItem(function), a, aWith, b, bWith) + 1e-300));
    }

    /**
     * f(A) + f(B) ≥ f(A ∪ B) + f(A ∩ B) for any two sets, which says the same as {@link #gainsDiminish} in another way.
     */
    public static void latticeHolds(SetFunction function, BitSet one, BitSet other) {
        BitSet union = (BitSet) one.clone();
        union.or(other);
        BitSet both = (BitSet) one.clone();
        both.and(other);
        double a = value(function, one);
        double b = value(function, other);
        double u = value(function, union);
        double i = value(function, both);
        assertThat(a + b)
                .as("f(A) + f(B) for A = %s and B = %s must not be below f(A ∪ B) + f(A ∩ B) = %s", one, other, u + i)
                .isGreaterThanOrEqualTo(u + i - slack(largestItem(function), a, b, u, i));
    }

    /**
     * A set grown item by item, in any order, is worth what the whole is, and gains are what was promised, also where
     * several are asked for at once.
     */
    public static void growingAgrees(SetFunction function, List<Integer> order) {
        SetFunction.Growing growing = function.start();
        BitSet set = new BitSet();
        double unit = largestItem(function);
        assertThat(growing.value()).as("the worth of a set not grown yet").isEqualTo(value(function, set));
        for (int item : order) {
            double before = value(function, set);
            gainsAgree(function, growing, set, order, unit);
            double gain = growing.gain(item);
            assertThat(growing.gain(item))
                    .as("asking for a gain must not change it")
                    .isEqualTo(gain);
            set.set(item);
            double after = value(function, set);
            double slack = slack(unit, before, after, gain);
            assertThat(gain)
                    .as("gain of %s before %s", item, set)
                    .isBetween(after - before - slack, after - before + slack);
            growing.add(item);
            assertThat(growing.value()).as("worth of %s", set).isBetween(after - slack, after + slack);
        }
    }

    /** The gains of items that are not in the set yet are what was promised, one by one and of several at once. */
    private static void gainsAgree(
            SetFunction function, SetFunction.Growing growing, BitSet set, List<Integer> items, double unit) {
        double before = value(function, set);
        int[] rest = items.stream()
                .filter(item -> !set.get(item))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] gains = new double[function.size()];
        for (int item : rest) {
            double after = value(function, with(set, item));
            gains[item] = growing.gain(item);
            double slack = slack(unit, before, after, gains[item]);
            assertThat(gains[item])
                    .as("gain of %s beside %s", item, set)
                    .isBetween(after - before - slack, after - before + slack);
        }
        gainsAtOnceAgree(growing, set, rest, gains, slack(unit, before));
    }

    /** Of all the items, of all from the last, of every other one and of none, each answer an array of its own. */
    private static void gainsAtOnceAgree(
            SetFunction.Growing growing, BitSet set, int[] items, double[] gains, double slack) {
        int[] reversed = IntStream.range(0, items.length)
                .map(i -> items[items.length - 1 - i])
                .toArray();
        int[] some =
                IntStream.range(0, items.length / 2).map(i -> items[2 * i + 1]).toArray();
        double value = growing.value();
        List<int[]> asked = List.of(items, reversed, some, new int[0]);
        List<int[]> shown = asked.stream().map(int[]::clone).toList();
        List<double[]> found = shown.stream().map(growing::gains).toList();
        for (int i = 0; i < asked.size(); i++) {
            String which = Arrays.toString(asked.get(i));
            assertThat(shown.get(i))
                    .as("the items %s of which the gains were asked for", which)
                    .isEqualTo(asked.get(i));
            assertThat(found.get(i))
                    .as("the gains of %s at once beside %s", which, set)
                    .hasSameSizeAs(asked.get(i));
            for (int place = 0; place < asked.get(i).length; place++) {
                double gain = gains[asked.get(i)[place]];
                assertThat(found.get(i)[place])
                        .as("gain %s of those of %s at once beside %s", place, which, set)
                        .isCloseTo(gain, within(slack + slack(gain)));
            }
        }
        assertThat(growing.value())
                .as("worth of %s after several gains were asked for", set)
                .isEqualTo(value);
        for (int item : items) {
            assertThat(growing.gain(item))
                    .as("gain of %s beside %s, after several were asked for", item, set)
                    .isEqualTo(gains[item]);
        }
    }

    /** Sets that are added at once, to the empty set and to one that has grown, are worth what the whole is. */
    public static void addingAllAgrees(SetFunction function, Nested sets) {
        BitSet rest = (BitSet) sets.large().clone();
        rest.andNot(sets.small());
        SetFunction.Growing growing = function.start();
        BitSet shown = (BitSet) sets.small().clone();
        assertThat(growing.addAll(shown))
                .as("addAll returns the set that has grown")
                .isSameAs(growing);
        assertThat(shown).as("the set that was added").isEqualTo(sets.small());
        shown.clear(); // the caller's own again
        double unit = largestItem(function);
        gainsAgree(function, growing, sets.small(), rest.stream().boxed().toList(), unit);
        growing.addAll(rest);
        double whole = value(function, sets.large());
        double slack = slack(unit, whole, value(function, sets.small()));
        assertThat(growing.value())
                .as("worth of %s, of which %s were added at once and then the rest", sets.large(), sets.small())
                .isBetween(whole - slack, whole + slack);
    }

    /** The best that k items are worth, over all sets of k. Costs {@code 2^size} values. */
    public static double best(SetFunction function, int k) {
        double best = value(function, new BitSet());
        for (long bits = 0; bits < 1L << function.size(); bits++) {
            if (Long.bitCount(bits) <= k) {
                best = Math.max(best, value(function, BitSet.valueOf(new long[] {bits})));
            }
        }
        return best;
    }

    /**
     * Greedy, plain and lazy, takes the same items up to the first tie, its gains never rise, it is worth {@code 1 −
     * 1/e} of the best, and the best is not above the bound. For functions that claim to be monotone and submodular.
     */
    public static void greedyIsNearTheBest(SetFunction function, int k) {
        Greedy.Result plain = Greedy.plain(function, k);
        Greedy.Result lazy = Greedy.lazy(function, k);
        double best = best(function, k);
        sameUpToTies(plain, lazy, slack(best));
        assertThat(lazy.evaluations()).isLessThanOrEqualTo(Math.max(plain.evaluations(), function.size()));
        for (int i = 1; i < plain.gains().size(); i++) {
            assertThat(plain.gains().get(i))
                    .as("gain %s of %s", i, plain.gains())
                    .isLessThanOrEqualTo(plain.gains().get(i - 1) + slack(best));
        }
        assertThat(plain.value())
                .as("greedy takes %s; the best %s items are worth %s", plain.items(), k, best)
                .isGreaterThanOrEqualTo((1 - 1 / Math.E) * best - slack(best));
        assertThat(Greedy.upperBound(function, plain.items(), k))
                .as("the bound on the best, which is %s", best)
                .isGreaterThanOrEqualTo(best - slack(best));
    }

    /** Where they part, the two items add the same up to rounding. */
    private static void sameUpToTies(Greedy.Result plain, Greedy.Result lazy, double slack) {
        int both = Math.min(plain.items().size(), lazy.items().size());
        for (int i = 0; i < both; i++) {
            assertThat(lazy.gains().get(i))
                    .as("gain %s of lazy greedy, %s, and of plain greedy, %s", i, lazy, plain)
                    .isBetween(plain.gains().get(i) - slack, plain.gains().get(i) + slack);
            if (!lazy.items().get(i).equals(plain.items().get(i))) {
                return;
            }
        }
        for (Greedy.Result longer : List.of(plain, lazy)) {
            assertThat(longer.gains().stream().skip(both)).allMatch(gain -> gain <= slack);
        }
    }
}
