// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import java.util.random.RandomGenerator;

/** The random numbers of one call: as many as any that ends draws. */
final class Draws implements RandomGenerator {
    private static final int ENOUGH = 10_000_000;

    private final RandomGenerator random;
    private int drawn;

    Draws(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public long nextLong() {
        if (drawn++ == ENOUGH) {
            throw new AssertionError("a call has drawn " + ENOUGH + " random numbers and does not end;"
                    + " fewer arms may have something left than are wanted");
        }
        return random.nextLong();
    }
}
