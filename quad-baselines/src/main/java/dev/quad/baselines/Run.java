// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

/**
 * A run of up to 7 bytes as a key, and what a model knows of it as a value: ln p of its last byte after the others, and
 * ln λ, the share that it leaves, as what stands before a byte, to shorter runs. Both are below 0, or 0 where the run
 * was not seen so.
 */
final class Run {
    private Run() {}

    /** The last bytes of a history, with their number; never 0. */
    static long key(long history, int length) {
        int unused = Long.SIZE - 8 * length;
        long bytes = length == 0 ? 0 : history << unused >>> unused;
        return (length + 1L) << 56 | bytes;
    }

    static int length(long key) {
        return (int) (key >>> 56) - 1;
    }

    /** Without its last byte. */
    static long context(long key) {
        return key(key << 8 >>> 16, length(key) - 1);
    }

    /** Without its first byte. */
    static long suffix(long key) {
        return key(key, length(key) - 1);
    }

    static long value(double lnProbability, double lnRest) {
        return (long) bits(lnProbability) << 32 | (bits(lnRest) & 0xFFFF_FFFFL);
    }

    /** In single precision; what rounds to 0 stays below. */
    private static int bits(double ln) {
        return Float.floatToRawIntBits(ln < 0 ? (float) Math.min(ln, -Float.MIN_NORMAL) : 0);
    }

    static float lnProbability(long value) {
        return Float.intBitsToFloat((int) (value >>> 32));
    }

    static float lnRest(long value) {
        return Float.intBitsToFloat((int) value);
    }
}
