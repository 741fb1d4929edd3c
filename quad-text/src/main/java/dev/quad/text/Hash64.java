// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

/**
 * A 64-bit hash of characters, the same on every JDK: a multiplicative running value and the finaliser of SplitMix64
 * (Steele, Lea and Flood, 2014). Not cryptographic.
 */
final class Hash64 {
    private static final long MULTIPLIER = 0x9FB2_1C65_1E98_DF25L;

    private Hash64() {}

    static long of(CharSequence text) {
        long state = text.length();
        for (int i = 0; i < text.length(); i++) {
            state = add(state, text.charAt(i));
        }
        return mix(state);
    }

    /** Adds a character to a running value; {@link #mix} ends it. */
    static long add(long state, int value) {
        return (Long.rotateLeft(state, 23) ^ (value + 1)) * MULTIPLIER;
    }

    static long mix(long state) {
        long y = (state ^ (state >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        y = (y ^ (y >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return y ^ (y >>> 31);
    }
}
