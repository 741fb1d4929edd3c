// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.files.Halves;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers of 16 bits, IEEE 754 binary16. */
final class Half {
    private static final int DIGITS = 5; // enough to tell any two apart
    private static final RoundingMode[] NEIGHBOURS = {RoundingMode.HALF_EVEN, RoundingMode.FLOOR, RoundingMode.CEILING};

    private Half() {}

    /** The half that is nearest, of two the even one; infinite from 65520. */
    static short nearest(double value) {
        int sign = Double.doubleToRawLongBits(value) < 0 ? 0x8000 : 0;
        double size = Math.abs(value);
        if (Double.isNaN(value)) {
            return 0x7E00;
        }
        if (size >= 0x1p16) {
            return (short) (sign | 0x7C00);
        }
        int exponent = Math.max(-14, Math.getExponent(size));
        int rounded = (int) Math.rint(Math.scalb(size, 10 - exponent)); // a carry ends in the exponent
        return (short) (sign | (rounded + ((exponent + 14) << 10)));
    }

    /** The float that is written as the shortest decimal nearer to this half than to any other. */
    static float shortest(short bits) {
        float exact = Halves.fromHalf(bits);
        if (!Float.isFinite(exact) || exact == 0) {
            return exact;
        }
        BigDecimal all = new BigDecimal(exact);
        for (int digits = 1; digits < DIGITS; digits++) {
            for (RoundingMode rounding : NEIGHBOURS) {
                double shorter = all.round(new MathContext(digits, rounding)).doubleValue();
                if (nearest(shorter) == bits) {
                    return (float) shorter;
                }
            }
        }
        return all.round(new MathContext(DIGITS)).floatValue();
    }
}
