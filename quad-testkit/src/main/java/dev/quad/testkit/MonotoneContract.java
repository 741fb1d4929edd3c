// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.SetFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * {@link MonotoneProperties} for JUnit alone: all sets of many small functions of a family, whatever it claims of
 * itself. Extend it and make functions.
 */
public abstract class MonotoneContract {
    private static final int KEYS = 100;

    /**
     * A function of the family that is tested.
     *
     * @param size items of the function, in {@code [1, 8]}
     * @param random for its numbers
     */
    protected abstract SetFunction function(int size, RandomGenerator random);

    private SetFunction made(int size, long key) {
        return Answers.made("function(size, random)", function(size, Numbers.of(key)));
    }

    /** Every set of functions of 1 to 8 items: f(∅) = 0, and more is worth no less. */
    @Test
    public void function_anySizeAllSets_isMonotone() {
        for (int size = 1; size <= 8; size++) {
            for (int key = 0; key < KEYS; key++) {
                SetFunction function = made(size, key);
                SetFunctionLaws.emptyIsWorthNothing(function);
                SetFunctionLaws.isMonotone(function);
            }
        }
    }
}
