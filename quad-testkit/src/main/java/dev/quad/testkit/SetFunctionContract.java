// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.SetFunction;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link SetFunction} promises, whatever it claims of itself. Its claims are tested by the property bases. */
public abstract class SetFunctionContract {

    /** A function of at most 16 items. */
    protected abstract SetFunction function();

    /** f(∅) = 0. */
    @Test
    public void value_ofTheEmptySet_isZero() {
        SetFunctionLaws.emptyIsWorthNothing(function());
    }

    /** Asking changes neither the set nor the answer. */
    @Test
    public void value_askedTwice_isTheSame() {
        SetFunction function = function();
        BitSet all = new BitSet();
        all.set(0, function.size());
        BitSet copy = (BitSet) all.clone();
        double value = function.value(all);
        assertThat(value).isFinite();
        assertThat(all).isEqualTo(copy);
        assertThat(function.value(all)).isEqualTo(value);
    }

    /** Up and down the items. */
    @Test
    public void growing_upAndDown_agreesWithValues() {
        SetFunction function = function();
        int size = function.size();
        SetFunctionLaws.growingAgrees(function, IntStream.range(0, size).boxed().toList());
        SetFunctionLaws.growingAgrees(
                function,
                IntStream.range(0, size).map(i -> size - 1 - i).boxed().toList());
    }

    /** Two sets of one function do not know of each other. */
    @Test
    public void growing_twoAtOnce_areIndependent() {
        SetFunction function = function();
        if (function.size() > 0) {
            SetFunction.Growing one = function.start();
            SetFunction.Growing other = function.start();
            double gain = other.gain(0);
            one.add(0);
            assertThat(other.gain(0)).isEqualTo(gain);
            assertThat(other.value()).isZero();
        }
    }
}
