// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.SetFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * What every {@link SetFunction} promises, and what it claims of itself, for all of its sets. The property bases search
 * a whole family of functions, whatever it claims. A set has the same value to the last digit whenever it is asked for;
 * the laws, and sets that grow, hold to 1e-6 of the largest value that takes part, as {@link SetFunctionLaws} says.
 */
public abstract class SetFunctionContract {
    private static final int TRIES = 50;
    private static final int CALLS = 3000;
    private static final int CALLS_OF_THREADS = 20_000;
    private static final int SETS = 200;

    /**
     * A function of at most 16 items, and of no more than can be valued for all of its sets; called more than once, and
     * always the same.
     */
    protected abstract SetFunction function();

    private SetFunction tested() {
        return Calls.named(function(), SetFunction.class);
    }

    private static BitSet set(int bits) {
        return BitSet.valueOf(new long[] {bits});
    }

    /** f(∅) = 0. */
    @Test
    public void value_ofTheEmptySet_isZero() {
        SetFunctionLaws.emptyIsWorthNothing(tested());
    }

    /** Of every set, asking changes neither the set nor the answer, which is a number. */
    @Test
    public void value_askedTwice_isTheSame() {
        SetFunction function = tested();
        int size = function.size();
        assertThat(size)
                .as("the items of the function, of which all sets are valued")
                .isBetween(0, 16);
        double[] values = new double[1 << size];
        for (int bits = 0; bits < values.length; bits++) {
            BitSet shown = set(bits);
            values[bits] = function.value(shown);
            if (!Double.isFinite(values[bits]) || !shown.equals(set(bits))) {
                assertThat(values[bits]).as("the value of %s", set(bits)).isFinite();
                assertThat(shown).as("the set that was valued").isEqualTo(set(bits));
            }
        }
        SetFunction other = tested();
        for (int bits = values.length - 1; bits >= 0; bits--) {
            if (function.value(set(bits)) != values[bits] || other.value(set(bits)) != values[bits]) {
                assertThat(List.of(function.value(set(bits)), other.value(set(bits))))
                        .as("the value of %s, asked again, and of another instance", set(bits))
                        .containsOnly(values[bits]);
            }
        }
        assertThat(function.size()).as("the size after use").isEqualTo(size);
    }

    /**
     * A value is that of the items: whatever was asked before, also of a set that the caller changed since, and of one
     * with room for many more.
     */
    @Test
    public void value_askedOverAndOver_isThatOfTheItems() {
        SetFunction function = tested();
        int sets = 1 << function.size();
        double[] values = values();
        BitSet kept = new BitSet();
        BitSet roomy = new BitSet(10_000);
        for (int call = 0; call < Math.max(CALLS, 2 * sets); call++) {
            int next =
                    call < sets ? call ^ call >> 1 : Numbers.of(call).nextInt(sets); // one item more or less at first
            switch (Numbers.of(-call).nextInt(4)) {
                case 0 -> expect(function, values, set(next), next, "in a set of its own");
                case 1 -> expect(function, values, roomy, next, "in a set with room for 10,000");
                default -> expect(function, values, kept, next, "in a set that held others before");
            }
        }
    }

    /** By an instance of its own. */
    private double[] values() {
        SetFunction function = tested();
        double[] values = new double[1 << function.size()];
        for (int bits = 0; bits < values.length; bits++) {
            values[bits] = function.value(set(bits));
            if (!Double.isFinite(values[bits])) {
                assertThat(values[bits]).as("the value of %s", set(bits)).isFinite();
            }
        }
        return values;
    }

    private static void expect(SetFunction function, double[] values, BitSet shown, int bits, String how) {
        shown.clear();
        shown.or(set(bits));
        double value = function.value(shown);
        if (value != values[bits] || !shown.equals(set(bits))) {
            assertThat(value).as("the value of %s, %s", set(bits), how).isEqualTo(values[bits]);
            assertThat(shown).as("the set that was valued, %s", how).isEqualTo(set(bits));
        }
    }

    /** Several threads may value sets at once, by one instance and by two: a function is immutable. */
    @Test
    public void value_manyThreads_isThatOfTheItems() {
        List<SetFunction> both = List.of(tested(), tested());
        double[] values = values();
        Threads.manyTimes(CALLS_OF_THREADS, call -> {
            int bits = Numbers.of(call).nextInt(values.length);
            expect(both.get(call % 3 % 2), values, new BitSet(), bits, "by several threads");
        });
    }

    /** Neither the default locale nor the time zone changes anything; JUnit runs nothing beside this. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void value_elsewhere_isTheSame() {
        double[] values = values();
        Elsewhere.each(where -> {
            SetFunction function = tested();
            for (int call = 0; call < SETS; call++) {
                expect(function, values, new BitSet(), Numbers.of(call).nextInt(values.length), where);
            }
        });
    }

    /** Three sets of one function that grow in turns, asked for gains and values at any time, while sets are valued. */
    @Test
    public void growing_inTurns_agreesWithValues() {
        SetFunction function = tested();
        int size = function.size();
        double[] values = values();
        double slack = 1e-6 * Arrays.stream(values).map(Math::abs).max().orElse(0);
        SetFunction.Growing[] growing = new SetFunction.Growing[3];
        int[] grown = new int[growing.length];
        for (int call = 0; call < CALLS && size > 0; call++) {
            RandomGenerator random = Numbers.of(call);
            int which = random.nextInt(growing.length);
            if (growing[which] == null || grown[which] == (1 << size) - 1) {
                growing[which] = function.start();
                grown[which] = 0;
            }
            int item = random.nextInt(size);
            double before = values[grown[which]];
            double after = values[grown[which] | 1 << item];
            boolean in = (grown[which] >> item & 1) != 0;
            String what;
            double found;
            double expected;
            switch (random.nextInt(4)) {
                case 0 -> {
                    what = "the value of";
                    found = growing[which].value();
                    expected = before;
                }
                case 1 -> {
                    BitSet any = set(random.nextInt(1 << size));
                    what = "the value of a set while there grows";
                    found = function.value(any);
                    expected = values[any.isEmpty() ? 0 : (int) any.toLongArray()[0]];
                }
                case 2 -> {
                    what = "the gain of item " + item + " beside";
                    found = in ? 0 : growing[which].gain(item);
                    expected = in ? 0 : after - before;
                }
                default -> {
                    if (!in) {
                        growing[which].add(item);
                        grown[which] |= 1 << item;
                    }
                    what = "the value of";
                    found = growing[which].value();
                    expected = after;
                }
            }
            if (!(Math.abs(found - expected) <= slack)) {
                assertThat(found)
                        .as("%s %s, call %s, other sets growing beside it", what, set(grown[which]), call)
                        .isCloseTo(expected, within(slack));
            }
        }
    }

    /** Up and down the items, and in any order. */
    @Test
    public void growing_upAndDown_agreesWithValues() {
        SetFunction function = tested();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, function.size()).boxed().toList());
        SetFunctionLaws.growingAgrees(function, order);
        Collections.reverse(order);
        SetFunctionLaws.growingAgrees(function, order);
        for (int key = 0; key < TRIES; key++) {
            RandomGenerator random = Numbers.of(key);
            for (int i = order.size(); i > 1; i--) {
                Collections.swap(order, i - 1, random.nextInt(i));
            }
            SetFunctionLaws.growingAgrees(function, order);
        }
    }

    /** Many items at once. */
    @Test
    public void growing_allAtOnce_agreesWithValues() {
        SetFunction function = tested();
        if (function.size() > 0) {
            BitSet all = new BitSet();
            all.set(0, function.size());
            SetFunctionLaws.addingAllAgrees(function, new Nested(function.size(), new BitSet(), all, 0));
            SetFunctionLaws.addingAllAgrees(function, new Nested(function.size(), all, all, 0));
            for (int key = 0; key < TRIES; key++) {
                RandomGenerator random = Numbers.of(key);
                List<Integer> roles = IntStream.range(0, function.size())
                        .mapToObj(item -> random.nextInt(3))
                        .toList();
                SetFunctionLaws.addingAllAgrees(function, Nested.of(roles, key));
            }
        }
    }

    /** Two sets of one function do not know of each other. */
    @Test
    public void growing_twoAtOnce_areIndependent() {
        SetFunction function = tested();
        int size = function.size();
        for (int item = 0; item < size; item++) {
            SetFunction.Growing one = function.start();
            SetFunction.Growing other = function.start();
            double[] gains = IntStream.range(0, size).mapToDouble(other::gain).toArray();
            one.add(item);
            double value = one.value();
            assertThat(other.value())
                    .as("an empty set after %s was added to another", item)
                    .isZero();
            assertThat(IntStream.range(0, size).mapToDouble(other::gain).toArray())
                    .as("its gains")
                    .isEqualTo(gains);
            for (int more = 0; more < size; more++) {
                other.add(more);
                assertThat(one.value())
                        .as("{%s} after another set has grown", item)
                        .isEqualTo(value);
            }
        }
    }

    /** What the function claims of itself holds of all its sets. */
    @Test
    public void claims_allSets_areTrue() {
        SetFunction function = tested();
        if (function.isSubmodular()) {
            SetFunctionLaws.isSubmodular(function);
        }
        if (function.isMonotone()) {
            SetFunctionLaws.isMonotone(function);
        }
        assertThat(List.of(function.isSubmodular(), function.isMonotone()))
                .as("the claims, asked again")
                .containsExactly(tested().isSubmodular(), tested().isMonotone());
    }
}
