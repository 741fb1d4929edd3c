// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.SetFunction;
import dev.quad.testkit.SubmodularProperties;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/** A set function of one's own, tested in ten lines: how many of 64 topics the documents of a set cover. */
class CoverageTest extends SubmodularProperties {

    @Override
    protected SetFunction function(int size, RandomGenerator random) {
        return new Coverage(
                random.longs(size).map(bits -> bits & random.nextLong()).toArray());
    }

    /** Documents by the topics that they touch, one bit each. */
    private static final class Coverage implements SetFunction {
        private final long[] topics;

        Coverage(long... topics) {
            this.topics = topics;
        }

        @Override
        public int size() {
            return topics.length;
        }

        @Override
        public double value(BitSet set) {
            return Long.bitCount(set.stream().mapToLong(item -> topics[item]).reduce(0, (a, b) -> a | b));
        }
    }
}
