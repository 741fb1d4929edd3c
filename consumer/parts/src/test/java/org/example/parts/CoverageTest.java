// SPDX-License-Identifier: Apache-2.0
package org.example.parts;

import dev.quad.SetFunction;
import dev.quad.testkit.SubmodularProperties;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * How many of 64 topics the documents of a set cover; with the shrinking of jqwik, whose engine Surefire finds itself.
 */
class CoverageTest extends SubmodularProperties {
    @Override
    protected SetFunction function(int size, RandomGenerator random) {
        long[] topics = random.longs(size).toArray();
        return new SetFunction() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public double value(BitSet set) {
                return Long.bitCount(
                        set.stream().mapToLong(item -> topics[item]).reduce(0, (a, b) -> a | b));
            }
        };
    }
}
