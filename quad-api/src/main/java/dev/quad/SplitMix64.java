// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.random.RandomGenerator;

/**
 * SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). Of the JDK's generators
 * only {@code java.util.Random} has its sequence fixed by contract, and it is weak; so the sequence is ours.
 */
final class SplitMix64 implements RandomGenerator {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private long state;

    SplitMix64(long state) {
        this.state = state;
    }

    static long mix(long z) {
        long y = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        y = (y ^ (y >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return y ^ (y >>> 31);
    }

    @Override
    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /**
     * Multiplication and rejection (Lemire, 2019), written out because the default's sequence is not in its contract.
     */
    @Override
    public int nextInt(int bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("the bound is " + bound + "; allowed is 1 or more");
        }
        long product = (nextLong() >>> 32) * bound;
        long low = product & 0xFFFF_FFFFL;
        if (low < bound) {
            long reject = (0x1_0000_0000L - bound) % bound;
            while (low < reject) {
                product = (nextLong() >>> 32) * bound;
                low = product & 0xFFFF_FFFFL;
            }
        }
        return (int) (product >>> 32);
    }

    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /** Box–Muller, one value a call, through StrictMath so that every platform gives the same. */
    @Override
    public double nextGaussian() {
        double radius = StrictMath.sqrt(-2.0 * StrictMath.log(1.0 - nextDouble()));
        return radius * StrictMath.cos(2.0 * StrictMath.PI * nextDouble());
    }
}
