// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Seed;
import java.util.random.RandomGenerator;

/** The random numbers of a test case. */
final class Numbers {
    private Numbers() {}

    static RandomGenerator of(long key) {
        return new Seed(key).stream("testkit");
    }
}
