// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.SetFunction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * {@link SubmodularProperties} for JUnit alone: all sets of many small functions of a family, whatever it claims of
 * itself. Extend it and make functions.
 */
public abstract class SubmodularContract {
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

    /** Every set of functions of 1 to 8 items: f(∅) = 0, and diminishing gains; and sets that grow agree with them. */
    @Test
    public void function_anySizeAllSets_isSubmodular() {
        for (int size = 1; size <= 8; size++) {
            for (int key = 0; key < KEYS; key++) {
                SetFunction function = made(size, key);
                SetFunctionLaws.emptyIsWorthNothing(function);
                SetFunctionLaws.isSubmodular(function);
                List<Integer> order =
                        new ArrayList<>(IntStream.range(0, size).boxed().toList());
                Collections.rotate(order, key);
                SetFunctionLaws.growingAgrees(function, order);
            }
        }
    }
}
