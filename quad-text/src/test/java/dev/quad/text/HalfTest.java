// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.files.Halves;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

class HalfTest {

    /** Sign, exponent and fraction, word for word. */
    private static double definition(int bits) {
        int exponent = bits >> 10 & 31;
        double fraction = (bits & 1023) / 1024.0;
        double size = exponent == 0 ? fraction * Math.pow(2, -14) : (1 + fraction) * Math.pow(2, exponent - 15);
        return (bits & 0x8000) == 0 ? size : -size;
    }

    @Test
    void everyHalf_isTheNumberOfItsBits_andComesBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float exact = Halves.fromHalf((short) bits);
            if ((bits >> 10 & 31) < 31) {
                assertThat(exact).isEqualTo((float) definition(bits));
            }
            if (!Float.isNaN(exact)) {
                assertThat(Half.nearest(exact)).isEqualTo((short) bits);
                assertThat(Half.nearest(Half.shortest((short) bits))).isEqualTo((short) bits);
            }
        }
        assertThat(Halves.fromHalf((short) 0x7C00)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Halves.fromHalf((short) 0xFC00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(Halves.fromHalf((short) 0x7E00)).isNaN();
        assertThat(Halves.fromHalf(Half.nearest(Double.NaN))).isNaN();
    }

    /** No decimal of fewer digits is nearer to this half than to its neighbours. */
    @Test
    void everyHalf_isWrittenWithAsFewDigitsAsCanBe() {
        for (int bits = 1; bits < 0x7C00; bits++) {
            BigDecimal shown = new BigDecimal(Float.toString(Half.shortest((short) bits))).stripTrailingZeros();
            if (shown.precision() > 1) {
                int scale = shown.scale() - 1;
                BigDecimal exact = new BigDecimal(Halves.fromHalf((short) bits));
                for (RoundingMode rounding : new RoundingMode[] {RoundingMode.FLOOR, RoundingMode.CEILING}) {
                    double shorter = exact.setScale(scale, rounding).doubleValue();
                    assertThat(Half.nearest(shorter))
                            .as("%s for %s", shorter, shown)
                            .isNotEqualTo((short) bits);
                }
            }
        }
    }

    @Test
    void knownHalves_areWrittenAsPeopleDo() {
        assertThat(Half.shortest((short) 0x2E66)).isEqualTo(0.1f);
        assertThat(Half.shortest((short) 0x7BFF)).isEqualTo(65500f);
        assertThat(Half.shortest((short) 0x0001)).isEqualTo(6e-8f);
        assertThat(Half.shortest((short) 0x3555)).isEqualTo(0.3333f);
        assertThat(Float.toString(Half.shortest((short) 0x8000))).isEqualTo("-0.0");
    }

    @Test
    void numbersBetween_goToTheNearest_andToTheEvenOfTwo() {
        assertThat(Half.nearest(1 + 1.0 / 2048)).isEqualTo((short) 0x3C00);
        assertThat(Half.nearest(1 + 3.0 / 2048)).isEqualTo((short) 0x3C02);
        assertThat(Half.nearest(65519.99)).isEqualTo((short) 0x7BFF);
        assertThat(Half.nearest(-65520)).isEqualTo((short) 0xFC00);
        assertThat(Half.nearest(0x1p-25)).isZero();
        assertThat(Half.nearest(0x1.001p-25)).isEqualTo((short) 1);
        assertThat(Half.nearest(1e300)).isEqualTo((short) 0x7C00);
    }
}
