// SPDX-License-Identifier: Apache-2.0
package dev.quad.files;

/** Numbers of 16 bits in single precision, which is exact; and back. */
public final class Halves {
    private Halves() {}

    /** F16, IEEE 754 binary16: moving the bits in place leaves an exponent that is 112 too low. */
    public static float fromHalf(short half) {
        int magnitude = (half & 0x7fff) << 13;
        int bits = magnitude >= 0x0f80_0000
                ? magnitude | 0x7f80_0000 // infinity and NaN
                : Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * 0x1p112f);
        return Float.intBitsToFloat(bits | (half & 0x8000) << 16);
    }

    /** BF16: the upper half of a single. */
    public static float fromBrain(short half) {
        return Float.intBitsToFloat(half << 16);
    }

    /** The BF16 that is nearest, of two as near the even one; infinity where it is too large. NaN stays NaN. */
    public static short toBrain(float value) {
        int bits = Float.floatToIntBits(value);
        return (short) (Float.isNaN(value) ? bits >>> 16 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
